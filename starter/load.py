"""How many pages people had, against what they bear: the people file and the outbox, read for one question.

Must never hold a rule of its own, nor change anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.rest import WEEK, used_up
from starter.journal import outbox
from starter.people import people_of, read_roster
from starter.settings import Settings


@dataclass(frozen=True)
class Load:
    """One person's pages since `WEEK` seconds ago. `budget` 0 = none; `deputy` gets what goes beyond it."""

    person: str
    pages: int
    budget: int
    used_up: bool
    deputy: str


async def loads(settings: Settings, now: datetime) -> Sequence[Load]:
    """Everybody, the most paged first. Raises Refused for a people file with faults, Unable without a store."""
    people = (await read_roster(settings)).people
    names = people_of(people)
    async with outbox(settings) as store:
        pages = await store.pages(names, now - timedelta(seconds=WEEK))
    tired = used_up(people, pages)
    found = [
        Load(name, pages.get(name, 0), people[name].pages_per_week, name in tired, people[name].deputy)
        for name in names
    ]
    return sorted(found, key=lambda one: -one.pages)
