"""From the `schedules` of a people file, and the calendars they name, to schedules that answer.

A calendar that cannot be read leaves its layer as it was last read, or silent with the reason; the layers below it and
the rest of the directory stay in force. Must never wait long: a rung is waiting.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from activities.adapters.feeds import Feeds, Kept, place, remote
from activities.adapters.ics import Span, names_of, turns
from activities.adapters.people_document import Document
from activities.adapters.people_values import weekly
from activities.adapters.schedule_document import LayerEntry, OverrideEntry, ScheduleEntry, SwapEntry
from activities.ports import Refused
from policies.business_time import Calendar
from policies.on_call import Feed, Layer, Override, Schedule, Swap
from policies.rotation import DAY, Rotation

log = logging.getLogger(__name__)
BACK, AHEAD = 366 * DAY, 400 * DAY
"""How much of a calendar is known around today."""
_Key = tuple[str, str, tuple[tuple[str, str], ...]]


class Schedules:
    """Builds them; remembers what was made of each calendar."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._seen: dict[_Key, tuple[bytes, int]] = {}
        self._read: dict[_Key, Feed] = {}
        self._reading: dict[_Key, asyncio.Task[None]] = {}

    async def of(self, document: Document, folder: Path, patience: float | None = None) -> dict[str, Schedule]:
        """All schedules of a file in `folder`.

        Each of its calendars is waited for at most `patience` seconds, and as long again until it is understood.
        """
        patience = self._feeds.patience if patience is None else patience
        addresses = {
            layer.ics: layer.ics if remote(layer.ics) else str(folder / layer.ics)
            for entry in document.schedules.values()
            for layer in entry.layers
            if layer.ics
        }
        kept = await self._feeds.read(list(addresses.values()), patience) if addresses else {}
        people = {id: (entry.name, entry.email) for id, entry in document.people.items()}
        made: dict[str, Schedule] = {}
        for name, entry in document.schedules.items():
            layers: list[Layer] = []
            for number, layer in enumerate(entry.layers):
                called = layer.name or f"layer {number + 1}"
                if not layer.ics:
                    layers.append(rotation(layer, entry.zone, called))
                    continue
                address = addresses[layer.ics]
                key = (address, layer.zone or "", tuple(sorted(names_of(people, layer.people).items())))
                layers.append(
                    replace(await self._feed(key, kept[address], patience), name=layer.name or place(address))
                )
            made[name] = schedule(name, entry, tuple(layers))
        return made

    async def _feed(self, key: _Key, kept: Kept, patience: float) -> Feed:
        today = self._feeds.now() // DAY * DAY
        if kept.content is not None and self._seen.get(key) != (kept.content, today):
            await asyncio.wait([self._understanding(key, kept.content, today)], timeout=patience)
        fault = kept.fault or ("" if key in self._read else "has not been read yet")
        last = self._read.get(key, Feed())
        return replace(last, fault=fault) if fault else last

    def _understanding(self, key: _Key, content: bytes, today: int) -> asyncio.Task[None]:
        # TRAP: a task belongs to its loop; one that a closed loop left behind would never end
        task = self._reading.get(key)
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._reading[key] = asyncio.create_task(self._understand(key, content, today))
        return task

    async def _understand(self, key: _Key, content: bytes, today: int) -> None:
        span, last = Span(today - BACK, today + AHEAD), self._read.get(key, Feed())
        self._read[key] = await asyncio.to_thread(_understood, key, content, span, last)
        self._seen[key] = (content, today)


def _understood(key: _Key, content: bytes, span: Span, last: Feed) -> Feed:
    address, zone, names = key
    try:
        entries, strange = turns(content, dict(names), zone, span)
    except Refused as error:
        if last.entries and str(error) != last.fault:
            log.error("the on-call calendar %s %s; its last good version stays in force", place(address), error)
        return replace(last, fault=str(error))
    return Feed(entries, span.since, span.until, "", strange)


def rotation(entry: LayerEntry, zone: str, name: str) -> Rotation:
    """A layer of people who take turns."""
    assert entry.starts is not None  # the document was checked
    own = entry.zone or zone
    hours = Calendar(own, weekly(entry.hours)) if entry.hours else None
    return Rotation(entry.members, entry.starts, own, entry.every, entry.ends, hours, name)


def schedule(name: str, entry: ScheduleEntry, layers: tuple[Layer, ...]) -> Schedule:
    """With its overrides and swaps."""
    overrides, swaps = tuple(map(_override, entry.overrides)), tuple(map(_swap, entry.swaps))
    return Schedule(name, layers, overrides, swaps, entry.zone)


def _override(entry: OverrideEntry) -> Override:
    return Override(_second(entry.start), _second(entry.end), entry.who, entry.instead_of)


def _swap(entry: SwapEntry) -> Swap:
    return Swap(_second(entry.start), _second(entry.end), entry.between[0], entry.between[1])


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
