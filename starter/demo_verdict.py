"""The demo's verdict: what arrived, held against what the rehearsal on paper says, key by key.

Must never take the engine's word for what only a sink can know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from activities.acts import INVITED
from policies.compiler import compile_plan
from policies.explanation import Reading, readings
from policies.people import Roster
from policies.plan import Effect, Plan
from policies.rehearsal import Rehearsal, rehearse
from policies.ticket import Ticket
from starter.demo_stage import Stack, moment
from starter.gateway import Opened
from starter.story import Act


@dataclass
class Shown:
    """What became of one act."""

    act: Act
    opened: Opened
    paper: Rehearsal
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    result: tuple[Reading, ...] = ()
    level: int = 0

    @property
    def told(self) -> int:
        return len(self.paper.messages)

    @property
    def good(self) -> bool:
        return not (self.missing or self.extra or self.twice) and self.result == readings(
            self.paper.plan, self.paper.case, self.act.until
        )


def on_paper(running: Stack, act: Act) -> Rehearsal:
    """The same act by the pure core alone."""

    def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        catalog = running.gateway.catalog
        return compile_plan(catalog.policy(catalog.latest(policy)), ticket, opened_at, now)

    return rehearse(make_plan, act.policy, act.ticket, act.opened_at, act.happenings, act.until, roster=running.roster)


async def judged(running: Stack, act: Act, opened: Opened, paper: Rehearsal) -> Shown:
    """Compare what arrived with what the rehearsal says, key by key."""
    arrived = Counter(one.key for one in running.received if one.key.startswith(f"{act.ticket.key}/"))
    wanted = {instead_of_text(act, key) for key in keys_of(paper, running.roster)}
    standing = await running.gateway.standing(act.ticket.tenant, act.ticket.id, moment(act.until))
    return Shown(
        act, opened, paper, sorted(wanted - arrived.keys()), sorted(arrived.keys() - wanted),
        sorted(key for key, times in arrived.items() if times > 1), standing.readings, standing.level,
    )  # fmt: skip


def instead_of_text(act: Act, key: str) -> str:
    """What is refused as a text message arrives as a call."""
    refused = f"/{act.no_sms}/sms"
    return f"{key.removesuffix('/sms')}/phone" if act.no_sms and key.endswith(refused) else key


def keys_of(paper: Rehearsal, roster: Roster) -> Sequence[str]:
    """Every idempotency key that must arrive: messages, actions, invitations."""
    actions = [effect for effect in paper.effects if not effect.targets]
    return [
        *paper.messages,
        *(effect.key for effect in actions),
        *(f"{effect.key}/{person}/email" for effect in actions for person in invited(paper, roster, effect)),
    ]


def invited(paper: Rehearsal, roster: Roster, effect: Effect) -> Sequence[str]:
    """Whom a review invites: those whom the ticket had when its rung fired, whoever has it later."""
    if effect.kind != "review":
        return ()
    rung = effect.key.rpartition("/")[0]
    known = (case for entry, (_, case) in zip(paper.entries, paper.known, strict=True) if entry.key == rung)
    ticket = next(known, paper.case).ticket
    return tuple(dict.fromkeys(person for role in INVITED for person in roster.holders(role, ticket, effect.at)))
