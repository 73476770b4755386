"""The people file as commands need it: read once, every fault as a line.

Must never be what a worker asks: that reads the file anew whenever a rung fires.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from activities.adapters.feeds import TIMEOUT
from activities.adapters.people_values import suggestion
from activities.adapters.people_yaml import YamlDirectory
from activities.ports import Refused
from policies.catalog import Catalog
from policies.checking import told
from policies.on_call import Feed
from policies.outage import Outage
from policies.people import ON_CALL, TEAM, TEAM_CHANNEL, TEAM_LEAD, TICKET_ROLES, Roster
from policies.ticket import Ticket
from policies.written import Faulty
from starter.settings import PACKAGED_PEOPLE, Settings


async def read_roster(settings: Settings) -> Roster:
    """Raises activities.ports.Refused with every fault of the file. Its calendars are waited for."""
    return await YamlDirectory(settings.people).roster(patience=TIMEOUT)


def roster(settings: Settings) -> Roster:
    """The same for callers without a loop."""
    return asyncio.run(read_roster(settings))


def zones(settings: Settings) -> dict[str, str]:
    """Person -> time zone. Raises activities.ports.Refused with every fault of the file."""
    return asyncio.run(_zones(YamlDirectory(settings.people)))


async def _zones(directory: YamlDirectory) -> dict[str, str]:
    known = (await directory.roster()).people
    return {person: (await directory.contact(person)).zone for person in known if not person.startswith("team:")}


def is_sample(settings: Settings) -> bool:
    """Whether the people are those of the packaged sample, whom nobody reaches."""
    return settings.people.resolve() == PACKAGED_PEOPLE.resolve()


CHANNEL = "team:"
"""Begins the name of a team's shared channel, which the roster holds as a person."""
TEAM_ROLES = (TEAM_LEAD, TEAM, TEAM_CHANNEL, ON_CALL)


def people_of(people: Iterable[str]) -> list[str]:
    """Of these ids those of people of flesh and blood."""
    return [name for name in people if not name.startswith(CHANNEL)]


def restless(known: Roster) -> list[str]:
    """A line for those whose rest nobody stands in for: what wakes them is then only said."""
    alone = [person for person in known.people.values() if not person.deputy]
    quiet = [person.id for person in alone if person.quiet and not person.quiet_channels]
    budgeted = [person.id for person in alone if person.pages_per_week and not person.id.startswith(CHANNEL)]
    return [
        f"{what} of {', '.join(names)} hold no page back: nobody stands in; name a `deputy`"
        for what, names in (("quiet_hours", quiet), ("pages_per_week", budgeted))
        if names
    ]


def strangers(settings: Settings, person: str = "", team: str = "") -> list[str]:
    """A line for each name that people.yaml does not know; none while the people are the sample's."""
    if is_sample(settings) or not (person or team):
        return []
    file = settings.people.name
    try:
        known = roster(settings)
    except Refused:
        return [f"{file} has faults, so no name was looked up; 'rung people check' lists them"]
    return list(_unknown(file, known, person, team))


def holders(known: Roster, role: str) -> list[str]:
    """All names that hold a role, for any service and region."""
    for_some = [name for post in known.posts.get(role, ()) for name in post.who]
    return list(dict.fromkeys([*for_some, *known.roles.get(role, ())]))


def silent(known: Roster) -> list[str]:
    """A line for each calendar of a schedule that cannot be read."""
    layers = ((name, layer) for name, one in known.schedules.items() for layer in one.layers)
    return [
        f"schedule '{name}': {layer.name} {layer.fault}; its layer is silent until it can be read"
        for name, layer in layers
        if isinstance(layer, Feed) and layer.fault
    ]


def unknown_operator(settings: Settings, known: Roster) -> list[str]:
    """A line when the audit would tell somebody who is neither a role nor a person."""
    who = settings.operator
    if not who or who in known.people or holders(known, who):
        return []
    near = suggestion(who, [*known.roles, *known.people])
    return [f"RUNG_OPERATOR '{who}' is neither a role nor a person{near}; the audit tells nobody"]


async def strangers_of(settings: Settings, outage: Outage) -> list[str]:
    """A line for its owner, and each stakeholder, who is neither a role nor a person. Calendars are not waited for."""
    if not (outage.owner or outage.stakeholders):
        return []
    file = settings.people.name
    try:
        known = await YamlDirectory(settings.people).roster()
    except Refused:
        return [f"{file} has faults, so no name was looked up; 'rung people check' lists them"]
    named = [("owner", outage.owner), *(("stakeholder", who) for who in outage.stakeholders)]
    operator = settings.operator
    instead = f"{operator} (RUNG_OPERATOR) is reminded instead" if operator else "nobody is reminded (no RUNG_OPERATOR)"
    then = {"owner": instead, "stakeholder": "nobody is told for them"}
    names = [*known.roles, *known.people]
    return [
        f"{what} '{who}' is neither a role nor a person of {file}{suggestion(who, names)}; {then[what]}"
        for what, who in named
        if who and who not in known.people and not holders(known, who)
    ]


def unheld(settings: Settings, known: Roster) -> list[str]:
    """A line for each role that nobody holds and the ordinary ticket's policy tells, and one for each other policy.

    Of each policy the newest version counts.
    """
    catalog = settings.catalog()
    wanted: dict[str, list[str]] = {}
    for policy, role in _told_by(catalog):
        wanted.setdefault(policy, []).append(role)
    held = {*known.roles, *TICKET_ROLES}
    ordinary = _ordinary(catalog)
    missing = [role for role in wanted.get(ordinary, ()) if role not in held]
    lines = [
        f"nobody holds the role '{role}', which {ordinary} tells; add it to `roles`{suggestion(role, known.roles)}"
        for role in missing
    ]
    of_teams = dict.fromkeys(role for named in wanted.values() for role in named if role in TEAM_ROLES)
    if of_teams and not known.teams:
        lines.append(f"there are no teams, so nobody is ever {', '.join(sorted(of_teams, reverse=True))}; add `teams`")
    for policy, named in wanted.items():
        others = [role for role in named if role not in held and role not in missing]
        if policy != ordinary and others:
            lines.append(f"before a ticket gets {policy}, which tells them, add to `roles`: {', '.join(others)}")
    return lines


def _ordinary(catalog: Catalog) -> str:
    """The policy of a ticket that nothing special is said of, with its version; `standard` for faulty rules."""
    try:
        return catalog.latest(catalog.selected(Ticket("any")).policy)
    except (Faulty, LookupError):
        return "standard.v1"


def _told_by(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(policy, role), each pair once; policies with faults are left to 'rung policy check'."""
    for family in dict.fromkeys(name.rpartition(".v")[0] for name in catalog.policy_names()):
        name = catalog.latest(family)
        try:
            document = catalog.policy(name).document
        except Faulty:
            continue
        yield from ((name, role) for role in dict.fromkeys(who for _, who in told(document)))


def _unknown(file: str, known: Roster, person: str, team: str) -> Iterator[str]:
    people = people_of(known.people)
    if person and person not in people:
        yield f"{file} knows no person '{person}'{suggestion(person, people)}; nobody can be reached by that name"
    if team and team not in known.teams:
        hint = suggestion(team, known.teams)
        yield f"{file} knows no team '{team}'{hint}; its lead, members and on-call cannot be told"
