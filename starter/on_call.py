"""Who is on call, as commands ask it: the people file and its calendars read once, the questions put to the policies.

Must never hold a rule of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from activities.adapters.feeds import TIMEOUT
from activities.adapters.people_values import suggestion
from activities.adapters.people_yaml import YamlDirectory
from policies.coverage import covered
from policies.on_call import FAR, Schedule, Shift
from policies.people import ON_CALL, SCHEDULE, TEAM_LEAD, Roster, rest_of
from policies.rotation import DAY
from policies.ticket import Ticket
from starter.answering import Unfit
from starter.settings import Settings

MOST_DAYS = 366


@dataclass(frozen=True)
class OnCall:
    """The directory as it stands, with everybody's time zone."""

    file: str
    roster: Roster
    zones: Mapping[str, str]

    def zone(self, people: Sequence[str], schedule: Schedule) -> str:
        """Whose clock a shift is shown on: the first person's, else the schedule's."""
        return self.zones.get(people[0], schedule.zone) if people else schedule.zone


@dataclass(frozen=True)
class Duty:
    """Who answers for something now. `until` is when somebody else does (None = not within a year)."""

    what: str
    people: tuple[str, ...]
    why: str
    zone: str
    until: int | None = None
    then: tuple[str, ...] = ()


def read(settings: Settings) -> OnCall:
    """Raises activities.ports.Refused with every fault of the file."""
    return asyncio.run(_read(settings))


async def _read(settings: Settings) -> OnCall:
    directory = YamlDirectory(settings.people)
    roster = await directory.roster(patience=TIMEOUT)
    zones = {person: (await directory.contact(person)).zone for person in roster.people}
    return OnCall(settings.people.name, roster, zones)


def chosen(known: OnCall, name: str) -> list[Schedule]:
    """The schedule of that name, or all. Raises Unfit for one that is not there."""
    schedules = known.roster.schedules
    if name and name not in schedules:
        raise Unfit([f"{known.file} has no schedule '{name}'{suggestion(name, schedules)}"])
    return [schedules[name]] if name else list(schedules.values())


def on_duty(known: OnCall, schedule: Schedule, at: int) -> Duty:
    """Who would be told by a schedule at that second, and when that changes."""
    now, *later = covered(known.roster, schedule, at, at + FAR)
    change = next((shift for shift in later if shift.people != now.people), None)
    zone = known.zone(now.people, schedule)
    why = "; ".join([now.why, *_rests(known, now.people, at)])
    return Duty(schedule.name, now.people, why, zone, change.start if change else None, change.people if change else ())


def _rests(known: OnCall, people: Sequence[str], at: int) -> list[str]:
    return [said for person in dict.fromkeys(people) if (said := rest_of(known.roster, person, at))]


def coming(known: OnCall, schedule: Schedule, at: int, count: int) -> list[Shift]:
    """The shift that is on and the `count` after it, looked for over a year."""
    found: list[Shift] = []
    for days in (count * 8 + 8, MOST_DAYS):
        found = list(covered(known.roster, schedule, at, at + days * DAY))
        if len(found) > count + 1:
            break
    return found[: count + 1]


def answering(known: OnCall, ticket: Ticket, at: int) -> list[Duty]:
    """Who answers for a ticket of that team, service and region: by its team, and by every role of the file."""
    return list(_answering(known, ticket, at))


def _answering(known: OnCall, ticket: Ticket, at: int) -> Iterator[Duty]:
    if ticket.team and ticket.team not in known.roster.teams:
        raise Unfit([f"{known.file} has no team '{ticket.team}'{suggestion(ticket.team, known.roster.teams)}"])
    of_team = (ON_CALL, TEAM_LEAD) if ticket.team else ()
    for role in (*of_team, *known.roster.roles):
        people: list[str] = []
        said: list[str] = []
        for holders, why in known.roster.duties(role, ticket, at):
            found = [known.roster.stand_in(person, at) for person in holders]
            people += [there for there, _ in found if there]
            said += [why, *(told for _, told in found), *_rests(known, [there for there, _ in found if there], at)]
        names = [name for name in known.roster.named(role, ticket) if name.startswith(SCHEDULE)]
        why = "; ".join([*names, *filter(None, said)]) if people else "; ".join(filter(None, said))
        zone = known.zones.get(people[0], "UTC") if people else "UTC"
        yield Duty(role, tuple(dict.fromkeys(people)), why or ("" if people else f"nobody holds '{role}'"), zone)
