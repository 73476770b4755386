"""The mails to an outage's customers: whom to ask and when; one activity does each round of them.

Runs beside everything else and holds nothing up. Must never hold an address, nor begin for an outage that did not ask
for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.outage_customers import OutageCustomers
    from activities.requests import CustomerRound, CustomersTold
    from policies.outage import Outage
    from policies.outage_customers import DECLARED, ENDED, IN_WORDS, next_round
    from workflows import options
    from workflows.contract import EFFECTS


class Mailing:
    """What has become of them; `note` takes lines for whoever looks."""

    def __init__(self, now: Callable[[], int], note: Callable[[Sequence[str]], None]) -> None:
        self.now, self.note = now, note
        self.told = {DECLARED: CustomersTold(), ENDED: CustomersTold()}
        self._rounds: asyncio.Task[None] | None = None

    @property
    def begun(self) -> bool:
        return self._rounds is not None

    def begin(self, outage: Callable[[], Outage]) -> None:
        """In rounds until it has ended: those whose tickets are there, then those of tickets opened since."""
        self._rounds = asyncio.create_task(self._while_it_lasts(outage))

    def stop(self) -> None:
        """What has not gone out by now would be false. Mails under way are ended, and nobody waits for that here."""
        if self._rounds is not None:
            self._rounds.cancel()

    async def end(self, outage: Outage) -> None:
        """Once the rounds are over: by their keys it is known who hears that it is."""
        if self._rounds is not None:
            await asyncio.gather(self._rounds, return_exceptions=True)
        await self._round(CustomerRound(outage, ENDED))

    async def _while_it_lasts(self, outage: Callable[[], Outage]) -> None:
        """TRAP: a round that ends its mails after it was told to stop comes back as if it had not been."""
        first, since = self.now(), 0
        while True:
            await workflow.sleep(options.JOURNALED, summary="lists are late")
            begun = self.now()
            found = await self._round(CustomerRound(outage(), DECLARED, since))
            if found is not None and not found.late:
                since = begun
            if outage().ended_at:
                return
            wait = next_round(first, begun) - self.now()
            await workflow.sleep(max(wait, 1), summary="then customers of tickets opened since are told")

    async def _round(self, asked: CustomerRound) -> CustomersTold | None:
        """None when it failed as a whole; why is noted."""
        try:
            found = await workflow.execute_activity_method(
                OutageCustomers.tell_customers, asked, task_queue=EFFECTS, start_to_close_timeout=options.PUSH,
                schedule_to_close_timeout=options.MAIL_CUSTOMERS, heartbeat_timeout=options.PUSH_BEAT,
                retry_policy=options.MAIL_RETRY, summary=f"mail customers: it {IN_WORDS[asked.what]}",
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.note([f"customers: not all were mailed that it {IN_WORDS[asked.what]} ({error.cause or error})"])
            return None
        self.told[asked.what] = found
        self.note(lines(found, asked.what))
        return found


def lines(found: CustomersTold, what: str) -> list[str]:
    """`3 tickets did not say whom to mail that it has begun`: counts, and no address."""
    counts = (
        (found.refused, "customer", "the address is refused"), (found.late, "customer", "no mail server took it"),
        (found.nameless, "ticket", "without an address"), (found.unasked, "ticket", "did not answer whose it is"),
    )  # fmt: skip
    return [
        f"{count} {name if count == 1 else name + 's'} not mailed that it {IN_WORDS[what]}: {why}"
        for count, name, why in counts if count
    ]  # fmt: skip
