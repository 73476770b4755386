"""Takes a message through the outbox: its turn, what the provider said, the receipt that is waited for.

Nobody waits here: who has to, asks again later, as Temporal's retries do. When the outbox is away or slow the message
goes straight out, alone, as if there were none (ADR 0009). Must never fail a page for want of a database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio import activity

from activities.outbox import LOOK, SEND, WAIT, Outbox, Planned, Turn
from activities.outcome import final, later
from activities.ports import Busy, Down, Receipt, Refused, Unreachable
from activities.requests import Done
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, SENDING, UNKNOWN, Outcome

log = logging.getLogger(__name__)
WITHIN = 4.0
"""Seconds that the outbox has for an answer."""
AGAIN = 5.0
"""Seconds after which a bundle that could not be sent is tried again, if the provider does not say."""
SOONEST, LATEST = 2.0, 15.0
"""Seconds between two looks for a receipt: short at first."""
REST = 5.0
"""Seconds before its end at which a message is given up, so that what is said of it is heard."""

T = TypeVar("T")


@dataclass(frozen=True)
class Clock:
    """Seconds since the message was asked for, and seconds left, in the ticket's own time; None = without end."""

    elapsed: float = 0.0
    left: float | None = None
    attempt: int = 1

    @classmethod
    def of_activity(cls) -> Clock:
        """TRAP: where time is skipped only the server knows what time it is for the ticket."""
        if not activity.in_activity():
            return cls()
        info = activity.info()
        elapsed = (info.current_attempt_scheduled_time - info.scheduled_time).total_seconds()
        limit = info.schedule_to_close_timeout
        return cls(elapsed, limit.total_seconds() - elapsed if limit else None, info.attempt)


class Dispatch:
    """The way through the outbox; without one every message goes straight out."""

    def __init__(
        self, outbox: Outbox | None = None, receipt_seconds: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """`receipt_seconds`: how long a provider's receipt is waited for; 0 = accepted is enough."""
        self.outbox, self.receipt_seconds, self.now = outbox, receipt_seconds, now

    async def turn(self, message: Planned) -> Turn:
        """What is to be done with the message now."""
        if self.outbox is None:
            return Turn(SEND, message.key, recorded=False)
        clock = Clock.of_activity()
        patience = None if clock.left is None else int(clock.left)
        # what has waited may stand in a bundle already: it asks twice before it goes by itself
        for _ in range(2 if clock.attempt > 1 else 1):
            if found := await self._asked(self.outbox.turn(message, self.now(), patience)):
                return found
        return Turn(SEND, message.key, recorded=False)

    async def outcomes(self, page: str) -> Mapping[str, Outcome] | None:
        """Key -> what is known of it, of all messages of one page; None when nobody remembers, or cannot be asked."""
        return None if self.outbox is None else await self._asked(self.outbox.outcomes(page))

    async def sent(self, turn: Turn, call: Awaitable[Receipt]) -> Turn:
        """Await the provider, and note what it said. Raises Busy and Unreachable as they come."""
        try:
            receipt = await call
        except Refused as error:
            refused = Outcome(FAILED, reason=str(error))
            return replace(turn, what=LOOK, outcome=await self._noted(turn, refused) or refused)
        except Busy as error:
            await self._noted(turn, Outcome(SENDING, reason=str(error)), again=error.retry_after or AGAIN)
            raise
        except Unreachable as error:
            state = SENDING if isinstance(error, Down) else UNKNOWN
            await self._noted(turn, Outcome(state, error.provider, reason=str(error)), again=AGAIN)
            raise
        awaited = receipt.awaited and self.receipt_seconds > 0
        accepted = Outcome(ACCEPTED, receipt.provider, receipt.reference)
        known = await self._noted(turn, accepted, settled=not awaited)
        return replace(
            turn, what=LOOK, outcome=known or accepted, sent=self.now(), settled=not awaited or known is None
        )

    async def concluded(self, turn: Turn, text: str, is_page: bool) -> Done:
        """What the message has come to. Raises ApplicationError: ask again later, or never."""
        if turn.what == WAIT:
            assert turn.until is not None
            wait = max((turn.until - self.now()).total_seconds(), 0.5)
            raise later(f"{text} goes with others at {turn.until:%H:%M:%S} UTC", wait)
        if turn.outcome.state == ACCEPTED and not turn.settled and self.receipt_seconds:
            turn = await self._waited(turn, text)
        if turn.outcome.state == FAILED:
            raise final(turn.outcome.reason or "the provider says that it did not arrive")
        if turn.outcome.state == UNKNOWN and is_page:
            raise final(turn.outcome.reason)
        return self._done(turn, text)

    async def _waited(self, turn: Turn, text: str) -> Turn:
        """The same turn when the receipt has been waited for in vain; else raises that it is waited for."""
        clock = Clock.of_activity()
        queued = (turn.sent - turn.created).total_seconds() if turn.sent and turn.created else 0.0
        gone = max(clock.elapsed - queued, 0.0)
        rest = self.receipt_seconds - gone
        if clock.left is not None:
            rest = min(rest, clock.left - REST)
        if rest > 0:
            raise later(
                f"{text} was accepted by {turn.outcome.provider}; no receipt yet", min(max(gone, SOONEST), LATEST, rest)
            )
        reason = f"no receipt within {round(max(gone, 0))} s from {turn.outcome.provider}"
        assert self.outbox is not None
        known = await self._asked(self.outbox.give_up(turn.key, reason, self.now()))
        return replace(turn, outcome=known or replace(turn.outcome, state=UNKNOWN, reason=reason), settled=True)

    async def _noted(self, turn: Turn, news: Outcome, settled: bool = False, again: float = 0.0) -> Outcome | None:
        if self.outbox is None or not turn.recorded:
            return None
        now = self.now()
        again_at = now + timedelta(seconds=again) if again else None
        return await self._asked(self.outbox.note(turn.key, news, now, settled, again_at))

    async def _asked(self, call: Awaitable[T]) -> T | None:
        """The outbox's answer. TRAP: whatever is wrong with it, a page goes out."""
        try:
            async with asyncio.timeout(WITHIN):
                return await call
        except Exception as error:
            log.warning("the outbox is away, messages go straight out: %s", str(error) or type(error).__name__)
            return None

    def _done(self, turn: Turn, text: str) -> Done:
        outcome = turn.outcome
        said = [f"in a bundle of {turn.size}"] if turn.size > 1 else []
        said += ["delivered"] if outcome.state == DELIVERED else []
        said += [outcome.reason] if outcome.state == UNKNOWN else []
        said += ["not in the outbox"] if self.outbox is not None and not turn.recorded else []
        return Done(", ".join([text, *said]), outcome.provider, outcome.reference, ", ".join(said))
