"""What it would mean to put an open ticket under another policy: dues and rungs before and after.

Plays exactly what the workflow does when it is told to migrate - the old plan's last word, its verdicts as facts, the
new plan's first decision - so that the preview is what then happens (semantics 5.1). Must never carry anything out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies import event as news
from policies.case import Case, evolve
from policies.change import retire
from policies.event import Event
from policies.explanation import ahead, readings
from policies.judgement import say_effect
from policies.lifecycle import decide
from policies.plan import Effect, Plan
from policies.rehearsal import OURS


@dataclass(frozen=True)
class Moved:
    """A due, or a rung that is still to come: UTC seconds, None = not in sight (paused, or not there at all)."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Preview:
    """One ticket's migration. `at_once` is what would be done in the same second, `lines` what the time line says."""

    ticket: str
    before: str
    after: str
    dues: tuple[Moved, ...]
    rungs: tuple[Moved, ...]
    at_once: tuple[str, ...]
    lines: tuple[str, ...]
    breaches: tuple[str, ...]
    """Promises that are broken already and stay so."""


def preview(old: Plan, fresh: Plan, case: Case, now: int) -> Preview:
    """What migrating at `now` does to the ticket; `fresh` is its plan under the other policy."""
    told = evolve(case, Event(news.MIGRATED, now, to=fresh.name))
    last = retire(old, told, now)
    decision = decide(fresh, last.case, now)
    after = decision.case
    gained = after.time_line[-(after.entries - told.entries) :] if after.entries > told.entries else ()
    broken = [f"{reading.clock}.{reading.cycle}" for reading in readings(fresh, after, now) if reading.breached]
    return Preview(
        ticket=old.ticket.key, before=old.name, after=fresh.name,
        dues=_moved(_dues(old, case, now), _dues(fresh, after, now)),
        rungs=_moved(_rungs(old, case, now), _rungs(fresh, after, now)),
        at_once=tuple(_said(effect) for effect in (*last.effects, *decision.effects)),
        lines=tuple(entry.text for entry in gained if entry.kind in OURS), breaches=tuple(broken),
    )  # fmt: skip


def _said(effect: Effect) -> str:
    return f"{effect.rung}: {say_effect(effect)}"


def _dues(plan: Plan, case: Case, now: int) -> dict[str, int | None]:
    return {reading.clock: reading.due for reading in readings(plan, case, now) if reading.stop is None}


def _rungs(plan: Plan, case: Case, now: int) -> dict[str, int | None]:
    """The next standing of each rung that is still to come."""
    found: dict[str, int | None] = {}
    for coming in ahead(plan, case, now):
        found.setdefault(coming.rung, coming.due)
    return found


def _moved(before: dict[str, int | None], after: dict[str, int | None]) -> tuple[Moved, ...]:
    names: Iterable[str] = dict.fromkeys([*before, *after])
    found = [Moved(name, before.get(name), after.get(name)) for name in names]
    return tuple(sorted(found, key=lambda one: (one.after is None, one.after or 0, one.name)))
