"""Ticks: the wall times beside an axis, as many as fit and none over another.

Must never move a tick: one that does not fit is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.business_time import DAY, zone_of
from policies.duration import say_duration
from starter.showing.picture.axis import CLOSED, FOLDED, OPEN, Axis
from starter.showing.working_days import wall

STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
LEAST_APART = 15.0


@dataclass(frozen=True)
class Tick:
    """One wall time; `firm` ones stand where an office opens or shuts."""

    at: int
    y: float
    text: str
    firm: bool = False


def edge_texts(instants: Sequence[int], zone: str) -> list[str]:
    """What the ticks at these instants would say: for how wide the column must be."""
    return [_day(at, zone, _pattern(min(instants), max(instants))) for at in instants]


def _pattern(start: int, end: int) -> str:
    """Weekdays, or dates where those would not tell the days apart."""
    return "%d %b" if end - start > 6 * DAY else "%a"


def ticks(axis: Axis, zone: str) -> list[Tick]:
    """The ends of all bands first, then round times between them."""
    kept: list[Tick] = []
    day = _pattern(axis.bands[0].start, axis.bands[-1].end)
    for tick in (*_edges(axis, zone, day), *_lengths(axis), *_round(axis, zone)):
        if all(abs(tick.y - other.y) >= LEAST_APART for other in kept):
            kept.append(tick)
    return sorted(kept, key=lambda tick: tick.y)


def _edges(axis: Axis, zone: str, day: str) -> Iterator[Tick]:
    """Openings and the two ends with their day, then closings."""
    first, last = axis.bands[0], axis.bands[-1]
    yield Tick(first.start, 0.0, _day(first.start, zone, day), True)
    for band in axis.bands[1:]:
        if band.kind == OPEN or band.kind == FOLDED:
            yield Tick(band.start, band.top, _day(band.start, zone, day), True)
    yield Tick(last.end, last.bottom, _day(last.end, zone, day), True)
    for band in axis.bands[1:]:
        if band.kind == CLOSED:
            yield Tick(band.start, band.top, wall(band.start, zone), True)


def _round(axis: Axis, zone: str) -> Iterator[Tick]:
    if not axis.scale:
        return
    step = next((step for step in STEPS if step * axis.scale >= 1.6 * LEAST_APART), STEPS[-1])
    for band in axis.bands:
        if band.kind != OPEN:
            continue
        at = band.start + (-_of_day(band.start, zone)) % step
        while at < band.end:
            if _of_day(at, zone) % step == 0:
                yield Tick(at, axis.y(at), wall(at, zone))
            at += step


def _lengths(axis: Axis) -> Iterator[Tick]:
    """What the bands say that are not to scale."""
    for band in axis.bands:
        if band.kind == CLOSED:
            yield Tick(band.start, band.top + band.height / 2, "closed")
        elif band.kind == FOLDED:
            length = band.end - band.start
            said = f"{length // DAY} days" if length >= 2 * DAY else say_duration(length)
            yield Tick(band.start, band.top + band.height / 2, said)


def _day(at: int, zone: str, day: str) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)).strftime(day)} {wall(at, zone)}"


def _of_day(at: int, zone: str) -> int:
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
    return moment.hour * 3600 + moment.minute * 60 + moment.second
