"""Pauses beside the axis: each in a lane of its own while it lasts. Must never join two names."""

from __future__ import annotations

from dataclasses import dataclass

from starter.rehearsing import Played


@dataclass(frozen=True)
class Lane:
    """One named pause; `column` counts away from the axis."""

    name: str
    start: int
    end: int
    column: int


def lanes(played: Played) -> list[Lane]:
    """Every pause that began before the end, in the first lane that is free."""
    until = played.scenario.until
    spans = [
        (start, until if end is None else end, name)
        for name, mine in played.rehearsal.case.pauses().items() for start, end in mine
    ]  # fmt: skip
    busy: list[int] = []
    found: list[Lane] = []
    for start, end, name in sorted(spans):
        column = next((place for place, until in enumerate(busy) if until <= start), len(busy))
        busy[column : column + 1] = [max(end, start)]
        found.append(Lane(name, start, max(end, start), column))
    return found
