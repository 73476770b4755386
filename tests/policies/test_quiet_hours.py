"""What waits for the end of the quiet hours is never dropped: not when the ticket ends before them either."""

from __future__ import annotations

import pytest

from policies.reckoning import reckon
from policies.rehearsal import Rehearsal
from policies.scenario import read_scenario
from tests.support.scenarios import played


def rehearsed(*lines: str) -> Rehearsal:
    """Of night.v1, whose promise is used up at 23:00 and whose credit waits for 07:00."""
    head = ("policy night.v1", "ticket tier=gold urgency=high assignee=kim team=seoul", "Mon 23 Mar 2026 15:00 opened")
    return played(read_scenario("\n".join([*head, *lines])))


@pytest.mark.parametrize(
    "lines",
    [
        ("Mon 23 Mar 23:40 resolved", "until Tue 24 Mar 2026 08:00"),
        ("Mon 23 Mar 23:40 resolved", "Mon 23 Mar 23:50 closed"),
        ("Mon 23 Mar 23:50 closed",),
        ("Mon 23 Mar 23:40 resolved", "Tue 24 Mar 09:00 closed"),
        ("Mon 23 Mar 23:50 merged T-2",),
    ],
)
def test_a_credit_that_waits_is_given_once_however_the_ticket_ends(lines: tuple[str, ...]) -> None:
    found = rehearsed(*lines)
    assert [effect.kind for effect in found.effects if effect.rung == "paid"] == ["credit"]


def test_closing_before_the_promise_is_broken_gives_no_credit() -> None:
    found = rehearsed("Mon 23 Mar 22:50 closed")
    assert [effect.kind for effect in found.effects if effect.rung == "paid"] == []


def test_what_waited_is_recorded_at_the_instant_its_ticket_ends() -> None:
    found = rehearsed("Mon 23 Mar 23:30 contacted by=ann", "Mon 23 Mar 23:50 closed")
    closed = found.case.events[-1].at
    assert [(entry.text, entry.at) for entry in found.ours if entry.rung in ("wrote", "paid")] == [
        ("paid unnecessary: closed", closed), ("wrote unnecessary: resolved", closed),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "waited"), [(("Mon 23 Mar 23:50 closed",), 3_000), (("until Tue 24 Mar 2026 08:00",), 8 * 3_600)]
)
def test_why_it_stands_there_is_the_night_and_not_an_acknowledgement(lines: tuple[str, ...], waited: int) -> None:
    found = rehearsed(*lines)
    number = next(n for n, entry in enumerate(found.entries) if entry.rung == "paid")
    plan, case = found.known[number]
    told = reckon(plan, case, found.entries[number])
    assert told is not None
    assert (told.waited, told.held, told.used) == (waited, False, told.target)
