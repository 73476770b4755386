"""Whether those who are on call are there: a schedule with the people's absences and deputies put in.

What is asked before the night: where nobody would be told, who has two schedules at once, where a schedule ends. Must
never decide anything for a ticket: that is `address` in `people.py`, at the instant a rung fires.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from policies.on_call import Schedule, Shift
from policies.people import Roster


@dataclass(frozen=True)
class Both:
    """One person on two schedules in [start, end)."""

    start: int
    end: int
    person: str
    schedules: tuple[str, str]


def covered(roster: Roster, schedule: Schedule, since: int, until: int) -> tuple[Shift, ...]:
    """[since, until) without holes: who would be told, and why; nobody, and why not, where nobody is there."""
    told: list[Shift] = []
    for shift in schedule.shifts(since, until):
        for start, end in pairwise(sorted(_marks(roster, shift))):
            present = _present(roster, shift, start, end)
            last = told[-1] if told else None
            if last and (last.people, last.why) == (present.people, present.why):
                told[-1] = Shift(last.start, end, last.people, last.why)
            else:
                told.append(present)
    return tuple(told)


def gaps(roster: Roster, schedule: Schedule, since: int, until: int) -> tuple[Shift, ...]:
    """The parts of [since, until) in which nobody would be told, merged where they touch."""
    found: list[Shift] = []
    for shift in covered(roster, schedule, since, until):
        if shift.people:
            continue
        if found and found[-1].end == shift.start:
            found[-1] = Shift(found[-1].start, shift.end, (), found[-1].why)
        else:
            found.append(shift)
    return tuple(found)


def doubly(roster: Roster, schedules: Sequence[Schedule], since: int, until: int) -> Iterator[Both]:
    """People who are on two schedules at the same time."""
    lanes = [(schedule.name, covered(roster, schedule, since, until)) for schedule in schedules]
    for number, (name, shifts) in enumerate(lanes):
        for other, others in lanes[number + 1 :]:
            for person in sorted({p for shift in shifts for p in shift.people}):
                for start, end in _shared(_times(shifts, person), _times(others, person)):
                    yield Both(start, end, person, (name, other))


def _present(roster: Roster, shift: Shift, start: int, end: int) -> Shift:
    found = [(person, *roster.stand_in(person, start)) for person in shift.people]
    people = tuple(dict.fromkeys(there for _, there, _ in found if there))
    said = [why for _, _, why in found if why]
    return Shift(start, end, people, "; ".join([shift.why, *said]) if people or not said else "; ".join(said))


def _marks(roster: Roster, shift: Shift) -> set[int]:
    """Where an absence of somebody who counts may begin or end."""
    marks = {shift.start, shift.end}
    for person in _asked(roster, shift.people):
        known = roster.people.get(person)
        marks.update(mark for away in (known.away if known else ()) for mark in away)
    return {mark for mark in marks if shift.start <= mark <= shift.end}


def _asked(roster: Roster, people: Iterable[str]) -> set[str]:
    """These, their deputies, and theirs."""
    return {one for person in people for one in roster.line(person)}


def _times(shifts: Iterable[Shift], person: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for shift in shifts:
        if person not in shift.people:
            continue
        if found and found[-1][1] == shift.start:
            found[-1] = (found[-1][0], shift.end)
        else:
            found.append((shift.start, shift.end))
    return found


def _shared(mine: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in mine:
        for begins, ends in others:
            if max(start, begins) < min(end, ends):
                yield max(start, begins), min(end, ends)
