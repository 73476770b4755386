"""Turns what a provider did into what Temporal understands: done, try again, not before, never again.

One place for it, so that every activity treats a refusal and a `Retry-After` alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.ports import Busy, Receipt, Refused, Unreachable
from activities.requests import Done

EXPECTED = ApplicationErrorCategory.BENIGN
"""Providers fail; that belongs on the time line, not as a stack trace in the log."""


async def done(call: Awaitable[Receipt], text: str) -> Done:
    """Await an adapter's call. Raises ApplicationError: `Refused` is final, `Busy` waits as long as it was told."""
    with told():
        receipt = await call
    return Done(text, receipt.provider, receipt.reference)


@contextmanager
def told() -> Iterator[None]:
    """What a port raises, in Temporal's words."""
    try:
        yield
    except Refused as error:
        raise final(str(error)) from error
    except Busy as error:
        raise later(str(error), error.retry_after, "Busy") from error
    except Unreachable as error:
        raise ApplicationError(str(error), type="Unreachable", category=EXPECTED) from error


def final(message: str) -> ApplicationError:
    """Trying again cannot help."""
    return ApplicationError(message, type="Refused", non_retryable=True, category=EXPECTED)


def later(message: str, seconds: float, type: str = "Waiting") -> ApplicationError:
    """Try again in so many seconds; 0 = nobody said when."""
    wait = timedelta(seconds=seconds) if seconds > 0 else None
    return ApplicationError(message, type=type, next_retry_delay=wait, category=EXPECTED)
