"""Recall: a page that was called back before it went has told nobody; it is kept, and comes again.

Until it does its level is not reached, and nobody's time to answer runs (ADR 0012). Must never lose a page, and never
take back what somebody has heard.
"""

from __future__ import annotations

from dataclasses import replace

from policies.case import FIRED, Case, Record, amended
from policies.plan import COMMAND, LADDER, Effect, Plan


def note_recalled(case: Case, effect: Effect) -> Case:
    """A page that has to wait: it is kept, whatever has become of its rung (nothing is lost)."""
    others = tuple(one for one in case.recalled if one.key != effect.key)
    return amended(case, recalled=(*others, effect))


def untold(plan: Plan, case: Case, effect: Effect) -> Case:
    """Nothing of that page went: its rung stands as fired in silence. What an earlier repeat has told stays told."""
    name, record = _record_of(case, effect)
    if record is None or not record.level:
        return case
    since = 0 if record.since >= effect.due else record.since
    level = 0 if record.due == effect.due and not since else record.level
    case = amended(case, records={**case.records, name: replace(record, level=level, since=since)})
    return amended(case, level=_reached(plan, case)) if case.level == effect.level else case


def told(case: Case, effect: Effect, now: int) -> Case:
    """It goes out after all: its level is reached now, and its people have their time to answer from now on."""
    name, record = _record_of(case, effect)
    if record is None or record.level or effect.kind != "page" or not effect.level:
        return case
    heard = replace(record, level=effect.level, since=now) if _repeats(record) else replace(
        record, level=effect.level, at=now
    )  # fmt: skip
    return amended(case, records={**case.records, name: heard}, level=max(case.level, effect.level))


def _record_of(case: Case, effect: Effect) -> tuple[str, Record | None]:
    """What is known of its rung. TRAP: of one that repeats the record may be that of a later repeat by now."""
    cycle = effect.cycle.rpartition(".")[2]
    mine = {name: r for name, r in case.records.items() if r.outcome == FIRED and name.partition("@")[0] == effect.rung}
    exact = (name for name, record in mine.items() if record.due == effect.due)
    repeated = (name for name, record in mine.items() if _repeats(record) and name == f"{effect.rung}@{cycle}")
    name = next(exact, None) or next(repeated, "")
    return name, mine.get(name)


def _repeats(record: Record) -> bool:
    return record.place >= 0


def _reached(plan: Plan, case: Case) -> int:
    """The highest level that somebody was told of."""
    beside = {rung.name for rung in plan.rungs if rung.track not in (LADDER, COMMAND)}
    return max((r.level for name, r in case.records.items() if name.partition("@")[0] not in beside), default=0)
