"""The directory as a file: people, teams and roles in `people.yaml`, read anew whenever a rung fires.

    people:                     # by id; the ids are what the helpdesk calls assignees
      kim:
        name: 김민수            # required; all others are optional, but one address there must be
        email: kim@example.com
        phone: "+82-10-0000-0001"          # international form
        slack: ${SLACK_KIM}                # incoming webhooks; ${NAME} is taken from the environment,
        teams: ${TEAMS_KIM:-http://...}    # ${NAME:-text} falls back to the text
        webhook: https://example.com/hook
        zone: Asia/Seoul                   # UTC if left out
        languages: [ko, en]                # the first one is used; en if left out
        channels: [email, sms]             # may be reached by these only; the first one is preferred
        away: [{from: 2026-07-27T00:00:00+09:00, to: 2026-08-01T00:00:00+09:00}]
        deputy: lee                        # stands in while they are away
        quiet_hours: [22:00-07:00]         # ... and while they rest
        quiet_channels: [phone]            # by what they are told when nobody stands in
        pages_per_week: 40                 # after that many the deputy is paged
    teams:                      # by the name the helpdesk uses
      platform: {lead: lee, members: [kim, lee], on_call: [han], slack: ..., teams: ..., webhook: ...}
    roles:                      # everything a policy names beside the roles of a ticket
      executives: [choi, jung]
      press: ["team:platform"]  # the shared channel of a team counts as a person
      network: [{region: [kr], who: ["schedule:seoul"]}, {who: [lee]}]
    schedules:                  # who is on call: docs/reference/people.md
      seoul: {zone: Asia/Seoul, layers: [{members: [kim, lee], starts: 2026-01-05T09:00, every: weekly}]}

Left out, `channels` are those that have an address. Must never guess: a file with a fault is refused with all
its faults, and a broken edit of a good file leaves the last good one in force.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from activities.adapters.feeds import Feeds
from activities.adapters.people_document import Document, PersonEntry, TeamEntry, read
from activities.adapters.people_values import Spell, suggestion, weekly
from activities.adapters.schedules import Schedules
from activities.ports import Contact, Refused
from policies.business_time import Calendar
from policies.people import CUSTOMER, Person, Post, Roster, Team

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    document: Document
    roster: Roster
    """Without its schedules: those follow other tools' calendars, too."""
    contacts: Mapping[str, Contact]


class YamlDirectory:
    """The port `Directory` over one file. `environment` fills in `${NAME}`; the process's own by default.

    `feeds` brings the calendars that its schedules name.
    """

    def __init__(
        self, path: Path | str, environment: Mapping[str, str] | None = None, feeds: Feeds | None = None
    ) -> None:
        self._path = Path(path)
        self._schedules = Schedules(feeds or Feeds())
        self._environment = os.environ if environment is None else environment
        self._seen: bytes | None = None
        self._good: _Known | None = None
        self._fault = ""
        self._reading = asyncio.Lock()

    async def roster(self, patience: float | None = None) -> Roster:
        """Raises Refused with all faults when the file has never been good.

        Calendars that its schedules name are waited for at most `patience` seconds (left out: what a rung can wait).
        """
        known = await self._known()
        if not known.document.schedules:
            return known.roster
        found = await self._schedules.of(known.document, self._path.parent, patience)
        return replace(known.roster, schedules=found)

    async def contact(self, person: str) -> Contact:
        """Raises Refused for someone the file does not know, and for the customer, whom the ticket knows."""
        if person == CUSTOMER:
            raise Refused("the directory holds no customers; their address is the ticket's `contact`")
        contacts = (await self._known()).contacts
        if person not in contacts:
            hint = suggestion(person, contacts)
            raise Refused(f"{self._path.name} knows no '{person}'{hint}; add them to `people`")
        return contacts[person]

    async def _known(self) -> _Known:
        async with self._reading:
            await self._look()
        if self._good is None:
            raise Refused(self._fault)
        return self._good

    async def _look(self) -> None:
        """Compare the content, not the time stamp: an edit within the same instant counts too."""
        try:
            content = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            self._spoilt(f"{self._path.name} cannot be read ({error.strerror}); put the people file there")
            self._seen = None
            return
        if content == self._seen:
            return
        self._seen = content
        try:
            document = read(self._path.name, content, self._environment)
        except Refused as fault:
            self._spoilt(str(fault))
        else:
            self._good, self._fault = _known(document), ""

    def _spoilt(self, fault: str) -> None:
        if self._good is not None and fault != self._fault:
            log.error("the directory is broken, the last good version stays in force:\n%s", fault)
        self._fault = fault


def _known(document: Document) -> _Known:
    people = {id: _person(id, entry, document.pages_per_week) for id, entry in document.people.items()}
    contacts = {id: _contact(id, entry) for id, entry in document.people.items()}
    teams: dict[str, Team] = {}
    for name, entry in document.teams.items():
        channel = f"team:{name}" if entry.addresses() else ""
        teams[name] = Team(entry.lead, entry.members, entry.on_call, channel)
        if channel:
            people[channel] = Person(channel, (), entry.addresses())
            contacts[channel] = _channel(channel, entry)
    return _Known(document, Roster(people, teams, *_roles(document)), contacts)


def _roles(document: Document) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[Post, ...]]]:
    """(role -> who holds it for all, role -> who holds it for some); every role is in the first."""
    for_all: dict[str, tuple[str, ...]] = {}
    for_some: dict[str, tuple[Post, ...]] = {}
    for role, entries in document.roles.items():
        posts = tuple(Post(entry.who, entry.service, entry.region) for entry in entries)
        some = tuple(post for post in posts if post.services or post.regions)
        for_all[role] = next((post.who for post in posts if post not in some), ())
        if some:
            for_some[role] = some
    return for_all, for_some


def _person(id: str, entry: PersonEntry, pages_per_week: int) -> Person:
    channels = entry.channels or entry.addresses()
    quiet = Calendar(entry.zone, weekly(entry.quiet_hours)) if entry.quiet_hours else None
    budget = pages_per_week if entry.pages_per_week is None else entry.pages_per_week
    away = tuple(_seconds(spell) for spell in entry.away)
    return Person(id, away, channels, entry.deputy, quiet, entry.quiet_channels, budget)


def _seconds(spell: Spell) -> tuple[int, int]:
    return int(spell.start.timestamp()), int(spell.end.timestamp())


def _contact(id: str, entry: PersonEntry) -> Contact:
    language = entry.languages[0] if entry.languages else "en"
    return Contact(
        person=id, name=entry.name, email=entry.email, phone=entry.phone, slack=entry.slack,
        teams=entry.teams, webhook=entry.webhook, zone=entry.zone, language=language,
    )  # fmt: skip


def _channel(id: str, entry: TeamEntry) -> Contact:
    return Contact(
        person=id, name=id.removeprefix("team:"), slack=entry.slack, teams=entry.teams, webhook=entry.webhook,
        zone=entry.zone, language=entry.language,
    )  # fmt: skip
