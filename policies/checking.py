"""What is wrong with a policy beyond the shape of its keys: every cross-check and its message.

A check looks at the parts that are sound and keeps quiet about those that are not: what was lost is told already. Must
never compile anything and never change what a file means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from policies.compiler import Policy
from policies.document import BUILT_IN, REGIONS, Action, PolicyDocument, Promise, RungDocument
from policies.duration import BadDuration, parse_duration
from policies.fault import Fault
from policies.major_incident_check import check_major_incidents
from policies.people import TICKET_ROLES
from policies.plan import LADDER
from policies.promise import by_hand, combined, own_target, possible_priorities
from policies.suggestion import did_you_mean
from policies.ticket import PRIORITIES, TIERS, URGENCIES, Ticket
from policies.written import Written

RungCheck = Callable[[Written, Policy, int, RungDocument], Iterator[Fault]]
PolicyCheck = Callable[[Written, Policy], Iterator[Fault]]


def check_policy(written: Written, policy: Policy) -> list[Fault]:
    """What no plan can be made with. `policy` may lack calendars that could not be read: nothing is said of them."""
    return _run(written, policy, RUNG_CHECKS, POLICY_CHECKS)


def check_authoring(written: Written, policy: Policy, roles: Sequence[str] = ()) -> list[Fault]:
    """What must not be published any more, though a policy that was goes on. `roles` are the directory's, if known.

    TRAP: a new check belongs here and not above: open tickets follow policies that were published before it.
    """
    faults = _run(written, policy, AUTHORS_RUNG_CHECKS, AUTHORS_POLICY_CHECKS)
    if roles:
        faults += _check_roles(written, policy.document, (*roles, *TICKET_ROLES))
    return faults


def _run(
    written: Written, policy: Policy, of_rungs: Sequence[RungCheck], of_policy: Sequence[PolicyCheck]
) -> list[Fault]:
    rungs = enumerate(policy.document.rungs)
    faults = [f for index, rung in rungs for check in of_rungs for f in check(written, policy, index, rung)]
    return [*faults, *(fault for check in of_policy for fault in check(written, policy))]


def _check_trigger(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    given = [name for name in ("share", "after", "breach", "on") if getattr(rung.when, name) is not None]
    if len(given) != 1 and written.whole("rungs", index, "when"):
        said = " and ".join(given) or "none of them"
        message = f"needs exactly one of share, after, breach, on; it has {said}"
        yield written.fault(["rungs", index, "when"], message)


def _check_clock(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    clocks, key = _clocks(written, policy), ["rungs", index, "when", "clock"]
    if clocks and rung.when.clock not in clocks and written.whole(*key):
        hint = did_you_mean(rung.when.clock, clocks)
        yield written.fault(key, f"this policy has no clock '{rung.when.clock}'{hint}")


def _clocks(written: Written, policy: Policy) -> set[str]:
    """Names of the clocks, faulty ones included; empty when nobody can know them."""
    raw = written.data.get("clocks")
    return {*policy.document.clocks, *map(str, raw)} if isinstance(raw, Mapping) and raw else set()


def _check_lengths(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    for name in ("after", "breach", "every", "within"):
        text, key = getattr(rung.when, name), ["rungs", index, "when", name]
        if text is not None:
            yield from _check_length(written, policy, rung.when.clock, key, text, above_zero=name == "every")


def _check_acts(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    for number, action in enumerate(rung.actions):
        key = ["rungs", index, "actions", number, "value"]
        if action.do == "review" and action.value:
            yield from _check_length(written, policy, "resolution", key, action.value)


def _check_values(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    for number, action in enumerate(rung.actions):
        place = ["rungs", index, "actions", number]
        if (message := _wants_value(action)) and written.whole(*place):
            yield written.fault([*place, "value"], message)


def _check_approval(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    """Only credits are approved, by a level that there is, and not at once."""
    known = sorted({level.level for level in policy.document.levels})
    for number, action in enumerate(rung.actions):
        key, asked = ["rungs", index, "actions", number, "approval"], action.approval
        if asked is None:
            continue
        if action.do != "credit" and written.whole(*key[:-1]):
            yield written.fault(key, f"only a credit waits for approval, not '{action.do}'; take it away")
        if asked.level not in known and written.whole("levels"):
            message = f"no level {asked.level} in levels; write one of {', '.join(map(str, known)) or 'them first'}"
            yield written.fault([*key, "level"], message)
        yield from _check_length(written, policy, rung.when.clock, [*key, "within"], asked.within, above_zero=True)


def _check_items(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    for number, item in enumerate(rung.action_items):
        key = ["rungs", index, "action_items", number, "due"]
        yield from _check_length(written, policy, "resolution", key, item.due, above_zero=True)


def _wants_value(action: Action) -> str:
    examples = {"flag": "SLA breach", "comment": "Call the customer", "reassign": "senior-team", "priority": "P1",
                "credit": "10%"}  # fmt: skip
    example = examples.get(action.do)
    return f"'{action.do}' needs a value, like 'value: {example}'" if example and not action.value.strip() else ""


def _check_does_something(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    parts = ("notify", "actions", "action_items")
    untouched = all(written.whole("rungs", index, part) for part in parts)
    if not any(getattr(rung, part) for part in parts) and untouched:
        message = f"rung '{rung.rung}' tells nobody and does nothing; add notify or actions"
        yield written.fault(["rungs", index], message)


def _check_level(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    known = {level.level for level in policy.document.levels}
    if rung.track == LADDER and rung.level and known and rung.level not in known and written.whole("levels"):
        yield written.fault(["rungs", index, "level"], f"no level {rung.level} in levels; add it")


def _check_names(written: Written, policy: Policy) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, rung in enumerate(policy.document.rungs):
        if rung.rung in seen or rung.rung == "reminder":
            yield written.fault(["rungs", index, "rung"], f"the name '{rung.rung}' is taken; names are the rungs' keys")
        seen.add(rung.rung)


def _check_reach(written: Written, policy: Policy) -> Iterator[Fault]:
    for index, level in enumerate(policy.document.levels):
        if level.may_escalate_to < level.level:
            message = f"level {level.level} may not reach below itself; write at least {level.level}"
            yield written.fault(["levels", index, "may_escalate_to"], message)


def _check_levels(written: Written, policy: Policy) -> Iterator[Fault]:
    numbers = [level.level for level in policy.document.levels]
    for index, level in enumerate(policy.document.levels):
        if level.level in numbers[:index]:
            yield written.fault(["levels", index, "level"], f"level {level.level} stands here again; keep one")
        if level.level <= level.may_escalate_to not in numbers and written.whole("levels"):
            known = ", ".join(str(number) for number in sorted(set(numbers)))
            message = f"no level {level.may_escalate_to} in levels; write one of {known}"
            yield written.fault(["levels", index, "may_escalate_to"], message)


def _check_cells(written: Written, policy: Policy) -> Iterator[Fault]:
    cells = [(cell.tier, cell.urgency) for cell in policy.document.targets.cells]
    for index, cell in enumerate(cells):
        if cell in cells[:index]:
            yield written.fault(["targets", "cells", index], f"{' x '.join(cell)} stands here again; keep one")


def _check_targets(written: Written, policy: Policy) -> Iterator[Fault]:
    """Every tier by urgency is promised something, whatever priority it may have."""
    document = policy.document
    if not (written.whole("targets") and written.whole("priority") and written.whole("clocks")):
        return
    bare = {
        (tier, urgency): [p for p in possible_priorities(document) if not _promises(document, tier, urgency, p)]
        for tier in TIERS for urgency in URGENCIES
    }  # fmt: skip
    everywhere = set(PRIORITIES).intersection(*bare.values())
    if document.targets.by_priority and 0 < len(everywhere) < len(possible_priorities(document)):
        missing = ", ".join(priority for priority in PRIORITIES if priority in everywhere)
        message = f"no promise for {missing}; add a row to by_priority, or to by_tier or by_urgency"
        yield written.fault(["targets", "by_priority"], message)
        return
    for (tier, urgency), missed in bare.items():
        if missed:
            some = f" x {', '.join(missed)}" if len(missed) < len(possible_priorities(document)) else ""
            message = f"no promise for {tier} x {urgency}{some}; add a row to by_tier or by_urgency, or a cell"
            yield written.fault(["targets"], message)


def _promises(document: PolicyDocument, tier: str, urgency: str, priority: str) -> bool:
    ticket = Ticket(id="", tier=tier, urgency=urgency)
    own = own_target(document, "resolution", ticket)
    return bool(by_hand(document, ticket) or combined(document, tier, urgency, priority) or own)


def _check_promises(written: Written, policy: Policy) -> Iterator[Fault]:
    """Every target is longer than 0 and can be told in seconds, and every length of a cadence."""
    document = policy.document
    targets = document.targets
    tables: dict[str, Mapping[Any, Promise]] = {
        "by_tier": targets.by_tier, "by_urgency": targets.by_urgency, "by_priority": targets.by_priority,
        "cells": dict(enumerate(targets.cells)),
    }  # fmt: skip
    lengths: list[tuple[str, list[object], str]] = [
        (clock, ["targets", table, row, clock], text)
        for table, rows in tables.items()
        for row, promise in rows.items()
        for clock in BUILT_IN
        if (text := getattr(promise, clock))
    ]
    for name, one in document.clocks.items():
        lengths += [(name, ["clocks", name, "target", *at], text) for at, text in _lengths(one.target)]
    for index, cadence in enumerate(document.cadences):
        lengths += [(cadence.clock, ["cadences", index, "every", *at], text) for at, text in _lengths(cadence.every)]
    for clock, key, text in lengths:
        yield from _check_length(written, policy, clock, key, text, above_zero=True)


def _lengths(written: str | Mapping[Any, str] | None) -> list[tuple[list[object], str]]:
    """One length, or one for each key."""
    if isinstance(written, Mapping):
        return [([name], text) for name, text in written.items()]
    return [([], written)] if written else []


def _check_settings(written: Written, policy: Policy) -> Iterator[Fault]:
    """The lengths that stand outside rungs and targets; a reminder every 0 seconds would never end."""
    document = policy.document
    key = ["catch_all", "remind_every"]
    yield from _check_length(written, policy, "resolution", key, document.catch_all.remind_every, above_zero=True)
    if document.acknowledgement_expires:
        yield from _check_length(
            written, policy, "resolution", ["acknowledgement_expires"], document.acknowledgement_expires
        )
    for name, clock in document.clocks.items():
        yield from _check_length(written, policy, name, ["clocks", name, "reopen", "grace"], clock.reopen.grace)


def _check_resolution(written: Written, policy: Policy) -> Iterator[Fault]:
    clocks = _clocks(written, policy)
    if clocks and "resolution" not in clocks:
        yield written.fault(["clocks"], "no clock 'resolution'; every policy promises a resolution")


def _check_length(
    written: Written, policy: Policy, clock: str, key: Sequence[object], text: str, above_zero: bool = False
) -> Iterator[Fault]:
    """A length on a clock, whose calendar says how long a business day is."""
    try:
        seconds = parse_duration(text, _business_day(policy, clock))
    except BadDuration as error:
        yield written.fault(key, str(error))
        return
    if above_zero and seconds <= 0 and written.whole(*key):
        none = ": 0s means that nothing is promised; take the key away if that is meant" if _is_target(key) else ""
        yield written.fault(key, f"must be longer than 0{none}")


def _is_target(key: Sequence[object]) -> bool:
    return key[0] == "targets" or "target" in key


def _business_day(policy: Policy, clock: str) -> int:
    """Seconds; 1 when the calendar is not known, so that nothing is said about it here."""
    try:
        return parse_duration(policy.calendar_of(clock).business_day)
    except (KeyError, BadDuration):
        return 1


def _check_named_clocks(written: Written, policy: Policy) -> Iterator[Fault]:
    """Clocks named outside rungs; and none may follow the sun where no regions are given."""
    document, clocks = policy.document, _clocks(written, policy)
    named: list[tuple[list[object], str]] = []
    lists: list[tuple[list[object], list[str]]] = [
        (["targets", "weights", i], weight.clocks) for i, weight in enumerate(document.targets.weights)
    ]
    lists += [(["adjustments", i], one.clocks) for i, one in enumerate(document.adjustments)]
    named += [([*place, "clocks", n], clock) for place, clocks in lists for n, clock in enumerate(clocks)]
    named += [(["cadences", i, "clock"], cadence.clock) for i, cadence in enumerate(document.cadences)]
    for key, clock in named:
        if clocks and clock not in clocks and written.whole(*key):
            yield written.fault(key, f"this policy has no clock '{clock}'{did_you_mean(clock, clocks)}")
    for name, one in document.clocks.items():
        if one.calendar == REGIONS and document.follow_the_sun is None and written.whole("follow_the_sun"):
            message = "'regions' needs follow_the_sun, which is missing; add it or name a calendar"
            yield written.fault(["clocks", name, "calendar"], message)


def _check_adjustments(written: Written, policy: Policy) -> Iterator[Fault]:
    for index, one in enumerate(policy.document.adjustments):
        if one.end < one.start and written.whole("adjustments", index):
            message = f"{one.end} is before the start {one.start}; swap them"
            yield written.fault(["adjustments", index, "end"], message)
        if not (one.factor or one.urgency or one.closed) and written.whole("adjustments", index):
            yield written.fault(["adjustments", index], "changes nothing; add factor, urgency or closed")


def told(document: PolicyDocument) -> Iterator[tuple[list[str | int], str]]:
    """(key, role or person) wherever a policy says who is told. Roles of a ticket in `major_incidents` are left out."""
    places: list[tuple[list[str | int], str]] = [(["catch_all", "who"], document.catch_all.who)]
    places += [(["levels", i, "who"], level.who) for i, level in enumerate(document.levels)]
    for i, rung in enumerate(document.rungs):
        places += [(["rungs", i, "notify", j, "who"], one.who) for j, one in enumerate(rung.notify)]
        places += [(["rungs", i, "action_items", j, "owner"], one.owner) for j, one in enumerate(rung.action_items)]
    for i, cadence in enumerate(document.cadences):
        places += [(["cadences", i, "notify", j, "who"], one.who) for j, one in enumerate(cadence.notify)]
    for i, incident in enumerate(document.major_incidents):
        named = [(j, one.who) for j, one in enumerate(incident.tell) if one.who not in TICKET_ROLES]
        places += [(["major_incidents", i, "tell", j, "who"], who) for j, who in named]
    regions = document.follow_the_sun.regions if document.follow_the_sun else ()
    places += [(["follow_the_sun", "regions", i, "who"], region.who) for i, region in enumerate(regions)]
    yield from places


def _check_roles(written: Written, document: PolicyDocument, known: Sequence[str]) -> Iterator[Fault]:
    for key, who in told(document):
        if who not in known:
            yield written.fault(key, f"no role '{who}'{did_you_mean(who, known)}")


RUNG_CHECKS: tuple[RungCheck, ...] = (
    _check_trigger, _check_clock, _check_lengths, _check_acts, _check_does_something, _check_level,
)  # fmt: skip
POLICY_CHECKS: tuple[PolicyCheck, ...] = (_check_names, _check_reach, _check_resolution, _check_targets)
AUTHORS_RUNG_CHECKS: tuple[RungCheck, ...] = (_check_values, _check_approval, _check_items)
"""Add a check of one rung here: (file, policy, its place, the rung) -> faults."""
AUTHORS_POLICY_CHECKS: tuple[PolicyCheck, ...] = (
    _check_levels, _check_cells, _check_promises, _check_settings, _check_named_clocks, _check_adjustments,
    check_major_incidents,
)  # fmt: skip
"""Add a check across the whole policy here: (file, policy) -> faults."""
