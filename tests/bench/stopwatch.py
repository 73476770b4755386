"""How fast a call is: the best of several rounds, contenders taking turns, everything on one core."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice, starmap
from typing import Any, TypeVar

SLICE = 0.02
"""Seconds one contender is measured for in one round."""
ROUNDS = 40
Arguments = Sequence[tuple[Any, ...]]
Call = Callable[..., object]
Name = TypeVar("Name")


def one_core() -> int | None:
    """Stays on one core from now on; None where the system does not let us choose."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def seconds_of(call: Call, arguments: Arguments) -> float:
    """One pass through the arguments; the loop itself costs next to nothing."""
    begun = time.perf_counter()
    deque(starmap(call, arguments), maxlen=0)
    return time.perf_counter() - begun


def rates(contenders: Mapping[Name, tuple[Call, Arguments]]) -> dict[Name, float]:
    """Calls a second of each, side by side: every round measures all of them, the best round counts.

    The best, not the mean: whatever else the machine does only ever makes a round slower. Many short rounds, so that
    everybody gets a quiet moment.
    """
    passes = {name: _enough(call, arguments) for name, (call, arguments) in contenders.items()}
    best = dict.fromkeys(contenders, 0.0)
    for _ in range(ROUNDS):
        for name, (call, _arguments) in contenders.items():
            best[name] = max(best[name], len(passes[name]) / seconds_of(call, passes[name]))
    return best


def _enough(call: Call, arguments: Arguments) -> Arguments:
    """So many of the arguments, over and over if need be, that one pass takes about SLICE. Warms up on the way."""
    seconds_of(call, arguments[:1])
    count = 1
    while (taken := min(seconds_of(call, list(islice(cycle(arguments), count))) for _ in range(3))) < SLICE / 10:
        count *= 4
    return list(islice(cycle(arguments), max(1, round(count * SLICE / taken))))


def milliseconds(call: Callable[[], object], times: int = 5) -> float:
    """The best of a few calls."""
    return min(seconds_of(call, [()]) for _ in range(times)) * 1000
