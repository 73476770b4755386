"""`rung policy select` and `migrate`, as far as no server is needed: reasons, and refusals before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.starter.on_paper import rung, unfit

pytestmark = pytest.mark.usefixtures("alone")
RULES = """
language: selection/1
selection: ours
version: 1
rules:
  - {policy: standard.v1, only_for: {tier: [diamond], keywords: [vpn, 누출]}}
  - {policy: standard, only_for: {type: [change_request], risk_from: 50}}
  - {policy: standard}
"""


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch, alone: Path) -> Path:
    file = alone / "ours" / "selections" / "ours.v1.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(RULES, encoding="utf-8")
    monkeypatch.setenv("RUNG_POLICIES", str(alone / "ours"))
    return file


def chosen(facts: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(rung("policy", "select", facts, "--json").stdout)
    return found


@pytest.mark.usefixtures("rules")
def test_the_first_rule_that_fits_decides_and_every_rule_before_it_says_why_not():
    found = chosen("tier=gold urgency=high type=change_request risk=50")
    assert (found["policy"], found["rule"], found["rules"]) == ("standard.v1", 2, "ours.v1")
    reasons = ["tier is gold, not diamond", "the summary has none of vpn, 누출"]
    assert found["passed"] == [{"rule": 1, "policy": "standard.v1", "reasons": reasons}]


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ("tier=diamond summary='The VPN is down'", 1),
        ("tier=diamond summary='VPNs are nice'", 3),  # another word
        ("tier=diamond summary='가스누출감지'", 1),  # a script without spaces
        ("tier=diamond type=change_request risk=49 summary=x", 3),
        ("tier=silver", 3),
    ],
)
def test_keywords_are_words_and_scores_are_bounds(facts, rule):
    assert chosen(facts)["rule"] == rule


def test_rules_that_leave_tickets_over_or_are_never_reached_are_told_with_their_lines(rules):
    rules.write_text(
        RULES.replace("  - {policy: standard}\n", "  - {policy: standrad, only_for: {tier: [gold]}}\n"
                      "  - {policy: standard, only_for: {tier: [gold]}}\n"),
        encoding="utf-8",
    )  # fmt: skip
    told = unfit("policy", "select", "tier=gold")
    assert "ours.v1.yaml:8  rules[2].policy: no policy 'standrad' (did you mean 'standard'?)" in told
    assert "ours.v1.yaml:9  rules[3]: never reached: rule 3 takes the same tickets" in told
    assert "no rule takes the tickets that are left: add one without only_for" in told


def test_a_fact_that_no_ticket_has_is_named():
    assert "a ticket has no 'teir'; it has id," in unfit("policy", "select", "teir=gold")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "standard", "--to", "standard.v1"), "standard.v1 is both --from and --to"),
        (("--from", "standrad", "--to", "standard"), "no policy 'standrad' (did you mean 'standard.v1'?)"),
    ],
)
def test_a_migration_that_makes_no_sense_is_refused_before_a_server_is_asked(arguments, told):
    assert told in unfit("policy", "migrate", *arguments)


def test_a_migration_wants_a_reason_and_somebody_who_saw_it(monkeypatch, alone):
    folder = alone / "ours"
    folder.mkdir()
    from policies.catalog import PUBLISHED

    text = (PUBLISHED / "standard.v1.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 2", 1)
    (folder / "standard.v2.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("RUNG_POLICIES", str(folder))
    both = ("--from", "standard.v1", "--to", "standard.v2")
    assert "say why with --reason" in unfit("policy", "migrate", *both)
    assert "nobody can be asked here" in unfit("policy", "migrate", *both, "--reason", "new contract")
