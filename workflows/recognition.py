"""The recognition of one policy: hears of each ticket as it opens, and says when many of them are one major incident.

Started by the first ticket, over when nothing that it remembers can matter any more. What is found is proposed or
declared once, whatever crashes: the pure core names it, and every act carries that name. Must never count by itself,
and never stop counting because a provider or a database is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.recognising import Recognitions
    from activities.requests import Links, Recognised, RecognisedNotice, Recognising
    from policies.declaration import declares, outage_for, said
    from policies.outage import NONE as NO_OUTAGE
    from policies.outage import RAISE, Outage
    from policies.people import Addressed, Delivery
    from policies.recognition import ENDED, JOINED, Arrival, Finding, Rule, arrive, begin, settle
    from workflows import options
    from workflows.alarm import Alarm
    from workflows.contract import EFFECTS, LEAST_HISTORY, RECOGNITION, Unreadable, read_arrival, read_recognising
    from workflows.effects import cause_of
    from workflows.limits import SUMMARY, clipped
    from workflows.near import near

TROUBLE_KEPT = 20


@workflow.defn(name=RECOGNITION, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class RecognitionWorkflow:
    """Signal `opened`; the query tells what is remembered."""

    @workflow.init
    def __init__(self, *payload: Any) -> None:
        self.fault, opening = read_recognising(payload)
        self.policy, self.history_limit = opening.policy, max(opening.history_limit, LEAST_HISTORY)
        self.state = opening.state or begin(opening.rules)
        self.rules = {rule.name: rule for rule in self.state.rules}
        self.outages = dict(opening.outages)
        self.heard_at = opening.heard_at or int(workflow.info().workflow_start_time.timestamp())
        self.trouble = opening.trouble
        self.inbox: list[Arrival] = []
        self.at_work = 0
        self.tasks: list[asyncio.Future[None]] = []
        self.alarm = Alarm()

    @workflow.run
    async def run(self, *payload: Any) -> Recognising:
        if self.fault:
            raise ApplicationError(self.fault, type="BadOpening", non_retryable=True)
        while True:
            self.take_up()
            if self.over():
                return self.carried()
            await self.wait_for_news()
            if not self.inbox and not self.at_work and self.should_continue_as_new():
                workflow.continue_as_new(self.carried())

    # --- the story -----------------------------------------------------------------------------------------

    def take_up(self) -> None:
        """All that has come counts, in the order it came; then time has gone on."""
        while self.inbox:
            self.state, found = arrive(self.state, self.inbox.pop(0))
            self.follow(found)
            self.heard_at = self.now()
        self.state, found = settle(self.state, self.now())
        self.follow(found)

    def follow(self, found: tuple[Finding, ...]) -> None:
        """Each finding goes its own way; an outage is named now, while it is known which ticket was the first."""
        for finding in found:
            rule = self.rules[finding.rule]
            if finding.kind == ENDED:
                self.start(self.end(rule, finding))
            elif finding.kind == JOINED:
                self.start(self.link(finding, self.outages.get(finding.incident, "")))
            else:
                incident = self.state.incidents[finding.incident]
                outage = outage_for(self.policy, rule, finding, incident) or NO_OUTAGE
                self.outages[finding.incident] = outage.id if declares(rule) else ""
                self.start(self.announce(rule, finding, outage, said(rule, finding, incident)))
        self.outages = {name: id for name, id in self.outages.items() if name in self.state.incidents}

    async def announce(self, rule: Rule, finding: Finding, outage: Outage, what: str) -> None:
        """Declared first, when the rule says so: clocks come before words."""
        declared = bool(outage.id) and declares(rule) and await self.declared(outage)
        await self.link(finding, outage.id if declared else "")
        await self.tell(finding, Recognised(what, finding.tickets, outage, declared, rule.tell, self.now()))

    async def declared(self, outage: Outage) -> bool:
        """False when it was refused: then people are asked."""
        try:
            await near(Recognitions.declare_recognised, outage, f"declare {outage.id}")
        except FailureError as error:
            self.regret(error)
            return False
        return True

    async def end(self, rule: Rule, finding: Finding) -> None:
        """What raised the urgency of new tickets does so no more. Clocks that stand still are for people to start."""
        outage = self.outages.get(finding.incident, "")
        if outage and not rule.effect:
            over = Outage(outage, effect=RAISE, ended_at=finding.at, ended_by=f"rule {rule.name} of {self.policy}")
            await near(Recognitions.end_recognised, over, f"end {outage}")

    async def link(self, finding: Finding, outage: str) -> None:
        """A line for each ticket, by its own name: told twice it stands there once."""
        kind = "a major incident" if outage else "what may be one major incident"
        text = f"one of the tickets of {kind}: {finding.incident}" + (f" (outage {outage})" if outage else "")
        await self.note(finding, Links(f"recognised/{finding.incident}", finding.tickets, self.now(), text))

    async def tell(self, finding: Finding, one: Recognised) -> None:
        """Each person once by each way; who cannot be told is a line at the first ticket."""
        found: Addressed = await near(Recognitions.address_recognised, one, f"who hears of {finding.incident}")
        missed = [f"not told {missing.role}: {missing.reason}" for missing in found.not_sent]
        if not found.deliveries and not missed:
            missed = ["nobody was told: the rule names nobody, and RUNG_OPERATOR is not set"]
        missed += [
            why for why in await asyncio.gather(*(self.send(finding, one, to) for to in found.deliveries)) if why
        ]
        for number, why in enumerate(missed):
            head = f"recognised/{finding.incident}/undelivered.{number}"
            await self.note(finding, Links(head, finding.tickets[:1], self.now(), why[:300], "undelivered"))

    async def send(self, finding: Finding, one: Recognised, to: Delivery) -> str:
        """Why it was not delivered; nothing when it was."""
        notice = RecognisedNotice(f"recognised/{finding.incident}/{to.person}/{to.channel}", one, to)
        try:
            await workflow.execute_activity_method(
                Recognitions.tell_recognised, notice, task_queue=EFFECTS, start_to_close_timeout=options.ATTEMPT,
                schedule_to_close_timeout=options.RECOGNISED_WITHIN, retry_policy=options.WORLD_RETRY,
                summary=clipped(f"tell {to.person} by {to.channel}", SUMMARY),
            )  # fmt: skip
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            return f"{to.channel} to {to.person} undelivered: {cause_of(error)}"
        return ""

    async def note(self, finding: Finding, links: Links) -> None:
        await near(Recognitions.link_recognised, links, f"lines of {finding.incident}")

    # --- work beside the counting --------------------------------------------------------------------------

    def start(self, work: Awaitable[None]) -> None:
        """Beside the counting; the workflow stays until it is done."""
        self.at_work += 1
        task = asyncio.ensure_future(self.watched(work))
        self.tasks = [one for one in [*self.tasks, task] if not one.done()]

    async def watched(self, work: Awaitable[None]) -> None:
        """What can never work is kept as trouble; nothing else depends on it."""
        try:
            await work
        except FailureError as error:
            self.regret(error)
        finally:
            self.at_work -= 1

    def regret(self, error: FailureError) -> None:
        if is_cancelled_exception(error):
            raise error
        self.trouble = (*self.trouble, cause_of(error))[-TROUBLE_KEPT:]

    async def wait_for_news(self) -> None:
        """A ticket, the end of an incident, or that all is long over. An alarm that stands early enough stays."""
        # TRAP: what is long over while somebody is still being told would wake it every second
        wishes = (self.state.wake_at, None if self.at_work else self.forgets_at)
        wake_at = min((at for at in wishes if at is not None), default=None)
        if wake_at is not None and (self.alarm.at is None or self.alarm.rang or wake_at < self.alarm.at):
            self.alarm.cancel()
            self.alarm.set(max(wake_at, self.now() + 1), self.seconds_to, "is an incident over?")
        before = self.at_work
        await workflow.wait_condition(lambda: bool(self.inbox) or self.alarm.rang or self.at_work < before)

    # --- time ----------------------------------------------------------------------------------------------

    @property
    def forgets_at(self) -> int:
        """From then on no ticket that may come can belong to one of those that are remembered."""
        return self.heard_at + 2 * self.state.patience

    def over(self) -> bool:
        open_ones = self.state.wake_at is not None
        return not (self.inbox or self.at_work or open_ones) and self.now() >= self.forgets_at

    def now(self) -> int:
        return int(workflow.now().timestamp())

    def seconds_to(self, at: int) -> float:
        return at - workflow.now().timestamp()

    def should_continue_as_new(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= self.history_limit

    def carried(self) -> Recognising:
        """All that it knows."""
        return Recognising(
            self.policy,
            self.state.rules,
            self.state,
            dict(self.outages),
            self.heard_at,
            self.trouble,
            self.history_limit,
            self.at_work,
        )

    # --- the signal and the query --------------------------------------------------------------------------

    @workflow.signal(description="A ticket of this policy has been opened")
    def opened(self, *payload: Any) -> None:
        try:
            self.inbox.append(read_arrival(payload))
        except Unreadable as error:
            self.trouble = (*self.trouble, f"opened: {error}")[-TROUBLE_KEPT:]

    @workflow.query(description="What is remembered, and what went wrong")
    def remembered(self, *payload: Any) -> Recognising:
        return self.carried()
