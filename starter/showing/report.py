"""A ticket's report for programs: its facts and its text; what people are to fill in is in the text only."""

from __future__ import annotations

from typing import Any

from activities.report import NOT_SENT, Report, markdown
from policies.action_item import Item
from starter.showing.page import iso
from starter.showing.standing import reading_data


def data(report: Report) -> dict[str, Any]:
    """Instants in ISO 8601, lengths in seconds."""
    ticket, zone = report.ticket, report.zone
    broken = dict.fromkeys([*(k.reading.clock for k in report.promises if k.reading.breached), *report.broken])
    return {
        "id": ticket.id, "tenant": ticket.tenant, "summary": ticket.summary, "policy": report.policy, "zone": zone,
        "state": report.state, "level": report.level, "opened_at": iso(report.opened_at, zone),
        "solved_at": iso(report.solved_at, zone), "lasted": report.lasted,
        "loss": report.loss if report.cost else None, "broken": list(broken),
        "promises": [
            {
                **reading_data(one.reading, zone), "calendar": one.calendar,
                "pauses": [
                    {"name": name, "start": iso(start, zone), "end": iso(end, zone)} for name, start, end in one.pauses
                ],
            }
            for one in report.promises
        ],
        "time_line": [{"at": iso(e.at, zone), "kind": e.kind, "text": e.text} for e in report.lines],
        "not_sent": [
            {"at": iso(e.at, zone), "kind": e.kind, "text": e.text, "key": e.key}
            for e in report.lines if e.kind in NOT_SENT
        ],
        "actions": [item_data(item, zone) for item in report.items],
        "markdown": markdown(report),
    }  # fmt: skip


def item_data(item: Item, zone: str) -> dict[str, Any]:
    """One action item for programs."""
    return {
        "id": item.id, "title": item.title, "owner": item.owner, "due": iso(item.due, zone),
        "done_at": iso(item.done_at or None, zone), "done_by": item.done_by, "made_by": item.made_by,
    }  # fmt: skip
