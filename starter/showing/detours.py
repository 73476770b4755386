"""Pages that arrived by another way than the first: what failed and why, and what was done then.

Nobody misses them, so they are no alarm; who mends a barred number has to hear of it all the same. The ticket's time
line tells it all. Must never guess a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from policies.case import Entry
from starter.showing.page import plain
from starter.showing.undelivered import reason_of

SHOWN = 3
"""Detours that people see, the newest; programs get all that the ticket remembers."""


@dataclass(frozen=True)
class Way:
    """One message: to whom by which channel, and why it failed; empty = it arrived."""

    person: str
    channel: str
    why: str = ""

    @property
    def said(self) -> str:
        return f"{self.channel} to {self.person}"


@dataclass(frozen=True)
class Detour:
    """One page. `page` is its key, `rung` its rung; ways in the order in which they were told of."""

    page: str
    failed: tuple[Way, ...]
    then: tuple[Way, ...]

    @property
    def rung(self) -> str:
        return self.page.rpartition("/")[2]


def detours(entries: Iterable[Entry]) -> tuple[Detour, ...]:
    """The oldest first. A channel that works in the end has not failed."""
    pages: dict[str, dict[str, Way]] = {}
    for entry in entries:
        page, person, channel = _parts(entry.key)
        if not page or entry.kind not in ("done", "undelivered"):
            continue
        ways = pages.setdefault(page, {})
        ways.pop(entry.key, None)
        ways[entry.key] = Way(person, channel, reason_of(entry.text) if entry.kind == "undelivered" else "")
    found = (
        Detour(page, tuple(w for w in ways.values() if w.why), tuple(w for w in ways.values() if not w.why))
        for page, ways in pages.items()
    )
    return tuple(one for one in found if one.failed and one.then)


def _parts(key: str) -> tuple[str, str, str]:
    """(page, person, channel) of a message's key; nothing for that of an act, which has one part less."""
    page, _, rest = key.rpartition("/")
    page, _, person = page.rpartition("/")
    return (page, person, rest) if page.count("/") >= 3 else ("", "", "")


def lines(found: Sequence[Detour]) -> Iterator[Text]:
    """`half: sms to kim failed: the number is barred; then email to kim`."""
    if len(found) > SHOWN:
        yield Text(f"{len(found) - SHOWN} pages before went another way, too", style="dim")
    for one in found[-SHOWN:]:
        failed = "; ".join(f"{way.said} failed: {way.why}" for way in one.failed)
        then = ", ".join(way.said for way in one.then)
        yield Text(plain(f"{one.rung}: {failed}; then {then}"), style="yellow")


def data(found: Sequence[Detour]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "page": one.page,
            "failed": [{"person": w.person, "channel": w.channel, "why": w.why} for w in one.failed],
            "then": [{"person": w.person, "channel": w.channel} for w in one.then],
        }
        for one in found
    ]
