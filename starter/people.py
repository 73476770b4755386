"""The people file as commands need it: read once, every fault as a line.

Must never be what a worker asks: that reads the file anew whenever a rung fires.
"""

from __future__ import annotations

import asyncio

from activities.adapters.people_yaml import YamlDirectory
from policies.people import Roster
from starter.settings import PACKAGED_PEOPLE, Settings


async def read_roster(settings: Settings) -> Roster:
    """Raises activities.ports.Refused with every fault of the file."""
    return await YamlDirectory(settings.people).roster()


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
    return settings.people == PACKAGED_PEOPLE
