"""Approval: a credit that waits until a level entitled to it grants or refuses it (A4).

The rung asks, a person decides; at the deadline, or when the ticket is closed, the policy's `otherwise` happens. What
was asked stands in the case as it was asked, whatever plan the ticket gets later. Must never let it be decided twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies import event as news
from policies.event import Event

if TYPE_CHECKING:
    from policies.case import Case

GRANT, WITHHOLD = "grant", "withhold"
RULED = frozenset(news.RULINGS)


@dataclass(frozen=True)
class Asked:
    """One credit that was asked for. Instants are UTC seconds; `key` is the idempotency key it is granted under."""

    key: str
    name: str
    """`resolution.1/breach`: how people name it, and news does."""
    rung: str
    clock: str
    value: str
    level: int
    at: int
    due: int
    within: int
    """Open seconds from `at` to `due`."""
    otherwise: str
    why: str = ""

    @property
    def page(self) -> str:
        """Key of the page that asks for it, and the name of its record."""
        return f"{self.key}/approval"

    def meant_by(self, to: str) -> bool:
        """Whether somebody who names `to` may mean it: nothing, its rung, or its whole name."""
        return to in ("", self.rung, self.name)


@dataclass(frozen=True)
class Ruling:
    """What a person's word comes to: the credit it settles, or why it does not; `already` it was decided so."""

    asked: Asked | None = None
    fault: str = ""
    already: bool = False


def granted(asked: Asked) -> str:
    """Name of the record of a credit that was granted."""
    return f"granted:{asked.key}"


def withheld(asked: Asked) -> str:
    """Name of the record of a credit that was not."""
    return f"withheld:{asked.key}"


def settled(case: Case, asked: Asked) -> bool:
    """Whether what follows has been done, one way or the other."""
    return granted(asked) in case.records or withheld(asked) in case.records


def word_on(case: Case, asked: Asked) -> Event | None:
    """What somebody entitled said first, in time."""
    if not RULED & case.kinds:
        return None
    words = (e for e in case.events if e.kind in news.RULINGS and e.to == asked.name and not e.idle)
    return next((event for event in words if event.at <= asked.due), None)


def decided(case: Case, asked: Asked) -> str:
    """`grant` or `withhold` once that is known; nothing while it waits."""
    if settled(case, asked):
        return GRANT if granted(asked) in case.records else WITHHOLD
    word = word_on(case, asked)
    return "" if word is None else GRANT if word.kind == news.APPROVED else WITHHOLD


def waiting(case: Case) -> tuple[Asked, ...]:
    """The credits that wait for somebody's word, the first asked first; a waived clock owes none."""
    return tuple(asked for asked in case.asked if not decided(case, asked) and not case.waived(asked.clock))


def rule(case: Case, to: str, as_level: int, approve: bool, at: int) -> Ruling:
    """What the word of somebody of `as_level` (0 = not said) about the credit `to` comes to, said at `at`."""
    meant = [asked for asked in case.asked if asked.meant_by(to)]
    open_ones = [asked for asked in waiting(case) if asked in meant]
    if len(open_ones) > 1:
        return Ruling(fault=f"several credits wait; name one with 'to': {', '.join(one.name for one in open_ones)}")
    if open_ones:
        asked = open_ones[0]
        if 0 < as_level < asked.level:
            entitled = f"level {asked.level} or above may; if yours is another say so with as_level (--as-level)"
            return Ruling(fault=f"level {as_level} may not decide on the credit of {asked.name}; {entitled}")
        if at > asked.due:  # TRAP: the ticket may not have woken up yet; a yes now would be answered and not counted
            follows = "granted" if asked.otherwise == GRANT else "withheld"
            return Ruling(fault=f"the time to decide on the credit of {asked.name} is over; it is {follows}")
        return Ruling(asked)
    given = decided(case, meant[-1]) if meant else ""
    if given == (GRANT if approve else WITHHOLD):
        return Ruling(already=True)
    if given:
        said = "granted already; a waiver takes it back" if given == GRANT else "withheld already"
        return Ruling(fault=f"the credit of {meant[-1].name} is {said}")
    return Ruling(fault=_nothing_waits(case, to))


def _nothing_waits(case: Case, to: str) -> str:
    names = ", ".join(asked.name for asked in waiting(case))
    named = f" of '{to}'" if to else ""
    return f"no credit{named} waits for approval" + (f"; these wait: {names}" if names else "")
