"""The dice of the chaos: the same seed gives the same lives, and every life can be told for certain."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from policies import event as news
from policies.people import Roster
from tests.chaos.story import CLEAR, KINDS, Pause, Story, draw
from tests.support.world import everybody

ROSTER: Roster = everybody()


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    return [draw("dice", number, "chaos", ROSTER) for number in range(2 * len(KINDS))]


def test_a_seed_gives_the_same_life_again_and_another_one_another() -> None:
    once, again, other = (draw(seed, 3, "chaos", ROSTER) for seed in ("one", "one", "two"))
    assert once == again
    assert once.life.script != other.life.script


def test_whatever_happens_or_is_due_stands_apart(stories: list[Story]) -> None:
    for story in stories:
        known = {happening.at for happening in story.life.script.happenings}
        due = {entry.at for entry in story.paper.ours if entry.kind == "fired"}
        assert all(later - earlier >= CLEAR for earlier, later in pairwise(sorted(known | due)))


def test_the_lives_have_everything_that_is_to_be_tried(stories: list[Story]) -> None:
    told = Counter(h.event.kind for story in stories for h in story.life.script.happenings if h.event)
    assert {
        news.PAUSE, news.RESUME, news.REPLIED, news.CONTACTED, news.ACKNOWLEDGED, news.ASSIGNED, news.REPRIORITISED,
        news.RESOLVED, news.CLOSED,
    } <= set(told)  # fmt: skip
    assert any(h.event and h.event.at < h.at for story in stories for h in story.life.script.happenings)
    assert any(overlap(one, two) for story in stories for one, two in pairwise(story.life.script.pauses))
    assert any(story.held(ROSTER) for story in stories)
    assert any(story.paper.case.open_pauses() for story in stories)
    assert {story.life.policy for story in stories} == {kind.policy for kind in KINDS}


def overlap(one: Pause, two: Pause) -> bool:
    return one.reason != two.reason and (one.end is None or two.start < one.end)


def test_the_pauses_of_the_script_are_those_of_the_core(stories: list[Story]) -> None:
    """Two ways to the same stretches: the dice wrote them down, the core derives them from the news."""
    for story in stories:
        written = sorted((pause.reason, pause.start, pause.end or 0) for pause in story.life.script.pauses)
        derived = [(name, start, end or 0) for name, spans in story.paper.case.pauses().items() for start, end in spans]
        assert written == sorted(derived)


def test_a_story_that_is_played_anew_has_keys_of_its_own(stories: list[Story]) -> None:
    anew = stories[0].elsewhere("again", ROSTER)
    assert anew.life.script == stories[0].life.script
    assert not {*anew.wanted} & {*stories[0].wanted}
    assert [key.partition("/")[2] for key in anew.wanted] == [key.partition("/")[2] for key in stories[0].wanted]
