"""What is wrong with a calendar or a policy beyond the shape of its keys: every cross-check and its message.

Must never compile anything and never change what a file means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.business_time import DAY
from policies.compiler import Policy, narrow
from policies.document import CalendarDocument, PolicyDocument, RungDocument
from policies.duration import BadDuration, parse_duration
from policies.people import TICKET_ROLES
from policies.plan import LADDER
from policies.promise import combined
from policies.public_holidays import UnknownCountry
from policies.suggestion import did_you_mean
from policies.ticket import TIERS, URGENCIES
from policies.written import Fault, Written

YEAR = 366 * DAY


def check_calendar(written: Written, document: CalendarDocument, now: int) -> list[Fault]:
    """Faults that need more than one key: unknown country, no open time (semantics 1.5)."""
    try:
        narrowed = {urgency: narrow(document, urgency, now, now + YEAR) for urgency in ("", *URGENCIES)}
    except UnknownCountry as error:
        return [written.fault(["public_holidays"], str(error))]
    faults = []
    empty = [urgency or "all" for urgency, calendar in narrowed.items() if not calendar.intervals(now, now + YEAR)]
    if empty:
        message = f"no open time in the next 366 days for tickets of urgency {', '.join(empty)}; "
        faults.append(written.fault(["windows"], message + "add windows or remove holidays"))
    try:
        if parse_duration(document.business_day) <= 0:
            raise BadDuration("business_day must be longer than 0")
    except BadDuration as error:
        faults.append(written.fault(["business_day"], f"{error} (write it in hours, like '9h')"))
    return faults


def check_policy(written: Written, policy: Policy, roles: Sequence[str] = ()) -> list[Fault]:
    """Faults across keys: every rung's clock, names, levels, targets. `roles` are the directory's, if known."""
    document = policy.document
    faults = [fault for index, rung in enumerate(document.rungs) for fault in _check_rung(written, policy, index, rung)]
    faults += _check_names(written, document)
    if "resolution" not in document.clocks:
        faults.append(written.fault(["clocks"], "no clock 'resolution'; every policy promises a resolution"))
    for tier in TIERS:
        for urgency in URGENCIES:
            cell = any((c.tier, c.urgency) == (tier, urgency) for c in document.targets.cells)
            if not cell and not combined(document, tier, urgency):
                faults.append(written.fault(["targets"], f"no promise for {tier} x {urgency}; add a row or a cell"))
    if roles:
        faults += _check_roles(written, document, (*roles, *TICKET_ROLES))
    return faults


def _check_rung(written: Written, policy: Policy, index: int, rung: RungDocument) -> Iterator[Fault]:
    when = rung.when
    key: list[str | int] = ["rungs", index, "when"]
    given = [name for name in ("share", "after", "breach", "on") if getattr(when, name) is not None]
    if len(given) != 1:
        said = " and ".join(given) or "none of them"
        yield written.fault(key, f"needs exactly one of share, after, breach, on; it has {said}")
    if when.clock not in policy.document.clocks:
        known = did_you_mean(when.clock, policy.document.clocks)
        yield written.fault([*key, "clock"], f"this policy has no clock '{when.clock}'{known}")
    for name in ("after", "breach", "every", "within"):
        text = getattr(when, name)
        try:
            if (
                text is not None
                and parse_duration(text, parse_duration(policy.calendar_of(when.clock).business_day)) <= 0
                and name == "every"
            ):
                yield written.fault([*key, name], "must be longer than 0")
        except BadDuration as error:
            yield written.fault([*key, name], str(error))
    for number, action in enumerate(rung.actions):
        try:
            if action.do == "review" and action.value:
                parse_duration(action.value, parse_duration(policy.calendar_of("resolution").business_day))
        except BadDuration as error:
            yield written.fault(["rungs", index, "actions", number, "value"], str(error))
    if not rung.notify and not rung.actions:
        yield written.fault(
            ["rungs", index], f"rung '{rung.rung}' tells nobody and does nothing; add notify or actions"
        )
    known_levels = {level.level for level in policy.document.levels}
    if rung.track == LADDER and rung.level and known_levels and rung.level not in known_levels:
        yield written.fault(["rungs", index, "level"], f"no level {rung.level} in levels; add it")


def _check_names(written: Written, document: PolicyDocument) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, rung in enumerate(document.rungs):
        if rung.rung in seen or rung.rung == "reminder":
            yield written.fault(["rungs", index, "rung"], f"the name '{rung.rung}' is taken; names are the rungs' keys")
        seen.add(rung.rung)
    for index, level in enumerate(document.levels):
        if level.may_escalate_to < level.level:
            message = f"level {level.level} may not reach below itself; write at least {level.level}"
            yield written.fault(["levels", index, "may_escalate_to"], message)


def _check_roles(written: Written, document: PolicyDocument, known: Sequence[str]) -> Iterator[Fault]:
    places: list[tuple[list[str | int], str]] = [(["catch_all", "who"], document.catch_all.who)]
    places += [(["levels", i, "who"], level.who) for i, level in enumerate(document.levels)]
    for i, rung in enumerate(document.rungs):
        places += [(["rungs", i, "notify", j, "who"], told.who) for j, told in enumerate(rung.notify)]
    for key, who in places:
        if who not in known:
            yield written.fault(key, f"no role '{who}'{did_you_mean(who, known)}")
