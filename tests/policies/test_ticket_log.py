"""A record of a log becomes a ticket with its news; what cannot be read says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.ticket_log import SCHEMA, BadRecord, LogMap, last_instant, read_line, read_row

RECORD: dict[str, Any] = {
    "schema": SCHEMA, "id": "INC1", "opened_at": "2026-03-27T16:00:00", "priority": "P2", "category": "mail",
    "location": "Seoul", "requester": "Caller 1", "outcome": {"resolved_at": "2026-03-27T17:00:00"},
    "events": [
        {"t": "2026-03-27T16:00:00", "type": "opened"},
        {"t": "2026-03-27T16:10:00", "type": "assignee", "from": None, "to": "Kim"},
        {"t": "2026-03-27T16:20:00", "type": "first_response", "at_logging": False},
        {"t": "2026-03-27T16:30:00", "type": "pause", "reason": "user"},
        {"t": "2026-03-27T16:30:00", "type": "resume", "reason": "user"},
        {"t": "2026-03-27T16:40:00", "type": "priority", "from": "P2", "to": "P1"},
        {"t": "2026-03-27T18:00:00", "type": "resolved"},
        {"t": "2026-04-01T18:00:00", "type": "closed"},
    ],
}  # fmt: skip


def text(**changed: Any) -> str:
    return json.dumps({**RECORD, **changed})


def news_of(line: str, rules: LogMap | None = None) -> list[str]:
    past = read_line(line, rules or LogMap(), "Asia/Seoul")
    return [h.event.kind for h in past.happenings if h.event]


def test_a_record_becomes_a_ticket_and_what_happened_to_it():
    past = read_line(text(), LogMap(), "Asia/Seoul")
    assert (past.ticket.urgency, past.ticket.tier, past.priority) == ("high", "bronze", "P2")
    assert (past.ticket.service, past.ticket.region, past.ticket.customer) == ("mail", "Seoul", "Caller 1")
    assert news_of(text()) == ["assigned", "replied", "pause", "resume", "reprioritised", "resolved"]
    assert past.unused == ("opened", "closed")


def test_the_outcome_is_never_looked_at():
    assert read_line(text(), LogMap(), "UTC") == read_line(text(outcome={"resolved_at": "never"}), LogMap(), "UTC")


def test_a_wall_time_is_read_in_the_zone_and_an_offset_is_kept():
    assert read_line(text(), LogMap(), "Asia/Seoul").opened_at == 1774594800
    assert read_line(text(opened_at="2026-03-27T16:00:00+09:00"), LogMap(), "UTC").opened_at == 1774594800


def test_a_wall_time_that_the_clock_change_swallowed_is_the_instant_of_the_change():
    gap = read_line(text(opened_at="2026-03-29T02:30:00"), LogMap(), "Europe/Berlin").opened_at
    assert gap == read_line(text(opened_at="2026-03-29T03:00:00"), LogMap(), "Europe/Berlin").opened_at


def test_a_map_says_what_counts():
    rules = LogMap.model_validate({
        "tier": {"from": "location", "values": {"Seoul": "gold"}}, "reprioritised": "ignore", "closed": "resolved",
        "pauses": {"user": "vendor"},
    })  # fmt: skip
    past = read_line(text(), rules, "Asia/Seoul")
    assert past.ticket.tier == "gold"
    assert news_of(text(), rules) == ["assigned", "replied", "pause", "resume", "resolved", "resolved"]
    assert {h.event.reason for h in past.happenings if h.event and h.event.kind == "pause"} == {"vendor"}


def test_a_ticket_without_a_standing_resolution_is_known_until_the_log_ends():
    running = [*RECORD["events"][:-2], {"t": "2026-03-27T19:00:00", "type": "update"}]
    past = read_line(text(events=running), LogMap(), "Asia/Seoul")
    assert (past.resolved, past.until(1774700000)) == (False, 1774700000)
    reopened = [*RECORD["events"], {"t": "2026-04-02T18:00:00", "type": "reopened"}]
    assert read_line(text(events=reopened), LogMap(), "Asia/Seoul").resolved is False
    done = read_line(text(), LogMap(), "Asia/Seoul")
    assert (done.resolved, done.until(1774700000)) == (True, 1774602000)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "not a record of ticket-history/1"),
        ('{"schema": "ticket-history/2"}', "not a record of ticket-history/1"),
        (text(events=None), "events: must be a list"),
        (text(events=[{"type": "resolved"}]), "events[0]: needs 't' and 'type'"),
        (text(id=""), "it has no id"),
        (text(opened_at=None), "it has no opened_at"),
        (text(opened_at="yesterday"), "'yesterday' is not an instant; expected one like 2026-03-27T16:00:00"),
        (text(opened_at="1899-01-01T00:00:00"), "is too far away"),
        (text(opened_at="9999-12-31T23:59:59"), "is too far away"),
        (text(priority="P7"), "priority 'P7' gives no urgency; name it in the map under urgency.values"),
        (text(priority=None), "priority '' gives no urgency"),
        (text(events=[{"t": "2026-03-27T16:30:00", "type": "pause", "reason": "lunch"}]), "no pause for reason 'lunch'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(line, said):
    with pytest.raises(BadRecord) as refused:
        read_line(line, LogMap(), "UTC")
    assert said in str(refused.value)


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"events": []}', '{"events": [{"t": 3}]}', '{"events": {"a": 1}}'])
def test_a_line_whose_last_instant_cannot_be_told_has_none(line):
    assert last_instant(line, LogMap(), "UTC") == 0


def test_a_row_of_a_table_becomes_a_ticket():
    rules = LogMap.model_validate({
        "id": "Number", "opened_at": "Opened", "priority": "Prio", "times": "%d.%m.%Y %H:%M",
        "urgency": {"from": "Prio", "values": {"1 - hoch": "critical"}, "otherwise": "low"},
        "events": [
            {"column": "Solved", "event": "resolved"}, {"column": "Answered", "event": "replied"},
            {"column": "Held", "event": "pause", "reason": "vendor"},
        ],
    })  # fmt: skip
    row = {"Number": "7", "Opened": "27.03.2026 16:00", "Prio": "1 - hoch", "Solved": "27.03.2026 18:00",
           "Answered": "27.03.2026 16:20", "Held": " "}  # fmt: skip
    past = read_row(row, rules, "Asia/Seoul")
    assert (past.id, past.ticket.urgency, past.opened_at, past.resolved) == ("7", "critical", 1774594800, True)
    assert [h.event.kind for h in past.happenings if h.event] == ["replied", "resolved"]
    with pytest.raises(BadRecord, match="'soon' is not an instant; expected one like %d"):
        read_row({**row, "Solved": "soon"}, rules, "Asia/Seoul")
