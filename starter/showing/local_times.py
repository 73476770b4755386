"""Whose watch shows what when a message goes out: the local time of each person who is told.

Must never ask who is told: that is in the keys of the rehearsal's messages.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies.case import FIRED
from starter.rehearsing import Played
from starter.showing.page import iso, local, plain, year_of


def by_entry(played: Played, zones: Mapping[str, str]) -> dict[str, str]:
    """Entry's key -> `kim Fri 27 Mar 16:30, jones Fri 27 Mar 07:30 (Europe/London)`."""
    year = year_of(played.scenario.opened_at, played.scenario.zone)
    found: dict[str, str] = {}
    for entry in played.rehearsal.entries:
        told = _told(played, entry.key, zones) if entry.kind == FIRED else []
        if told:
            found[entry.key] = ", ".join(
                f"{plain(person)} {local(entry.at, zones[person], year)}"
                + ("" if zones[person] == played.scenario.zone else f" ({zones[person]})")
                for person in told
            )
    return found


def data(played: Played, zones: Mapping[str, str]) -> list[dict[str, str | None]]:
    """For each entry: person -> the instant in their zone."""
    return [
        {person: iso(entry.at, zones[person]) for person in _told(played, entry.key, zones)}
        if entry.kind == FIRED else {}
        for entry in played.rehearsal.entries
    ]  # fmt: skip


def _told(played: Played, key: str, zones: Mapping[str, str]) -> list[str]:
    """People of the messages that belong to an entry. A message's key is the effect's, the person, the channel."""
    found: dict[str, None] = {}
    keys = {effect.key for effect in played.rehearsal.effects if effect.key == key or effect.key.startswith(f"{key}.L")}
    for message in played.rehearsal.messages:
        effect, _, rest = message.rpartition("/")[0].rpartition("/")
        if effect in keys and rest in zones:
            found[rest] = None
    return list(found)
