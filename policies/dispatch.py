"""How a message goes its way: what its states mean, how receipts change them, when it may go out (E8, semantics 3.10).

Pure: the outbox brings what it knows of one contact, this room decides. Must never drop a message: it goes at once or
at an instant that is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

PLANNED, SENDING, UNKNOWN, ACCEPTED, FAILED, DELIVERED = (
    "planned", "sending", "unknown", "accepted", "failed", "delivered",
)  # fmt: skip
RANK = {state: rank for rank, state in enumerate((PLANNED, SENDING, UNKNOWN, ACCEPTED, FAILED, DELIVERED))}
REACHED = (ACCEPTED, DELIVERED)
"""What counts as a page that somebody got."""
QUIET = 4
"""Seconds after its instant, and after the last who came, that a bundle waits for others."""
LINGER = 30
"""Seconds from the first who came after which it waits for nobody: messages may be held up in a queue."""
CLOSING = QUIET + LINGER
"""Seconds after its instant within which a bundle goes, or never."""
LEASE = 35
"""Seconds that belong to whoever sends a bundle: more than one attempt may last."""
MOST_AT_ONCE = 4
"""Messages to one contact that go at once within a window: the first one, and three of critical tickets."""
SPARE = 15
"""Seconds that a message which waits must have left for being sent."""


@dataclass(frozen=True)
class Outcome:
    """What is known of one message. `reference` is the provider's name for it, `reason` what it said."""

    state: str = PLANNED
    provider: str = ""
    reference: str = ""
    reason: str = ""


def after(known: Outcome, news: Outcome) -> Outcome:
    """What is known once there is news, in whatever order and however often it comes.

    Delivered is final, and an earlier state never overrides a later one. What another provider was given later is
    another sending: that the first one failed says nothing of it.
    """
    if known.state == DELIVERED:
        return known
    another = bool(known.reference and news.reference and known.reference != news.reference)
    if another and news.state != DELIVERED:
        return _filled(known, news) if (known.state, news.state) == (FAILED, ACCEPTED) else known
    return _filled(known, news) if RANK[news.state] > RANK[known.state] else known


def _filled(known: Outcome, news: Outcome) -> Outcome:
    """The news; what it does not say stays known."""
    return replace(
        news, provider=news.provider or known.provider, reference=news.reference or known.reference
    )  # fmt: skip


def given_up(known: Outcome, reason: str) -> Outcome:
    """No receipt came in time. What is decided stays decided."""
    return known if known.state in (DELIVERED, FAILED) else replace(known, state=UNKNOWN, reason=reason)


@dataclass(frozen=True)
class Slot:
    """What the outbox knows of one contact, (tenant, person, channel). `last` is a UTC second."""

    last: int | None = None
    """The newest instant at which something went, or is to go."""
    gathering: bool = False
    """Messages wait for `last`, and their bundle is not closed."""
    at_once: int = 0
    """Messages that went at once within the window before now."""
    went: bool = True
    """Something went within the window before now, or CLOSING before that: the others wait after it."""


@dataclass(frozen=True)
class Place:
    """When a message goes: `due` is a UTC second; `held` = with others, in one bundle."""

    due: int
    held: bool = False


def place(
    now: int, slot: Slot, window: int, may_overtake: bool = False, patience: int | None = None, late: bool = False
) -> Place:
    """Where a message stands. `window` 0 = nothing is held; `patience`: seconds it has in all, None = many.

    The first message to a contact goes at once (the next one when that was refused), what comes within the window after
    it goes at its end as one. The first message of a critical ticket goes ahead, up to MOST_AT_ONCE in a window. Who is
    `late`, left behind by its bundle, or has no time to wait, gathers with others of that kind now.
    """
    free = slot.last is None or now >= slot.last + window
    if slot.last is None or not slot.went or (free and not late) or (may_overtake and slot.at_once < MOST_AT_ONCE):
        return Place(now)
    gathers = slot.gathering and slot.last <= now
    due = slot.last if now < slot.last or gathers else slot.last + window
    if not late and _bears(due - now, patience):
        return Place(due, held=True)
    return Place(slot.last if gathers else now, held=True) if _bears(0, patience) else Place(now)


def _bears(wait: int, patience: int | None) -> bool:
    return patience is None or wait + LINGER + SPARE <= patience


def is_complete(due: int, waiting: int, there: int, came: tuple[int, int], now: int) -> bool:
    """Whether a bundle goes now. `waiting` are meant to be in it, `there` have come, the first and the last when."""
    first, last = came
    if now < due + QUIET:
        return False
    return there >= waiting or now >= last + QUIET or now >= first + LINGER
