"""The audit's verdicts: a case for each kind, and what holds whatever was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import audit
from policies.audit import (
    DAY,
    KINDS,
    Astray,
    Expected,
    Failed,
    Finding,
    LateItem,
    Paged,
    Seen,
    Sending,
    Sight,
    alarm_key,
    findings,
    heard,
    untold,
)

NOW = 1_790_000_000
LATE, FINE = NOW - 601, NOW - 599
WELL = Sight("acme/1", started_at=NOW - DAY, build="1", answered=True, next_at=NOW + 60)
EXPECTED = Expected("acme/1", LATE, "resolution-75")


def kinds(*sights: Sight, expected: tuple[Expected, ...] = (EXPECTED,), **seen: object) -> list[tuple[str, str]]:
    found = findings(Seen(sights, expected, **seen), NOW)  # type: ignore[arg-type]
    return [(one.kind, one.repair) for one in found]


@pytest.mark.parametrize(
    ("sight", "wanted"),
    [
        (WELL, []),
        (replace(WELL, next_at=None), []),
        (replace(WELL, next_at=FINE), []),
        (replace(WELL, next_at=LATE), [("overdue", "poke")]),
        (replace(WELL, answered=False, next_at=None), [("overdue", "")]),
        (replace(WELL, answered=False, next_at=None, task_since=LATE), [("overdue", "")]),
        (replace(WELL, problems=("cause=Fault",), next_at=LATE), [("wedged", "")]),
        (replace(WELL, task_attempts=5, planned=False), [("wedged", "")]),
        (replace(WELL, task_attempts=4), []),
        (replace(WELL, planned=False, answered=False), [("never-planned", "")]),
        (replace(WELL, planned=False, answered=False, started_at=FINE), []),
        (replace(WELL, status="terminated"), [("lost", "")]),
        (replace(WELL, status=""), [("lost", "")]),
        (replace(WELL, status="completed"), []),
        (replace(WELL, sending=(Sending("notify", LATE, 7, "no answer"),)), [("stuck", "")]),
        (replace(WELL, sending=(Sending("notify", FINE, 7), Sending("flag", LATE, 7), Sending("credit"))), []),
        (replace(WELL, sending=(Sending("flag", NOW - 3_601, 20),)), [("stuck", "")]),
        (replace(WELL, next_at=LATE, sending=(Sending("notify", LATE, 7),)), [("overdue", "poke")]),
    ],
)  # fmt: skip
def test_a_ticket_gets_one_verdict_the_cause_before_its_consequences(sight: Sight, wanted: list[tuple[str, str]]):
    assert kinds(sight) == wanted


def test_a_card_alone_is_no_proof():
    assert kinds(expected=(EXPECTED,)) == []
    assert kinds(replace(WELL, answered=False), expected=(replace(EXPECTED, at=FINE),)) == []
    assert kinds(replace(WELL, answered=False), expected=()) == []
    assert kinds(replace(WELL, answered=False, task_since=FINE)) == [], "a busy worker"


def test_a_page_is_undelivered_only_as_long_as_the_ticket_misses_it():
    failed = (
        Failed("acme/1", "k1", NOW - 60, "sms to kim undelivered: no answer"), Failed("acme/1", "k2", NOW - 50),
        Failed("acme/2", "k1", NOW - 40),
    )  # fmt: skip
    reached = Seen((WELL,), failed=failed)
    missing = Seen((replace(WELL, undelivered=("k1", "k2", "old")),), failed=failed)
    mute = Seen((replace(WELL, answered=False),), failed=failed)
    closed = Seen((replace(WELL, status="completed", undelivered=("k1",)),), failed=failed)
    assert findings(reached, NOW) == findings(closed, NOW) == ()
    for seen in (missing, mute):
        (found,) = findings(seen, NOW)
        assert (found.kind, found.ticket, found.since) == ("undelivered", "acme/1", NOW - 60)
        assert found.said == "sms to kim undelivered: no answer, and 1 more"


def test_what_is_not_about_one_ticket_is_a_finding_too():
    seen = Seen(
        left_behind=(("0", 12, "acme/7"),), unread=(("journal", "away"),),
        unseen=(("overdue by the journal", 3), ("none", 0)),
    )  # fmt: skip
    found = findings(seen, NOW)
    assert [one.said for one in found] == [
        "build 0: 12 tickets pinned to it and no worker runs it (acme/7)", "journal: away",
        "overdue by the journal: 3 more",
    ]  # fmt: skip
    assert [one.key for one in found] == ["left-behind:build 0", "unread:journal", "unseen:overdue by the journal"]


def test_the_worst_comes_first_and_the_oldest_of_a_kind():
    seen = Seen((
        replace(WELL, ticket="acme/3", next_at=LATE), replace(WELL, ticket="acme/2", next_at=LATE - 9),
        replace(WELL, problems=("x",), task_since=NOW),
    ))  # fmt: skip
    assert [one.ticket for one in findings(seen, NOW)] == ["acme/1", "acme/2", "acme/3"]


def test_the_operator_hears_of_a_finding_once_a_day_not_once_a_date():
    one, other = Finding("wedged", "acme/1"), Finding("overdue", "acme/1")
    paged = (Paged("wedged:acme/1", NOW), Paged("gone", NOW - DAY))
    assert untold((one, other), paged, NOW + DAY - 1) == (other,)
    assert untold((one, other), paged, NOW + DAY) == (one, other)
    assert heard(paged, NOW) == paged[:1]


def test_a_message_told_again_on_the_same_day_has_the_same_key():
    one, other = Finding("wedged", "acme/1", NOW, "now"), Finding("overdue", "acme/1")
    morning = NOW // DAY * DAY
    assert alarm_key((one, other), morning) == alarm_key((other, replace(one, said="later")), morning + DAY - 1)
    assert len({alarm_key((one,), morning), alarm_key((other,), morning), alarm_key((one,), morning + DAY)}) == 3


INSTANTS = st.one_of(st.none(), st.integers(0, NOW + DAY))
SENDINGS = st.builds(Sending, st.sampled_from(("notify", "flag", "write_journal")), INSTANTS, st.integers(0, 9))
SIGHTS = st.builds(
    Sight, st.sampled_from(("acme/1", "acme/2", "acme/3")), st.sampled_from(("running", "completed", "failed", "")),
    st.integers(0, NOW), st.booleans(), st.sampled_from(("", "1")), st.sampled_from(((), ("cause=x",))), INSTANTS,
    st.integers(0, 9), st.lists(SENDINGS, max_size=2).map(tuple), st.booleans(), INSTANTS,
)  # fmt: skip
SEEN = st.builds(
    Seen, st.lists(SIGHTS, max_size=3, unique_by=lambda one: one.ticket).map(tuple),
    st.lists(st.builds(Expected, st.just("acme/1"), st.integers(0, NOW)), max_size=1).map(tuple),
)  # fmt: skip


@given(SEEN)
def test_whatever_was_seen_a_verdict_is_single_actionable_and_only_a_poke_repairs(seen: Seen):
    found = findings(seen, NOW)
    assert len({one.ticket for one in found}) == len(found) == len({one.key for one in found})
    assert all(one.kind in KINDS and one.said and one.next == audit.NEXT[one.kind] for one in found)
    assert all(one.kind == "overdue" for one in found if one.repairable)
    sights = {one.ticket: one for one in seen.sights}
    for one in found:
        late = sights[one.ticket].next_at
        assert not one.repairable or (late is not None and NOW - late > seen.overdue_after)


def test_a_message_that_nobody_settles_is_found_once_a_ticket_and_not_while_the_ticket_sends() -> None:
    astray = (
        Astray("acme/1", "acme/1/half/kim/sms", LATE + 1, "sms to kim"),
        Astray("acme/1", "acme/1/half/lee/sms", LATE, "sms to lee", "slow down"),
        Astray("", "acme/bundle.1/kim/sms", LATE, "sms to kim"),
    )
    found = findings(Seen((WELL,), astray=astray), NOW)
    assert [(one.kind, one.ticket, one.since, one.said) for one in found] == [
        ("unsettled", "", LATE, "acme/bundle.1/kim/sms: sms to kim was being sent, and nothing more is known"),
        ("unsettled", "acme/1", LATE, "sms to lee was being sent, and nothing more is known (slow down), and 1 more"),
    ]
    assert all(one.next and not one.repair for one in found)
    sends = replace(WELL, sending=(Sending("notify", FINE, 2),))
    assert [one.ticket for one in findings(Seen((sends,), astray=astray), NOW)] == [""]


ITEM = LateItem("acme/1", "i-1", LATE, "kim", answered=True)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (ITEM, "action item i-1 for kim is overdue, and nobody was reminded"),
        (replace(ITEM, reminded_at=LATE - 1), "action item i-1 for kim is overdue, and nobody was reminded"),
        (replace(ITEM, answered=False), "action item i-1 for kim is overdue, and it does not answer"),
        (replace(ITEM, reminded_at=LATE), ""),
        (replace(ITEM, due=FINE), ""),
        (replace(ITEM, ahead=-DAY), ""),
    ],
)
def test_an_overdue_action_item_of_which_nobody_was_reminded_is_found(item: LateItem, said: str) -> None:
    found = findings(Seen(items=(item,)), NOW)
    assert [(one.kind, one.ticket, one.since, one.said) for one in found] == (
        [("unreminded", "acme/1", LATE, said)] if said else []
    )


def test_several_items_of_a_ticket_are_one_finding() -> None:
    found = findings(Seen(items=(ITEM, replace(ITEM, item="i-2"), replace(ITEM, ticket="acme/2"))), NOW)
    assert [(one.ticket, one.said.rpartition(", ")[2]) for one in found] == [
        ("acme/1", "and 1 more"), ("acme/2", "and nobody was reminded"),
    ]  # fmt: skip
