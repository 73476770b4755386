"""`rung policy rehearse --explain` and `rung policy diff`: why a line stands there, and what another version changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.catalog import PUBLISHED
from tests.starter.on_paper import rung, unfit
from tests.support.scenarios import FOLDER

pytestmark = pytest.mark.usefixtures("alone")
STANDARD = (PUBLISHED / "standard.v1.yaml").read_text(encoding="utf-8")
WEEKEND = str(FOLDER / "pause-over-weekend.timeline")
INLINE = (
    "policy", "rehearse", "--ticket", "tier=gold urgency=high assignee=kim", "--opened", "2026-03-27T16:00:00+09:00",
)  # fmt: skip
PAUSED = ("--event", "2026-03-27T17:30:00+09:00 pause customer", "--event", "2026-03-30T09:00:00+09:00 resume customer")


@pytest.fixture
def draft(alone: Path) -> str:
    """The standard policy with a shorter promise for gold, and one person more at 75 %."""
    text = STANDARD.replace("version: 1", "version: 2", 1).replace(
        "gold:    {first_response: 1h,  next_response: 2h, resolution: 8h}",
        "gold:    {first_response: 1h,  next_response: 2h, resolution: 6h}",
    ).replace(
        "      - {who: customer, via: [email]}\n    actions: [{do: comment, value: Team lead",
        "      - {who: duty-manager, via: [email]}\n    actions: [{do: comment, value: Team lead",
    )  # fmt: skip
    path = alone / "standard.v2.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def one_line(text: str) -> str:
    return " ".join(text.split())


# --- why ---------------------------------------------------------------------------------------------------


def test_each_line_says_which_open_hours_and_pauses_make_it():
    said = one_line(rung(*INLINE, *PAUSED, "--explain").stdout)
    assert (
        "= 4h of open time, 50% of the 8h promised, counted from Fri 27 Mar 16:00 on kr-office.v1: Fri 27 Mar "
        "16:00-17:30 (1h 30m), Mon 30 Mar 09:00-11:30 (2h 30m); paused (customer) from Fri 27 Mar 17:30 to "
        "Mon 30 Mar 09:00 (4h 30m of open time not counted)"
    ) in said
    assert "= news; first response overdue, 1h 30m of 1h used; resolution paused, 1h 30m of 8h used" in said


def test_it_ends_with_the_deadlines_in_the_words_of_the_ticket():
    said = one_line(rung(*INLINE, *PAUSED, "--explain").stdout)
    assert "8h promised, counted from Fri 27 Mar 16:00 on kr-office.v1 (Asia/Seoul)" in said
    assert "paused (customer) from Fri 27 Mar 17:30 to Mon 30 Mar 09:00" in said


def test_without_being_asked_nothing_is_explained():
    assert "of open time" not in rung(*INLINE, *PAUSED).stdout
    assert "why" not in json.loads(rung(*INLINE, "--json").stdout)["time_line"][0]


def test_programs_get_the_reckoning_too():
    told = json.loads(rung(*INLINE, *PAUSED, "--explain", "--json").stdout)
    (half,) = [line for line in told["time_line"] if line["text"].startswith("resolution-50")]
    assert (half["reckoning"]["used"], half["reckoning"]["target"]) == (14_400, 28_800)
    assert half["reckoning"]["pauses"] == [{
        "name": "customer", "from": "2026-03-27T17:30:00+09:00", "to": "2026-03-30T09:00:00+09:00", "open_seconds": 16_200,
    }]  # fmt: skip
    assert told["time_line"][0]["reckoning"] is None
    assert [deadline["clock"] for deadline in told["deadlines"]] == ["first_response", "resolution"]


def test_the_middle_of_a_long_reckoning_is_told_as_one():
    said = one_line(rung(*INLINE[:3], "tier=bronze urgency=low", *INLINE[4:], "--explain").stdout)
    assert "stretches until" in said


def test_whose_watch_shows_what_is_told_with_the_people(alone):
    people = alone / "people.yaml"
    people.write_text(
        "people:\n  kim: {name: Kim, email: k@x.example, zone: Europe/Berlin}\n"
        "  boss: {name: Boss, email: b@x.example, zone: Asia/Seoul}\n"
        "roles: {executives: [boss], duty-manager: [boss], department-head: [boss], customer-relations: [boss]}\n",
        encoding="utf-8",
    )
    text = one_line(rung(*INLINE, "--people", str(people)).stdout)
    assert "check-assignee: slack assignee tells kim by email Fri 27 Mar 08:30 (Europe/Berlin)" in text
    assert "boss by email Mon 30 Mar 11:00" in text
    told = json.loads(rung(*INLINE, "--people", str(people), "--json").stdout)
    (check,) = [line for line in told["time_line"] if line["text"].startswith("check-assignee")]
    assert check["told"] == [{"person": "kim", "channels": ["email"], "local_time": "2026-03-27T08:30:00+01:00"}]


# --- diff --------------------------------------------------------------------------------------------------


def test_two_versions_are_compared_in_words(draft):
    said = rung("policy", "diff", "standard.v1", draft).stdout.splitlines()
    assert said[0] == "standard.v1 -> standard.v2"
    assert "  Gold x High, Medium, Low: resolution 8h -> 6h" in said
    assert (
        "  rung resolution-75: tells sms+email team-lead + email customer -> sms+email team-lead + email duty-manager"
    ) in said


def test_the_same_policy_does_not_differ():
    result = rung("policy", "diff", "standard.v1", "standard")
    assert (result.exit_code, result.stdout) == (0, "standard.v1 -> standard.v1\nnothing differs\n")


def test_a_remark_is_no_difference_but_said(alone):
    path = alone / "standard.v1.yaml"
    path.write_text(STANDARD + "# a remark\n", encoding="utf-8")
    assert "nothing differs but the file's remarks" in rung("policy", "diff", "standard", str(path)).stdout


def test_what_changes_for_a_ticket_is_told_line_by_line(draft):
    said = rung("policy", "diff", "standard.v1", draft, "--scenario", WEEKEND).stdout
    assert "~ resolution: 8h, due Mon 30 Mar 15:30, broken -> 6h, due Mon 30 Mar 13:30, broken" in said
    assert "~ Mon 30 Mar 11:30 -> Mon 30 Mar 10:30 (1h earlier)  resolution-50 L1:" in said
    assert "email duty-manager; comment" in said
    assert "lines are the same" in said


def test_a_ticket_for_which_nothing_changes_says_so(draft, alone):
    tickets = alone / "tickets.json"
    tickets.write_text(json.dumps([
        {"id": "A-1", "tier": "gold", "urgency": "critical", "opened_at": "2026-03-27T16:00:00+09:00"},
        {"id": "A-2", "tier": "gold", "urgency": "low", "opened_at": "2026-03-27T16:00:00+09:00"},
    ]), encoding="utf-8")  # fmt: skip
    told = json.loads(rung("policy", "diff", "standard.v1", draft, "--tickets", str(tickets), "--json").stdout)
    critical, low = told["tickets"]
    assert [(one["id"], [due["same"] for due in one["dues"]]) for one in (critical, low)] == [
        ("A-1", [True, True]), ("A-2", [True, False]),
    ]  # fmt: skip
    assert {line["kind"] for line in critical["lines"]} == {"same", "changed"}
    assert {line["kind"] for line in low["lines"]} >= {"same", "moved"}
    assert next(line for line in low["lines"] if line["kind"] == "moved")["seconds_later"] < 0


def test_programs_get_the_differences(draft):
    told = json.loads(rung("policy", "diff", "standard.v1", draft, "--json").stdout)
    assert (told["a"], told["b"], told["differs"]) == ("standard.v1", "standard.v2", True)
    assert {
        "group": "promises", "subject": "Gold x High, Medium, Low", "kind": "changed", "what": "resolution",
        "before": "8h", "after": "6h", "text": "Gold x High, Medium, Low: resolution 8h -> 6h",
    } in told["differences"]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("standard", "standrad"), "no policy 'standrad' (did you mean 'standard.v1'?)"),
        (("standard", "no/where.yaml"), "no/where.yaml  No such file or directory; name a policy or a YAML file"),
        (("standard", "standard", "--scenario", "x.timeline"), "x.timeline: No such file or directory"),
        (("standard", "standard", "--tickets", "x.json"), "x.json: No such file or directory; name a JSON file"),
    ],
)
def test_what_cannot_be_compared_says_what_to_write(words, said):
    assert said in unfit("policy", "diff", *words)


@pytest.mark.parametrize(
    ("tickets", "said"),
    [
        ("{}", "must hold a list like"),
        ("[1]", "ticket 1: must be an object"),
        ('[{"teir": "gold"}]', "ticket 1: unknown key 'teir' (did you mean 'tier'?)"),
        ('[{"tier": "gold"}]', "ticket 1: opened_at is missing"),
        ('[{"opened_at": "2026-03-27"}]', "ticket 1: opened_at '2026-03-27' has no time zone"),
        ('[{"tier": 1, "tags": "vip", "opened_at": "2026-03-27T16:00:00Z"}]', "tier: must be a text in quotes"),
        ("nonsense", "not valid JSON"),
    ],
)
def test_tickets_that_cannot_be_read_are_told_with_their_place(alone, tickets, said):
    (alone / "tickets.json").write_text(tickets, encoding="utf-8")
    assert said in unfit("policy", "diff", "standard", "standard", "--tickets", "tickets.json")


# --- the guide ---------------------------------------------------------------------------------------------

GUIDE = FOLDER.parents[1] / "docs" / "how-to" / "preview-a-policy.md"


def examples() -> list[str]:
    return [part.split("```")[0] for part in GUIDE.read_text(encoding="utf-8").split("```text\n")[1:]]


def test_the_picture_of_the_guide_is_what_is_drawn(alone):
    assert rung("policy", "rehearse", WEEKEND, "--svg", "now.svg").exit_code == 0
    assert (alone / "now.svg").read_text(encoding="utf-8") == GUIDE.with_suffix(".svg").read_text(encoding="utf-8")


def test_the_explanation_of_the_guide_is_what_is_said():
    assert one_line(examples()[0]) in one_line(rung("policy", "rehearse", WEEKEND, "--explain").stdout)


def test_the_comparison_of_the_guide_is_what_is_said(draft):
    said = rung("policy", "diff", "standard.v1", draft, "--scenario", WEEKEND).stdout.splitlines()
    assert said[: len(examples()[1].splitlines())] == examples()[1].splitlines()
