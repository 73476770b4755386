"""Durations as policy authors write them: `8h`, `90m`, `1h30m`, `5bd`.

A bare "day" is refused: a day of what? `bd` is one business day, whose length the calendar declares
(semantics 1.6). Must never guess a unit.
"""

import re

_PART = re.compile(r"(\d+)(bd|h|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


class BadDuration(ValueError):
    """The text is not a duration; the message says what to write instead."""


def parse_duration(text: str, business_day: int = 0) -> int:
    """Seconds in `text`; `business_day` is the calendar's declared length in seconds (0 = none declared).

    Raises BadDuration with a suggestion.
    """
    written = str(text).strip().lower()
    parts = _PART.findall(written)
    if not parts or "".join(number + unit for number, unit in parts) != written.replace(" ", ""):
        raise BadDuration(_advice(written))
    total = 0
    for number, unit in parts:
        if unit == "bd" and business_day <= 0:
            raise BadDuration(f"'{written}': the calendar declares no business_day; add 'business_day: 9h' to it")
        total += int(number) * (business_day if unit == "bd" else _SECONDS[unit])
    return total


def _advice(written: str) -> str:
    if re.fullmatch(r"\d+\s*(d|days?)", written):
        number = re.findall(r"\d+", written)[0]
        return f"'{written}': a day of what? write '{number}bd' (business days) or '{int(number) * 24}h'"
    return f"'{written}' is not a duration; write for example '90m', '8h', '1h30m' or '5bd'"


def say_duration(seconds: int) -> str:
    """The shortest exact text: 5400 -> '1h 30m', 45 -> '45s', -60 -> '-1m'."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [f"{n}{u}" for n, u in ((hours, "h"), (minutes, "m"), (secs, "s")) if n]
    return sign + (" ".join(parts) or "0s")
