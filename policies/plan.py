"""The plan: everything a policy means for one ticket, frozen when the ticket opens.

It carries its working time as UTC seconds and the versions that made it, so that no upgrade moves the deadline of an
open ticket (semantics 1.7, 5.1). It is plain data: a workflow history records it. Must never hold a rule that
needs a calendar, a zone or a file to be applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from policies.business_time import WorkingTime
from policies.ticket import Ticket

ELAPSED = "elapsed"
"""Name of the clock without a promise that counts every second: rungs on elapsed time stand on it."""

AWAKE = "awake"
"""Name of the working time outside the quiet hours; a plan has it when one of its rungs can wait."""

OFFICE = "office"
"""Name of the hours that are open to tickets of every urgency: a plan has them when a rung makes action items."""

LADDER, CHECKS, CUSTOMER, COMMAND, HANDOVER = "ladder", "checks", "customer", "command", "handover"
"""Tracks: of several rungs overdue at once only the highest of each track fires (semantics 3.5); commands all do."""


@dataclass(frozen=True)
class Target:
    """Who is told, through which channels."""

    who: str
    via: tuple[str, ...]


@dataclass(frozen=True)
class ApprovalPlan:
    """Who must grant a credit: `level` or one above, `within` open seconds; `otherwise` is `grant` or `withhold`."""

    level: int
    within: int
    otherwise: str


@dataclass(frozen=True)
class ItemPlan:
    """Whose an action item is; `every` open seconds (a business day) they are reminded."""

    owner: Target
    every: int


@dataclass(frozen=True)
class Act:
    """One silent action of a rung: `flag`, `comment`, `reassign`, `priority`, `credit`, `review`, `action`."""

    kind: str
    value: str = ""
    after: int = 0
    """review: open seconds after the rung until it starts; action: until it is due."""
    approval: ApprovalPlan | None = None
    """credit: whose approval it waits for."""
    item: ItemPlan | None = None
    """action: whose it is."""


@dataclass(frozen=True)
class ClockPlan:
    """One promise. `target` 0 means none: the clock only measures."""

    name: str
    working: str
    target: int = 0
    paused_by: tuple[str, ...] = ()
    on_retarget: str = "carry_elapsed"
    reopen_grace: int = 0
    """Open seconds within which a reopened ticket continues its cycle."""
    reopen_after: str = "continue"
    """What a reopening after the grace means: `continue`, `new_cycle` or `frozen`."""
    starts: tuple[str, ...] = ()
    """What starts it, `opened`, an event, or a pause by kind (`pause:vendor`); empty = the clock's own rule."""
    stops: tuple[str, ...] = ()
    """What stops it besides the end of the ticket; such a clock runs again at each start."""
    promise: str = "sla"
    """To whom: `sla` the customer, `ola` within the house, `uc` a vendor towards us (S7)."""


@dataclass(frozen=True)
class RungPlan:
    """One step: when, unless what, who and what.

    `offset` counts on the axis of `clock` (its consumed seconds); `every` repeats it. A rung with `event` stands at
    the instant of the `times`-th such event instead and is dropped when more than `within` seconds late (0 = never).
    """

    name: str
    clock: str
    offset: int = 0
    every: int = 0
    event: str = ""
    times: int = 1
    within: int = 0
    level: int = 0
    track: str = LADDER
    until: str = "resolved"
    """The state that makes it unnecessary: `acknowledged`, `responded`, `resolved` or `never`."""
    why: str = ""
    breach: bool = False
    reminder: bool = False
    """A low-rate reminder of the catch-all after the last rung (semantics 3.8)."""
    targets: tuple[Target, ...] = ()
    acts: tuple[Act, ...] = ()
    can_wait: bool = False
    """Held to the end of the quiet hours (E8)."""


@dataclass(frozen=True)
class LevelPlan:
    """One level of the ladder and how far its people may escalate by hand (semantics 3.7)."""

    level: int
    title: str
    target: Target
    may_escalate_to: int
    responds_within: int = 0
    """Open seconds after which a level that has not acknowledged is passed (E3, E5); 0 = never."""
    may_spend: int = 0
    may_decide: str = ""


@dataclass(frozen=True)
class RegionPlan:
    """One region of a follow-the-sun ticket, in the order of the hand-overs (E9)."""

    region: str
    team: str
    working: str
    target: Target


