"""The single values of a people file: addresses, zones, instants, hours, each with the message of its fault.

Must never guess: what can be read in two ways is refused with an example of how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from activities.adapters.invitation import ADDRESS
from policies.business_time import WEEKDAYS, Window
from policies.document import windows_of

CHANNELS = ("email", "sms", "phone", "slack", "teams", "webhook")
"""The channels there are, in the order in which they are preferred."""
ADDRESS_OF = {"sms": "phone"}
"""Which field a channel needs, where the two differ."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def _email(text: object) -> object:
    if text and not ADDRESS.fullmatch(str(text)):
        raise ValueError(f"'{text}' is no e-mail address; write it like name@example.com")
    return text


def _phone(text: object) -> object:
    number = re.sub(r"[\s().-]", "", str(text or ""))
    if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise ValueError(f"'{text}' is no international phone number; write it like +82-10-0000-0001")
    return number


def _url(text: object) -> object:
    """The address itself may be a secret and stays out of the message."""
    try:
        parts = urlsplit(str(text or ""))
        right = not text or (parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        right = False
    if not right:
        raise ValueError("is no web address; write it like https://example.com/hook")
    return text


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """The names of all time zones; asking costs a walk through hundreds of files."""
    return frozenset(available_timezones())


def _zone(text: object) -> object:
    if text not in zones():
        raise ValueError(f"no time zone '{text}'{suggestion(str(text), zones())}")
    return ZoneInfo(str(text)).key


def _language(text: object) -> object:
    if not _LANGUAGE.fullmatch(str(text)):
        raise ValueError(f"'{text}' is no language code; write it like ko or zh-CN")
    return text


def _channel(text: object) -> object:
    if text not in CHANNELS:
        raise ValueError(f"no channel '{text}'{suggestion(str(text), CHANNELS)}; use {', '.join(CHANNELS)}")
    return text


def _instant(text: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"'{text}' is no instant; write it like 2026-07-27T00:00:00+09:00") from None
    if instant.tzinfo is None:
        raise ValueError(f"'{text}' has no offset; write it like {text}+09:00 or {text}Z")
    return instant


def _wall(text: object) -> datetime:
    """A wall time, at midnight when there is a date only."""
    try:
        wall = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"'{text}' is no wall time; write it like 2026-01-05T09:00") from None
    if wall.tzinfo is not None:
        raise ValueError(f"'{text}' has an offset; it is a wall time in the `zone`, write it like 2026-01-05T09:00")
    return wall


_SHIFT = re.compile(r"(\d{1,4})\s*(h|hours?|d|days?|w|weeks?)")
_SHIFTS = {"daily": 86_400, "weekly": 7 * 86_400}
_UNITS = {"h": 3_600, "d": 86_400, "w": 7 * 86_400}


def _shift(text: object) -> int:
    """Seconds of the local clock."""
    word = str(text).strip().lower()
    match = _SHIFT.fullmatch(word)
    seconds = _SHIFTS.get(word, 0) or (int(match[1]) * _UNITS[match[2][0]] if match else 0)
    if not 0 < seconds <= 366 * 86_400:
        raise ValueError(f"'{text}' is no length of a shift; write daily, weekly, 12h, 3 days or 2 weeks")
    return seconds


def weekly(lines: Iterable[str]) -> dict[str, tuple[Window, ...]]:
    """`["mon-fri 09:00-18:00", "10:00-12:00"]` by weekday; without days it is every day. Raises ValueError."""
    found: dict[str, list[Window]] = {}
    for line in lines:
        days, window = _days_and_window(str(line))
        for day in days:
            found.setdefault(day, []).extend(windows_of([window]))
    return {day: tuple(windows) for day, windows in found.items()}


def _days_and_window(line: str) -> tuple[list[str], str]:
    days, _, window = line.strip().lower().rpartition(" ")
    listed: list[str] = []
    for part in filter(None, re.split(r"[,\s]+", days)):
        first, _, last = part.partition("-")
        for day in (first, last or first):
            if day not in WEEKDAYS:
                raise ValueError(f"no day '{day}' in '{line}'")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        listed += [WEEKDAYS[n % 7] for n in range(start, end + 1 if end >= start else end + 8)]
    return listed or list(WEEKDAYS), window


def _hours(text: object) -> object:
    try:
        weekly([str(text)])
    except ValueError as error:
        said = str(error).partition("; ")[0]
        raise ValueError(f"{said}; hours are written like 09:00-18:00 or mon-fri 09:00-18:00") from None
    return text


def _budget(text: object) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", str(text)):
        raise ValueError(f"'{text}' is no number of pages a week; write one up to 9999, like 40, or 0 for no budget")
    return int(str(text))


Email = Annotated[str, BeforeValidator(_email)]
Phone = Annotated[str, BeforeValidator(_phone)]
Url = Annotated[str, BeforeValidator(_url)]
Zone = Annotated[str, BeforeValidator(_zone)]
Language = Annotated[str, BeforeValidator(_language)]
Channel = Annotated[str, BeforeValidator(_channel)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Wall = Annotated[datetime, BeforeValidator(_wall)]
Budget = Annotated[int, BeforeValidator(_budget)]
Shift = Annotated[int, BeforeValidator(_shift)]
Hours = Annotated[str, BeforeValidator(_hours)]


class Strict(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spell(Strict):
    """`from` (inclusive) and `to` (exclusive), with their offsets."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")

    @model_validator(mode="after")
    def _forward(self) -> Spell:
        if self.start >= self.end:
            raise ValueError("`to` must lie after `from`")
        return self


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or empty when nothing is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""
