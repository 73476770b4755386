"""Every effect carries why it happens as facts, so that it can be worded in any language."""

from __future__ import annotations

from functools import cache

from policies.plan import Effect
from tests.support.scenarios import load, played, scenario_files


@cache
def effects() -> tuple[Effect, ...]:
    """Of every scenario there is."""
    return tuple(effect for path in scenario_files() for effect in played(load(path)).effects)


def test_no_scenario_has_an_effect_without_a_reason():
    assert {effect.rung for effect in effects() if not effect.reason.kind} == set()


def test_every_kind_of_reason_is_met_in_a_scenario():
    assert {effect.reason.kind for effect in effects()} == {
        "share", "after", "every", "event", "reminder", "unanswered", "handover", "escalated", "waived", "approval",
    }  # fmt: skip


def test_a_share_is_told_as_written():
    shares = {
        (effect.rung, effect.reason.percent)
        for effect in effects()
        if effect.reason.kind == "share" and effect.rung.startswith("resolution-") and effect.rung[-2:].isdigit()
    }
    assert shares
    assert {rung for rung, percent in shares if not rung.endswith(f"-{percent}")} == set()
