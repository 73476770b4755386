"""Turns what a provider did into what Temporal understands: done, try again, not before, never again.

One place for it, so that every activity treats a refusal and a `Retry-After` alike.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.ports import Busy, Receipt, Refused, Unreachable
from activities.requests import Done

EXPECTED = ApplicationErrorCategory.BENIGN
"""Providers fail; that belongs on the time line, not as a stack trace in the log."""


async def done(call: Awaitable[Receipt], text: str) -> Done:
    """Await an adapter's call. Raises ApplicationError: `Refused` is final, `Busy` waits as long as it was told."""
    try:
        receipt = await call
    except Refused as error:
        raise ApplicationError(str(error), type="Refused", non_retryable=True, category=EXPECTED) from error
    except Busy as error:
        wait = timedelta(seconds=error.retry_after) if error.retry_after > 0 else None
        raise ApplicationError(str(error), type="Busy", next_retry_delay=wait, category=EXPECTED) from error
    except Unreachable as error:
        raise ApplicationError(str(error), type="Unreachable", category=EXPECTED) from error
    return Done(text, receipt.provider, receipt.reference)
