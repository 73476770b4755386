"""The axis of a picture: open time to scale, closed time as a narrow band, long quiet stretches folded.

A weekend must not eat the picture, nor three months in which nothing happens. Must never know what is drawn on it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from policies.business_time import Interval

OPEN, CLOSED, FOLDED = "open", "closed", "folded"
CLOSED_HEIGHT, NIGHT_HEIGHT, FOLDED_HEIGHT, LEAST_HEIGHT = 36.0, 16.0, 54.0, 3.0
MANY_CLOSINGS = 4
"""From so many closed stretches on each is only as high as a night."""
MOST_SHARE, MOST_QUIET, MOST_CLOSINGS = 0.4, 150.0, 3
"""A quiet stretch is folded when it takes more than this share and height and is long, or shuts more often."""
LONG = 2 * 86_400
"""Open seconds from which a quiet stretch is long."""

Piece = tuple[int, int, str]


@dataclass(frozen=True)
class Band:
    """One stretch of the axis; `top` and `height` in pixels from the axis' beginning."""

    start: int
    end: int
    kind: str
    top: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Axis:
    """Bands without a gap between them; `scale` is pixels per open second."""

    bands: tuple[Band, ...]
    scale: float

    @property
    def height(self) -> float:
        return self.bands[-1].bottom

    def y(self, at: int) -> float:
        """Where an instant lies; what is outside lies at the nearer end."""
        band = self.bands[max(bisect_right(self.bands, at, key=lambda b: b.start) - 1, 0)]
        share = (min(max(at, band.start), band.end) - band.start) / (band.end - band.start)
        return band.top + share * band.height


def axis(intervals: Sequence[Interval], anchors: Sequence[int], wanted: float) -> Axis:
    """From open intervals and the instants at which something happens, about `wanted` pixels high."""
    marks = sorted(set(anchors))
    if len(marks) == 1:
        marks.append(marks[0] + 3600)
    quiet = [list(_pieces(intervals, a, b)) for a, b in pairwise(marks)]
    for _ in range(2):
        pieces = _joined(quiet)
        scale = _scale(pieces, wanted)
        total = sum(_height(piece, scale, _shut(pieces)) for piece in pieces)
        quiet = [_folded(found, scale, total, _shut(pieces)) for found in quiet]
    pieces = _joined(quiet)
    scale = _scale(pieces, wanted)
    return Axis(tuple(_bands(pieces, scale)), scale)


def _pieces(intervals: Sequence[Interval], start: int, end: int) -> Iterator[Piece]:
    cursor = start
    for a, b in intervals:
        if b <= cursor or a >= end:
            continue
        if a > cursor:
            yield cursor, a, CLOSED
        yield max(a, cursor), min(b, end), OPEN
        cursor = min(b, end)
    if cursor < end:
        yield cursor, end, CLOSED


def _joined(quiet: Iterable[Sequence[Piece]]) -> list[Piece]:
    """All of them in a row; those of one kind that touch become one, so that a closed night is one night."""
    joined: list[Piece] = []
    for start, end, kind in (piece for pieces in quiet for piece in pieces):
        if joined and joined[-1][2] == kind != FOLDED:
            joined[-1] = (joined[-1][0], end, kind)
        else:
            joined.append((start, end, kind))
    return joined


def _shut(pieces: Sequence[Piece]) -> float:
    """How high a closed stretch is."""
    return CLOSED_HEIGHT if sum(kind == CLOSED for _, _, kind in pieces) < MANY_CLOSINGS else NIGHT_HEIGHT


def _scale(pieces: Sequence[Piece], wanted: float) -> float:
    """Pixels per open second, so that all of it is about `wanted` high."""
    opened = sum(end - start for start, end, kind in pieces if kind == OPEN)
    fixed = sum(_height(piece, 0, _shut(pieces)) for piece in pieces if piece[2] != OPEN)
    return max(wanted - fixed, wanted / 3) / opened if opened else 0.0


def _height(piece: Piece, scale: float, shut: float) -> float:
    start, end, kind = piece
    if kind == OPEN:
        return max((end - start) * scale, LEAST_HEIGHT)
    return FOLDED_HEIGHT if kind == FOLDED else shut


def _folded(pieces: list[Piece], scale: float, total: float, shut: float) -> list[Piece]:
    height = sum(_height(piece, scale, shut) for piece in pieces)
    closings = sum(kind == CLOSED for _, _, kind in pieces)
    large = height > MOST_QUIET and height > MOST_SHARE * total
    opened = sum(end - start for start, end, kind in pieces if kind == OPEN)
    if closings > MOST_CLOSINGS or (large and opened > LONG):
        return [(pieces[0][0], pieces[-1][1], FOLDED)]
    return pieces


def _bands(pieces: Sequence[Piece], scale: float) -> Iterator[Band]:
    top = 0.0
    for piece in pieces:
        height = _height(piece, scale, _shut(pieces))
        yield Band(*piece, top, height)
        top += height


def settled(wanted: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Tops of labels that want to stand at `wanted` and must not overlap: each as near as the others let it."""
    groups: list[tuple[float, float, int]] = []  # top, height, labels
    for place, height in zip(wanted, heights, strict=True):
        group = (max(place, top), height, 1)
        while groups and groups[-1][0] + groups[-1][1] > group[0]:
            above = groups.pop()
            size = above[2] + group[2]
            middle = (above[0] * above[2] + (group[0] - above[1]) * group[2]) / size
            group = (max(middle, top), above[1] + group[1], size)
        groups.append(group)
    tops: list[float] = []
    for start, _, size in groups:
        cursor = start
        for height in heights[len(tops) : len(tops) + size]:
            tops.append(cursor)
            cursor += height
    return tops
