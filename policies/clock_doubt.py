"""Doubts about clocks: ends that never come, pauses that stop a clock whenever it runs, clocks that nothing stands on.

Must never stop a policy: all of it is legal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies import event as news
from policies.document import BUILT_IN, PAUSE_KINDS, ClockDocument, PolicyDocument
from policies.draft import Draft
from policies.fault import Fault

LAST = (news.CLOSED, news.MERGED)
"""After these nothing comes any more."""


def clock_doubts(draft: Draft) -> Iterator[Fault]:
    """All of them, clock by clock."""
    for name, clock in draft.policy.document.clocks.items():
        yield from _dead_ends(draft, name, clock)
        yield from _stands_still(draft, name, clock)
        if name not in BUILT_IN and clock.target is None and not _stood_on(draft.policy.document, name):
            message = f"no rung or cadence stands on '{name}' and it has no target: it measures what nobody is told; "
            yield draft.doubt("idle-clock", ["clocks", name], message + "add one, or take the clock away")


def _stood_on(document: PolicyDocument, clock: str) -> bool:
    rungs = any(rung.when.clock == clock and rung.when.on is None for rung in document.rungs)
    return rungs or any(cadence.clock == clock for cadence in document.cadences)


def _dead_ends(draft: Draft, name: str, clock: ClockDocument) -> Iterator[Fault]:
    for number, turn in enumerate(clock.starts):
        if turn in LAST:
            message = f"'{turn}' never starts it: the ticket ends there, and nothing runs after it; take it away"
            yield draft.doubt("never-runs", ["clocks", name, "starts", number], message)
    for number, turn in enumerate(clock.stops):
        if turn == news.OPENED:
            message = "'opened' never stops it: a ticket is opened once, before anything can run; take it away"
            yield draft.doubt("never-stops", ["clocks", name, "stops", number], message)


def _stands_still(draft: Draft, name: str, clock: ClockDocument) -> Iterator[Fault]:
    """A clock that runs only while a pause lasts, and is stopped by just that pause."""
    if not clock.starts or not all(turn.startswith(news.PAUSE) for turn in clock.starts):
        return
    kinds = {kind for turn in clock.starts for kind in _kinds(turn)}
    ended = {kind for turn in clock.stops if turn.startswith(news.RESUME) for kind in _kinds(turn)}
    if kinds <= ended and kinds <= set(clock.paused_by):
        said = _listed([kind for kind in PAUSE_KINDS if kind in kinds])
        message = f"it runs only while a {said} pause lasts, and that pause stops it, so that no time is ever used; "
        yield draft.doubt("never-runs", ["clocks", name, "paused_by"], f"{message}take {said} out of paused_by")


def _kinds(turn: str) -> Sequence[str]:
    kind = turn.partition(":")[2]
    return (kind,) if kind else PAUSE_KINDS


def _listed(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