@dataclass(frozen=True)
class Plan:
    """All of it. `versions` names policy, calendar, `holidays` and tzdata, with the policy's content hash."""

    policy: str
    version: int
    ticket: Ticket
    zone: str
    opened_at: int
    until: int
    """The horizon: working time is known up to here, and extended before it is reached."""
    working: Mapping[str, WorkingTime]
    clocks: tuple[ClockPlan, ...]
    rungs: tuple[RungPlan, ...]
    levels: tuple[LevelPlan, ...]
    catch_all: Target
    ack_timeout: int = 0
    """Seconds on the clock of the rung until an acknowledgement expires; 0 = never."""
    versions: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[RegionPlan, ...] = ()
    """Empty = nobody hands the ticket over."""
    adjusted: tuple[str, ...] = ()
    """Dated adjustments that made this plan, in words (S5)."""

    @cached_property
    def memory(self) -> dict[str, Any]:
        """What was last derived from this plan, kept by whoever derived it; never recorded, never compared."""
        return {}

    @cached_property
    def on_news(self) -> tuple[RungPlan, ...]:
        """Rungs that stand at an event."""
        return tuple(rung for rung in self.rungs if rung.event)

    @cached_property
    def _climb(self) -> tuple[RungPlan, ...]:
        """Rungs of the ladder that stand on clocks, from the lowest level to the highest."""
        return tuple(sorted((r for r in self.rungs if r.track == LADDER and not r.event), key=lambda r: r.level))

    def above(self, level: int) -> tuple[Target, ...]:
        """Whom the ladder tells on higher levels, the lowest first; customers are not of them."""
        known: dict[int, tuple[Target, ...]] = self.memory.setdefault("above", {})
        if level not in known:
            higher = (rung for rung in self._climb if rung.level > level)
            known[level] = tuple(target for rung in higher for target in rung.targets if target.who != "customer")
        return known[level]

    @cached_property
    def levels_pass(self) -> bool:
        """Whether some level is passed when it does not acknowledge."""
        return any(level.responds_within for level in self.levels)

    @property
    def name(self) -> str:
        """`standard.v1`."""
        return f"{self.policy}.v{self.version}"

    def clock(self, name: str) -> ClockPlan:
        """Raises KeyError for a clock the policy does not have."""
        for clock in self.clocks:
            if clock.name == name:
                return clock
        raise KeyError(name)

    def rung(self, name: str) -> RungPlan:
        """Raises KeyError for a rung the policy does not have."""
        for rung in self.rungs:
            if rung.name == name:
                return rung
        raise KeyError(name)

    def level(self, number: int) -> LevelPlan | None:
        """The level, or None."""
        return next((level for level in self.levels if level.level == number), None)


@dataclass(frozen=True)
class Reason:
    """Why a rung stands where it does, as facts: whoever tells it words them in the reader's own language.

    `kind` is `share`, `after`, `every`, `event`, `reminder`, `unanswered`, `handover`, `escalated`, `waived` or
    `approval`.
    """

    kind: str = ""
    clock: str = ""
    percent: int = 0
    """share: of the target, rounded; above 100 after a breach."""
    seconds: int = 0
    """Consumed seconds at which it stands; every: between two; unanswered, approval: within which."""
    event: str = ""
    times: int = 0
    """event: which one of its kind it is; 0 = each."""
    level: int = 0
    of: str = ""
    """The level that did not answer, the region whose day is over, who gave the command; approval: how much."""
    to: str = ""
    """The region that goes on; approval: what happens without it, `grant` or `withhold`."""
    text: str = ""
    """What a person gave as the reason."""
    waited: int = 0
    """Seconds by which quiet hours put it off; the effect's `why` says so in brackets."""


@dataclass(frozen=True)
class Effect:
    """What is to be done in the world, with the key that makes doing it twice harmless.

    `page` and `inform` carry targets that an activity resolves to people when the rung fires (semantics 3.4);
    all others carry a value. Key: `tenant/ticket/cycle/rung` plus target and channel once they are known (3.12).
    """

    key: str
    kind: str
    rung: str
    cycle: str
    due: int
    level: int = 0
    until: str = "never"
    clock: str = ""
    why: str = ""
    value: str = ""
    targets: tuple[Target, ...] = ()
    fallback: tuple[Target, ...] = ()
    """Whom to take when nobody of `targets` is there: the following rungs in order, then the catch-all."""
    late: int = 0
    """Seconds between the due instant and the decision."""
    breach: bool = False
    at: int = 0
    """review: the instant it starts; action: when it is due."""
    reason: Reason = field(default_factory=Reason)
    item: ItemPlan | None = None
    """action: whose it is."""
