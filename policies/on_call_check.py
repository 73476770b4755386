"""What is wrong with the schedules of the days to come, before a night shows it.

A fault means that nobody would be told, or that what is known is old; a warning is worth a look. Must never be asked at
run time: a rung goes by what is so at its instant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.business_time import WEEKDAYS, Calendar
from policies.coverage import covered, doubly, gaps
from policies.on_call import FAR, Feed, Schedule, Shift
from policies.people import SCHEDULE, Roster
from policies.rotation import Rotation

NIGHT = (22 * 3_600, 7 * 3_600)
"""When a message in a chat wakes nobody."""
WAKING = {"sms", "phone"}
FAULT, WARNING = "fault", "warning"


@dataclass(frozen=True)
class Finding:
    """One thing in [start, end) of a schedule; `times` says how often it was found, the first one stands here."""

    level: str
    kind: str
    """`gap`, `ends`, `calendar`, `stranger`, `twice`, `night`, `quiet` or `unused`."""
    schedule: str
    start: int
    end: int
    text: str
    person: str = ""
    times: int = 1


def findings(roster: Roster, zones: Mapping[str, str], since: int, until: int) -> list[Finding]:
    """All of them in [since, until), faults first. `zones`: person -> time zone."""
    schedules = tuple(roster.schedules.values())
    found: list[Finding] = []
    for schedule in schedules:
        shifts = covered(roster, schedule, since, until)
        found += _calendars(schedule, since, until)
        found += _once(_gaps(roster, schedule, since, until))
        found += _once(_nights(roster, zones, schedule.name, shifts))
        found += _once(_quiet(roster, schedule.name, shifts))
    found += _once(_twice(roster, schedules, since, until))
    found += _unused(roster, since, until)
    return sorted(found, key=lambda one: (one.level != FAULT, one.schedule, one.start, one.person))


def _calendars(schedule: Schedule, since: int, until: int) -> Iterator[Finding]:
    for layer in schedule.layers:
        if not isinstance(layer, Feed):
            continue
        if layer.fault:
            yield Finding(FAULT, "calendar", schedule.name, since, until, f"{layer.name} {layer.fault}")
        for summary in layer.strange:
            text = f"{layer.name} has entries '{summary}', which name nobody; say under its `people` whom they mean"
            yield Finding(WARNING, "stranger", schedule.name, since, until, text)


def _gaps(roster: Roster, schedule: Schedule, since: int, until: int) -> Iterator[Finding]:
    level = WARNING if _by_hours(schedule) else FAULT
    for gap in gaps(roster, schedule, since, until):
        if gap.end == until and _for_good(roster, schedule, gap.start):
            text = f"nobody from then on ({gap.why}); add a layer that goes on"
            yield Finding(FAULT, "ends", schedule.name, gap.start, gap.end, text)
        else:
            yield Finding(level, "gap", schedule.name, gap.start, gap.end, f"nobody ({gap.why})")


def _for_good(roster: Roster, schedule: Schedule, at: int) -> bool:
    """Nobody for a year, and not because a calendar cannot be read."""
    if any(isinstance(layer, Feed) and layer.fault for layer in schedule.layers):
        return False
    return all(not shift.people for shift in covered(roster, schedule, at, at + FAR))


def _by_hours(schedule: Schedule) -> bool:
    """Whether gaps are meant: every layer covers certain hours only."""
    return all(isinstance(layer, Rotation) and layer.hours for layer in schedule.layers)


def _nights(roster: Roster, zones: Mapping[str, str], name: str, shifts: tuple[Shift, ...]) -> Iterator[Finding]:
    for shift in shifts:
        for person in shift.people:
            known = roster.people.get(person)
            if not known or not known.channels or WAKING & set(known.channels):
                continue
            night = Calendar(zones.get(person, "UTC"), dict.fromkeys(WEEKDAYS, (NIGHT,)))
            for start, end in night.intervals(shift.start, shift.end)[:1]:
                text = f"{person} is on call at night and has neither sms nor phone"
                yield Finding(WARNING, "night", name, start, end, text, person)


def _quiet(roster: Roster, name: str, shifts: tuple[Shift, ...]) -> Iterator[Finding]:
    """Quiet hours on call in which nobody stands in from their beginning to their end."""
    for shift in shifts:
        for person in shift.people:
            known = roster.people.get(person)
            spans = known.quiet.intervals(shift.start, shift.end) if known and known.quiet else []
            for start, end in [span for span in spans if not _stood_in(roster, person, *span)][:1]:
                text = f"{person} is on call in their quiet hours, and would be told all the same"
                yield Finding(WARNING, "quiet", name, start, end, text, person)


def _stood_in(roster: Roster, person: str, start: int, end: int) -> bool:
    deputies = (roster.people.get(one) for one in roster.line(person)[1:])
    return any(one is not None and one.awake(start, end) for one in deputies)


def _twice(roster: Roster, schedules: tuple[Schedule, ...], since: int, until: int) -> Iterator[Finding]:
    for both in doubly(roster, schedules, since, until):
        one, other = both.schedules
        text = f"{both.person} is on call by '{other}' at the same time"
        yield Finding(WARNING, "twice", one, both.start, both.end, text, both.person)


def _unused(roster: Roster, since: int, until: int) -> Iterator[Finding]:
    named = {name for team in roster.teams.values() for name in team.on_call}
    named.update(name for holders in roster.roles.values() for name in holders)
    named.update(name for posts in roster.posts.values() for post in posts for name in post.who)
    for name in roster.schedules:
        if f"{SCHEDULE}{name}" not in named:
            text = f'no team and no role names it; write "{SCHEDULE}{name}" in `on_call` or in `roles`'
            yield Finding(WARNING, "unused", name, since, until, text)


def _once(found: Iterator[Finding]) -> list[Finding]:
    """The first of a kind and text, with how often there are more."""
    kept: dict[tuple[str, str, str], Finding] = {}
    times: dict[tuple[str, str, str], int] = {}
    for one in found:
        key = (one.kind, one.schedule, one.text)
        kept.setdefault(key, one)
        times[key] = times.get(key, 0) + 1
    return [
        Finding(one.level, one.kind, one.schedule, one.start, one.end, one.text, one.person, times[key])
        for key, one in kept.items()
    ]
