"""Maintenance by rule in words: what it declares, and when, in its own zone and in UTC. Must never count windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from policies.maintenance import Maintenance
from policies.outage import URGENT, Outage
from starter.showing.outages import SAID
from starter.showing.outages import data as outage_data
from starter.showing.page import iso, local, plain, table, year_of
from workflows.contract import Maintaining

NOT_OF_A_RULE = ("id", "state", "since", "expected_end", "planned_end", "ended_at", "ended_by")
"""What only a window has."""


def lines(rule: Maintenance) -> list[str]:
    """Beneath its name."""
    what = rule.outage
    does = SAID[what.effect] + (f" {what.urgency}" if what.effect in URGENT else "")
    until = f" until {plain(rule.until)}" if rule.until else ""
    by = [f"planned  by {plain(what.declared_by)}"] if what.declared_by else []
    owner = [f"owner    {plain(what.owner)}"] if what.owner else []
    reason = [f"reason   {plain(what.reason)}"] if what.reason else []
    return [
        f"scope    {plain(what.scope.said())}", f"effect   {what.effect}: {does}",
        f"every    {plain(rule.every)}{until}, first {plain(rule.begins)} to {plain(rule.ends)} {plain(rule.zone)}",
        *by, *owner, *reason,
    ]  # fmt: skip


def said_windows(windows: Sequence[Outage], zone: str) -> list[str]:
    """In the zone of the rule, and beneath it in UTC."""
    if not windows:
        return ["no window is ahead"]
    found: list[str] = []
    for one in windows:
        found.append(f"{plain(one.id)}  {_span(one, zone)} {zone}")
        found += [f"{'':{len(one.id)}}  {_span(one, 'UTC')} UTC"] if zone != "UTC" else []
    return found


def _span(one: Outage, zone: str) -> str:
    """Without the year: the window's id has it."""
    begin, end = (local(at, zone, year_of(at, zone)) for at in (one.since, one.planned_end))
    return f"{begin} - {end}"


def progress(found: Maintaining) -> list[str]:
    """How far it has come."""
    last = [f"last     {plain(found.last.id)}, {_span(found.last, 'UTC')} UTC"] if found.last.id else []
    stopped = [f"stopped  {local(found.stopped_at, 'UTC')} UTC{_by(found)}"] if found.stopped_at else []
    trouble = [f"trouble  {plain(found.trouble)}"] if found.trouble else []
    return [
        f"declared {found.declared}",
        *last,
        *stopped,
        *trouble,
        *(f"missed   {plain(one)}" for one in found.missed),
    ]


def _by(found: Maintaining) -> str:
    return f" by {plain(found.stopped_by)}" if found.stopped_by else ""


def said_stop(found: Maintaining, already: bool) -> str:
    """`is stopped`, or by whom it was before."""
    return f"had stopped already{_by(found)}" if already else "is stopped"


def after_stop(found: Maintaining) -> list[str]:
    """What becomes of the window that was declared last."""
    last = found.last
    if last.since > found.stopped_at > 0:
        return [f"{plain(last.id)} was declared and has not begun: it is withdrawn"]
    if last.planned_end > found.stopped_at > 0:
        return [f"{plain(last.id)} goes on to its end; 'rung outage end {plain(last.id)}' ends it now"]
    return ["no window is ahead"]


def state(found: Maintaining) -> str:
    """`unknown` when its workflow does not answer."""
    if not found.rule.id:
        return "unknown"
    return "stopped" if found.stopped_at else "planned" if found.ahead else "ending"


def listed(rules: Sequence[Maintaining]) -> Table:
    """One line each."""
    made = table(
        "Maintenance",
        "State",
        "Every",
        "Next window (UTC)",
        "Declared",
        "Missed",
        "Scope",
        right=("Declared", "Missed"),
    )
    for one in rules:
        following = _span(one.ahead[0], "UTC") if one.ahead else "-"
        made.add_row(
            plain(one.id), state(one), plain(one.rule.every), following, str(one.declared), str(len(one.missed)),
            plain(one.rule.outage.scope.said()) if one.rule.id else plain(one.trouble),
        )  # fmt: skip
    return made


def rule_data(rule: Maintenance) -> dict[str, Any]:
    """The rule as JSON; wall times as they were typed."""
    what = {name: value for name, value in outage_data(rule.outage, 0).items() if name not in NOT_OF_A_RULE}
    when = {name: getattr(rule, name) for name in ("zone", "begins", "ends", "every", "until")}
    return {"id": rule.id, **what, **when}


def windows_data(windows: Sequence[Outage], zone: str) -> list[dict[str, Any]]:
    """With the zone's offset, and in UTC."""
    return [
        {
            "id": one.id, "begins": iso(one.since, zone), "ends": iso(one.planned_end, zone),
            "begins_utc": iso(one.since, "UTC"), "ends_utc": iso(one.planned_end, "UTC"),
        }
        for one in windows
    ]  # fmt: skip


def data(found: Maintaining) -> dict[str, Any]:
    """One rule and how far it has come, as JSON."""
    zone = found.rule.zone
    return {
        **rule_data(found.rule), "id": found.id, "state": state(found), "windows": windows_data(found.ahead, zone),
        "last": windows_data([found.last], zone)[0] if found.last.id else None, "declared": found.declared,
        "missed": list(found.missed), "trouble": found.trouble,
        "stopped_at": iso(found.stopped_at or None, "UTC"), "stopped_by": found.stopped_by,
    }  # fmt: skip
