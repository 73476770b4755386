"""Who is told by a line of a rehearsal: the person, the channels, and what their watch shows.

Must never ask who is told: that is in the keys of the rehearsal's messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.case import FIRED
from starter.rehearsing import Played
from starter.showing.page import iso, local, plain, year_of


def by_entry(played: Played, zones: Mapping[str, str]) -> dict[str, str]:
    """Entry's key -> `kim by sms Fri 27 Mar 16:30; jones by sms, email Fri 27 Mar 07:30 (Europe/London)`."""
    found: dict[str, str] = {}
    for entry in played.rehearsal.entries:
        told = _told(played, entry.key) if entry.kind == FIRED else {}
        if told:
            people = (
                f"{plain(who)} by {', '.join(by)}{_watch(played, zones, who, entry.at)}" for who, by in told.items()
            )
            found[entry.key] = "; ".join(people)
    return found


def _watch(played: Played, zones: Mapping[str, str], person: str, at: int) -> str:
    """Nothing for the customer and for channels, whose watch is not known."""
    zone, office = zones.get(person), played.scenario.zone
    if zone is None:
        return ""
    shown = f" {local(at, zone, year_of(played.scenario.opened_at, office))}"
    return shown if zone == office else f"{shown} ({zone})"


def data(played: Played, zones: Mapping[str, str]) -> list[list[dict[str, Any]]]:
    """For each entry: who is told, by which channels, at which instant in their zone."""
    return [
        [
            {"person": who, "channels": by, "local_time": iso(entry.at, zones[who]) if who in zones else None}
            for who, by in (_told(played, entry.key) if entry.kind == FIRED else {}).items()
        ]
        for entry in played.rehearsal.entries
    ]


def _told(played: Played, key: str) -> dict[str, list[str]]:
    """Person -> channels of the messages of an entry. A message's key is the effect's, the person, the channel."""
    found: dict[str, list[str]] = {}
    keys = {effect.key for effect in played.rehearsal.effects if effect.key == key or effect.key.startswith(f"{key}.L")}
    for message in played.rehearsal.messages:
        effect, person, channel = message.rsplit("/", 2)
        if effect in keys:
            found.setdefault(person, []).append(channel)
    return found
