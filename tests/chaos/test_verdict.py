"""The verdict on a chaos finds what it is there to find: nothing lost, extra, repeated or fired too early goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from policies.case import Entry
from tests.chaos.story import Pause, Story, draw
from tests.chaos.verdict import Reckoning, differences, page_of, while_paused
from tests.support.simulator import BURST, DROP, FINE, REFUSED, RESET, Asked
from tests.support.world import everybody

STORY = draw("verdict", 0, "chaos", everybody())
PAPER = STORY.paper
PAGE = next(iter(STORY.first_channels()), "") or next(
    f"{sent.effect.key}/{one.person}/{one.channel}"
    for sent in PAPER.sent
    for one in sent.deliveries
    if sent.effect.kind == "page"
)
FIRST = next(entry for entry in PAPER.ours if entry.kind == "fired")


def asked(*times: tuple[str, bool, bool, float], key: str = PAGE) -> list[Asked]:
    """(fault, taken, known, at) of each request."""
    return [Asked(key, n, "somebody", fault, taken, known, at) for n, (fault, taken, known, at) in enumerate(times, 1)]


def fine(keys: Sequence[str], but: str = PAGE) -> list[Asked]:
    return [one for key in keys if key != but for one in asked((FINE, True, True, 1.0), key=key)]


def reckoned(
    *times: tuple[str, bool, bool, float], deaths: Sequence[float] = (), more: Sequence[Asked] = ()
) -> Reckoning:
    return Reckoning([STORY], [*fine(STORY.wanted), *asked(*times), *more], deaths)


def another(channel: str = "pigeon") -> str:
    return f"{page_of(PAGE)}/somebody/{channel}"


# --- keys --------------------------------------------------------------------------------------------------


def test_all_taken_once_is_nothing_to_tell() -> None:
    found = reckoned((FINE, True, True, 1.0))
    assert (found.lost, found.extra, found.instead, found.fell_back, found.without_cause) == ([], [], [], [], [])
    assert (found.asked_again, found.repeated) == (0, {})


def test_a_key_that_nobody_took_is_lost_whatever_was_done_to_it() -> None:
    alone = [key for key in STORY.wanted if page_of(key) != page_of(PAGE)]
    for times in ([], asked((BURST, False, True, 1.0))):
        assert PAGE in Reckoning([STORY], [*fine(alone), *times], [1.0]).lost


def test_a_page_falls_back_only_where_its_own_message_was_in_trouble() -> None:
    instead = asked((FINE, True, True, 9.0), key=another())
    refused = reckoned((REFUSED, False, True, 1.0), more=instead)
    assert (refused.fell_back, refused.instead, refused.lost, refused.extra) == ([PAGE], [another()], [], [])
    never_tried = reckoned(more=instead)
    assert (never_tried.fell_back, never_tried.lost) == ([], [PAGE])
    at_rest = reckoned((FINE, True, True, 1.0), more=instead)
    assert at_rest.extra == [another()]


def test_a_key_of_no_page_is_extra_in_any_trouble() -> None:
    stranger = f"{STORY.life.ticket.key}/resolution.1/never-planned/kim/sms"
    found = reckoned((DROP, True, False, 1.0), deaths=[1.0], more=asked((FINE, True, True, 1.0), key=stranger))
    assert found.extra == [stranger]


@pytest.mark.parametrize(
    ("first", "deaths", "has_cause"),
    [
        ((DROP, True, False, 1.0), (), True),
        ((RESET, False, False, 1.0), (), True),
        ((BURST, False, True, 1.0), (), True),
        ((FINE, True, True, 1.0), (5.0,), True),
        ((FINE, True, True, 1.0), (), False),
        ((FINE, True, True, 1.0), (40.0,), False),
        ((REFUSED, False, True, 1.0), (), False),
    ],
)
def test_a_message_is_sent_again_only_with_a_cause(
    first: tuple[str, bool, bool, float], deaths: Sequence[float], has_cause: bool
) -> None:
    found = reckoned(first, (FINE, True, True, 32.0), deaths=deaths)
    assert found.without_cause == ([] if has_cause else [PAGE])
    assert found.asked_again == 1
    assert found.repeated == ({PAGE: 1} if first[1] else {})


# --- lines -------------------------------------------------------------------------------------------------


def changed(**changes: object) -> list[Entry]:
    """The paper's own lines with one of them other than it was."""
    return [replace(entry, **changes) if entry is FIRST else entry for entry in PAPER.ours]  # type: ignore[arg-type]


def test_the_same_lines_in_any_order_do_not_differ() -> None:
    assert differences(PAPER.entries, PAPER.ours[::-1]) == []


def test_a_line_that_is_missing_extra_doubled_or_moved_is_told() -> None:
    missing = [entry for entry in PAPER.ours if entry is not FIRST]
    assert differences(PAPER.ours, missing) == [f"only on paper: {FIRST.at} {FIRST.text}"]
    assert differences(missing, PAPER.ours) == [f"only on the server: {FIRST.at} {FIRST.text}"]
    assert differences(PAPER.ours, [*PAPER.ours, FIRST]) == [f"only on the server: {FIRST.at} {FIRST.text}"]
    assert len(differences([*PAPER.ours, FIRST], [*PAPER.ours, PAPER.ours[-1]])) == 2
    assert len(differences(PAPER.ours, changed(at=FIRST.at + 1))) == 2
    assert len(differences(PAPER.ours, changed(text="another"))) == 2


def test_a_decision_may_be_late_by_what_a_killed_worker_costs_and_no_more() -> None:
    assert differences(PAPER.ours, changed(text=f"{FIRST.text} (2m late)")) == []
    assert differences(PAPER.ours, changed(text=f"{FIRST.text} (3m late)")) == [
        f"{FIRST.at} {FIRST.text}: 180 s late instead of 0 s"
    ]
    assert len(differences(changed(text=f"{FIRST.text} (2m late)"), PAPER.ours)) == 1


# --- pauses ------------------------------------------------------------------------------------------------


def paused_over(at: int, reason: str, end: int | None = None) -> Story:
    script = replace(STORY.life.script, pauses=(Pause(reason, at - 60, end),))
    return replace(STORY, life=replace(STORY.life, script=script))


def clocked() -> Entry:
    return next(entry for entry in PAPER.ours if entry.kind == "fired" and "outage" in STORY.masks.get(entry.rung, ()))


def test_a_rung_that_fired_in_a_pause_of_its_clock_is_told() -> None:
    entry = clocked()
    told = while_paused(paused_over(entry.at, "outage:INC-7"), [entry], PAPER.case)
    assert f"{STORY.name}: {entry.rung} due at {entry.at}" in told
    assert f"{STORY.name}: {entry.rung} decided at {entry.at}" in told


def test_a_pause_that_is_over_or_of_another_clock_is_none() -> None:
    entry = clocked()
    assert while_paused(STORY, PAPER.entries, PAPER.case) == []
    over = paused_over(entry.at, "outage:INC-7", entry.at)
    assert not any(line.startswith(f"{STORY.name}: {entry.rung} ") for line in while_paused(over, [entry], PAPER.case))
    other = paused_over(entry.at, "coffee")
    assert while_paused(other, [entry], PAPER.case) == []
