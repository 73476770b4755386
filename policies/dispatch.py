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
LINGER = 15
"""Seconds that a bundle waits for those who should be in it, from the first who is there."""
LEASE = 35
"""Seconds that belong to whoever sends a bundle: more than one attempt may last."""
MOST_AT_ONCE = 4
"""Messages to one contact that go at once within a window: the first one, and three of critical tickets."""
SPARE = 30
"""Seconds that a message which waits must still have for being sent; else it goes at once."""


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


@dataclass(frozen=True)
class Place:
    """When a message goes: `due` is a UTC second; `held` = with others, in one bundle."""

    due: int
    held: bool = False


def place(now: int, slot: Slot, window: int, may_overtake: bool = False, patience: int | None = None) -> Place:
    """Where a new message stands. `window` 0 = nothing is held; `patience`: seconds it has in all, None = many.

    The first message to a contact goes at once, what comes within the window after it goes at its end as one. The first
    message of a critical ticket goes ahead of them, up to MOST_AT_ONCE in a window.
    """
    free = slot.last is None or now >= slot.last + window
    if free or (may_overtake and slot.at_once < MOST_AT_ONCE) or slot.last is None:
        return Place(now)
    due = slot.last if now <= slot.last or slot.gathering else slot.last + window
    if patience is not None and due - now + LINGER + SPARE > patience:
        return Place(now)
    return Place(due, held=True)


def is_complete(waiting: int, there: int, first: int, now: int) -> bool:
    """Whether a bundle goes now: all who wait for it are `there`, or the `first` of them has waited long enough."""
    return there >= waiting or now >= first + LINGER
