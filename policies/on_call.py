"""Who is on call: layers, one above the other, with swaps and overrides on top.

The highest layer that has somebody decides; then swaps exchange two people, then overrides replace them. Everything is
half-open and in UTC seconds. Whether those people are there is another question (`coverage.py`). Must never say that
nobody is on call without saying why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from policies.rotation import DAY, Turn

FAR = 366 * DAY
"""How far ahead the next change is looked for, in seconds."""


class Layer(Protocol):
    """A rotation or a feed."""

    @property
    def name(self) -> str: ...

    @property
    def people(self) -> tuple[str, ...]: ...

    def turns(self, since: int, until: int) -> Iterator[Turn]:
        """Inside [since, until), clipped to it; several people may have a turn at once."""
        ...

    def silence(self, at: int) -> str:
        """Why nobody has a turn."""
        ...


@dataclass(frozen=True)
class Feed:
    """Turns that another tool's calendar says, as known in [since, until)."""

    entries: tuple[Turn, ...] = ()
    since: int = 0
    until: int = 1 << 62
    fault: str = ""
    """Why it says nothing, or is old; "" = it was read."""
    strange: tuple[str, ...] = ()
    """Entries that name nobody who is known."""
    name: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody it names."""
        return tuple(dict.fromkeys(turn.person for turn in self.entries))

    def turns(self, since: int, until: int) -> Iterator[Turn]:
        """As a layer."""
        for turn in self.entries:
            if turn.start < until and turn.end > since:
                yield Turn(max(turn.start, since), min(turn.end, until), turn.person)

    def silence(self, at: int) -> str:
        """As a layer."""
        if self.fault and not self.entries:
            return self.fault
        return "has no entry" if self.since <= at < self.until else "is not known for that time"


@dataclass(frozen=True)
class Override:
    """`who` stands in [start, end) for `instead_of`, or for everybody and for nobody when that is empty."""

    start: int
    end: int
    who: str
    instead_of: str = ""


@dataclass(frozen=True)
class Swap:
    """In [start, end) the turns of `one` are those of `other`, and the other way round."""

    start: int
    end: int
    one: str
    other: str


@dataclass(frozen=True)
class Shift:
    """`people` are on call in [start, end), `why` so; nobody (and why not) when it is empty."""

    start: int
    end: int
    people: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Schedule:
    """`layers` from the lowest to the highest; of overrides for one time the last one written wins."""

    name: str
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    swaps: tuple[Swap, ...] = ()
    zone: str = "UTC"

    def who(self, at: int) -> Shift:
        """Who is on call at that second; `start` and `end` are only that second."""
        return self.shifts(at, at + 1)[0]

    def shifts(self, since: int, until: int) -> tuple[Shift, ...]:
        """[since, until) without holes, cut wherever somebody else, or nobody, is on call."""
        told: list[Shift] = []
        for start, end, holders in self._cuts(since, until):
            people, why = self._decided(start, holders)
            last = told[-1] if told else None
            if last and (last.people, last.why) == (people, why):
                told[-1] = Shift(last.start, end, people, why)
            else:
                told.append(Shift(start, end, people, why))
        return tuple(told)

    def gaps(self, since: int, until: int) -> tuple[Shift, ...]:
        """The parts of [since, until) in which nobody is on call."""
        return tuple(shift for shift in self.shifts(since, until) if not shift.people)

    def next_change(self, at: int) -> Shift | None:
        """What comes after that which is at `at`; its end is that of the search when it lasts longer than FAR."""
        now, *later = self.shifts(at, at + FAR)
        return next((shift for shift in later if shift.people != now.people), None)

    def everybody(self) -> tuple[str, ...]:
        """All people it names."""
        named = [person for layer in self.layers for person in layer.people]
        named += [override.who for override in self.overrides]
        return tuple(dict.fromkeys([*named, *(person for swap in self.swaps for person in (swap.one, swap.other))]))

    def _cuts(self, since: int, until: int) -> Iterator[tuple[int, int, list[list[str]]]]:
        """(start, end, holders of each layer), cut wherever anything may change."""
        turns = [(n, turn) for n, layer in enumerate(self.layers) for turn in layer.turns(since, until)]
        begins, ends = _by_second(turns, "start"), _by_second(turns, "end")
        marks = {since, until, *begins, *ends}
        marks.update(mark for override in self.overrides for mark in (override.start, override.end))
        marks.update(mark for swap in self.swaps for mark in (swap.start, swap.end))
        holders: list[list[str]] = [[] for _ in self.layers]
        for start, end in pairwise(sorted(mark for mark in marks if since <= mark <= until)):
            for n, person in ends.get(start, ()):
                holders[n].remove(person)
            for n, person in begins.get(start, ()):
                holders[n].append(person)
            yield start, end, holders

    def _decided(self, at: int, holders: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], str]:
        top = next((n for n in range(len(holders) - 1, -1, -1) if holders[n]), None)
        people = tuple(dict.fromkeys(holders[top])) if top is not None else ()
        why = self.layers[top].name if top is not None else ""
        for swap in self.swaps:
            people, why = _swapped(swap, at, people, why)
        for override in self.overrides:
            if override.start <= at < override.end and (not override.instead_of or override.instead_of in people):
                people, why = _overridden(override, people)
        return people, why if people else self._silence(at)

    def _silence(self, at: int) -> str:
        reasons = [f"{layer.name} {layer.silence(at)}" for layer in reversed(self.layers)]
        return "; ".join(reasons) or "there are no layers"


def _by_second(turns: Sequence[tuple[int, Turn]], edge: str) -> Mapping[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for n, turn in turns:
        found.setdefault(getattr(turn, edge), []).append((n, turn.person))
    return found


def _swapped(swap: Swap, at: int, people: tuple[str, ...], why: str) -> tuple[tuple[str, ...], str]:
    pair = {swap.one: swap.other, swap.other: swap.one}
    if not swap.start <= at < swap.end or not pair.keys() & set(people):
        return people, why
    exchanged = tuple(dict.fromkeys(pair.get(person, person) for person in people))
    return exchanged, f"swap of {swap.one} and {swap.other}"


def _overridden(override: Override, people: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    if not override.instead_of:
        return (override.who,), "override"
    kept = (override.who if person == override.instead_of else person for person in people)
    return tuple(dict.fromkeys(kept)), f"override for {override.instead_of}"
