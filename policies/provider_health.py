"""In which order the providers of a channel are asked: who failed of late comes last.

Pure: outcomes and the present are given. Must never leave a provider out: the last one is still better than silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REMEMBERED = 300
"""Seconds after which an outcome counts no more: a provider that was left alone is then tried again."""
LAST = 10
"""Outcomes of a provider that count."""


@dataclass(frozen=True)
class Tried:
    """One attempt: when (UTC seconds), and whether the provider answered as one that works."""

    at: float
    well: bool


def by_health(tried: Mapping[str, Sequence[Tried]], now: float) -> list[str]:
    """The names, those with the fewest failures first; among equals as they are given."""

    def failures(name: str) -> int:
        fresh = [one for one in tried[name] if one.at > now - REMEMBERED][-LAST:]
        return sum(not one.well for one in fresh)

    return sorted(tried, key=failures)
