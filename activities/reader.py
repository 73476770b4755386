"""Who reads a message: the language and zone in which times, durations and names are said.

Durations are exact to the second, as everywhere in Rung. Must never hold a word: these are the phrases'.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from activities.phrases import Phrases, locale_of
from policies.business_time import zone_of

_STOPS = ".!?…\u3002\uff01\uff1f"
_UNITS = (("hour", 3600), ("minute", 60), ("second", 1))


class Said(NamedTuple):
    """One thing in three forms: as written, as in a text message, as read aloud."""

    written: str = ""
    short: str = ""
    spoken: str = ""


class Reader:
    """One language, one zone; `aloud` for what is heard."""

    def __init__(self, phrases: Phrases, zone: str = "UTC", aloud: bool = False) -> None:
        self.phrases = phrases
        self.aloud = aloud
        self.zone = _zone(zone)
        self.locale = locale_of(phrases.language)

    def moment(self, at: int | None, form: str = "long") -> str:
        """`Mon 30 Mar 2026 15:00 KST`; `form` is `long`, `short` or `spoken`. Nothing for no instant."""
        if at is None:
            return ""
        here = datetime.fromtimestamp(at, UTC).astimezone(self.zone)
        said = format_datetime(here, self.phrases(f"dates.{form}"), locale=self.locale)
        return said if form == "spoken" else f"{said} {_abbreviation(here)}"

    def duration(self, seconds: int) -> str:
        """`1h 30m`; aloud `1 hour 30 minutes`, in the plural form of the language."""
        say = self._in_full if self.aloud else self._in_short
        rest, parts = abs(seconds), []
        for unit, length in _UNITS:
            number, rest = divmod(rest, length)
            if number:
                parts.append(say(unit, number))
        return self.phrases("marks.between_units").join(parts or [say("second", 0)])

    def time(self, at: int | None) -> Said:
        """An instant in its three forms."""
        return Said(*(self.moment(at, form) for form in ("long", "short", "spoken")))

    def length(self, seconds: int) -> Said:
        """A duration in its three forms; nothing for none."""
        said = self.duration(seconds) if seconds else ""
        return Said(said, said, self.listening.duration(seconds) if seconds else "")

    @cached_property
    def listening(self) -> Reader:
        """The same reader on the phone."""
        return Reader(self.phrases, str(self.zone), aloud=True)

    def number(self, value: int) -> str:
        """`12,000`."""
        return format_decimal(value, locale=self.locale)

    def sentence(self, text: str) -> str:
        """With a capital letter and a full stop, where the language has them."""
        text = text.strip()
        whole = text[:1].upper() + text[1:]
        return whole if not whole or whole[-1] in _STOPS else whole + self.phrases("marks.stop")

    def _in_short(self, unit: str, number: int) -> str:
        return self.phrases(f"units.{unit}.short", n=number)

    def _in_full(self, unit: str, number: int) -> str:
        form = self.locale.plural_form(number)
        key = f"units.{unit}.{form}"
        return self.phrases(key if key in self.phrases.own else f"units.{unit}.other", n=number)


def _zone(name: str) -> ZoneInfo:
    """A ticket may name a zone that is none: its message is sent all the same."""
    try:
        return zone_of(name or "UTC")
    except (KeyError, ValueError, OSError):
        return zone_of("UTC")


def _abbreviation(here: datetime) -> str:
    """`KST`; `UTC+07` where a zone has no letters of its own."""
    name = here.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"
