"""`rung ticket`: what is typed is checked before anybody is asked, and answers are readable."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from activities.adapters.sql import SqlJournal, migrate
from activities.ports import Card, Line
from policies.case import note_failed
from starter.gateway import NoSuchTicket, Refused, ServerUnreachable, TicketClosed
from starter.settings import PACKAGED_PEOPLE
from tests.starter.on_paper import PAUSED, RESUMED, PaperGateway, refused, rung, unfit
from workflows.contract import Answer

GOLD = ("ticket", "open", "4711", "--tier", "gold", "--urgency", "high")
TUESDAY = ("--at", "2026-03-31T10:00:00+09:00")


@pytest.fixture(autouse=True)
def folder(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Views are read in 2026, whose number goes without saying."""
    monkeypatch.setattr("starter.commands.ticket.now", lambda: int(datetime(2026, 4, 1, tzinfo=UTC).timestamp()))
    return alone


def gateway(monkeypatch: pytest.MonkeyPatch, script: str = PAUSED) -> PaperGateway:
    """A server on paper that everything reaches."""
    paper = PaperGateway.of(script)

    async def reached(settings: object) -> PaperGateway:
        return paper

    monkeypatch.setattr("starter.connection.gateway", reached)
    return paper


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> PaperGateway:
    return gateway(monkeypatch)


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> PaperGateway:
    return gateway(monkeypatch, RESUMED)


# --- opening -----------------------------------------------------------------------------------------------


def test_an_opened_ticket_is_told_with_its_dues_and_the_address_of_its_history(paper):
    result = rung(*GOLD, "--opened-at", "2026-03-27T16:00:00+09:00")
    assert result.stdout.splitlines() == [
        "default/4711 is open under standard.v1, Asia/Seoul",
        "  first response is due Fri 27 Mar 2026 17:00",
        "  resolution is due Mon 30 Mar 2026 11:00",
        "http://127.0.0.1:8233/namespaces/default/workflows/ticket%2Fdefault%2F4711/run-1/history",
    ]


def test_every_option_reaches_the_ticket(paper):
    options = {"summary": "VPN is down", "customer": "c-1", "contact": "c@example.com", "service": "vpn", "region": "kr",
               "team": "support", "assignee": "kim", "type": "incident", "language": "ko", "tenant": "acme"}  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    rung(*GOLD, *words, "--tag", "vip", "--tag", "vpn")
    ((tenant, id, _, sent),) = paper.sent
    assert (tenant, id) == ("acme", "4711")
    assert {name: getattr(sent["ticket"], name) for name in options} == options
    assert sent["ticket"].tags == ("vip", "vpn")


def test_a_ticket_comes_from_a_file_and_options_win(paper, folder):
    file = folder / "ticket.json"
    file.write_text('{"id": "9", "tier": "Gold", "urgency": "low", "opened_at": "2026-03-27T16:00:00+09:00"}')
    rung("ticket", "open", "--file", str(file), "--urgency", "high")
    ((_, id, _, sent),) = paper.sent
    assert (id, sent["ticket"].tier, sent["ticket"].urgency) == ("9", "gold", "high")
    assert sent["opened_at"] == datetime.fromisoformat("2026-03-27T16:00:00+09:00")


def test_a_ticket_comes_from_stdin(paper):
    rung("ticket", "open", "--file", "-", stdin='{"id": "9", "tier": "gold", "urgency": "low", "tags": ["vip"]}')
    assert paper.sent[0][3]["ticket"].tags == ("vip",)


def test_a_ticket_that_is_open_already_is_no_failure(paper, monkeypatch):
    opened = asyncio.run(paper.open(paper.rehearsal.case.ticket, "standard", None))

    async def again(*_: object, **__: object) -> object:
        return replace(opened, already=True)

    monkeypatch.setattr(paper, "open", again)
    result = rung(*GOLD)
    assert (result.exit_code, result.stdout.splitlines()[:2]) == (0, [
        "default/4711 is open already; nothing was started, and what was given now is not taken over",
        "  'rung ticket reprioritise' changes its tier and urgency, 'rung ticket assign' who works on it",
    ])  # fmt: skip
    assert json.loads(rung(*GOLD, "--json").stdout)["already_open"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ticket", "open", "--tier", "gold", "--urgency", "high"), "the ticket has no id; write 'rung ticket open ID"),
        ((*GOLD, "--tier", "godl"), "tier 'godl' is unknown (did you mean 'gold'?)"),
        (
            GOLD[:5],
            'the urgency is missing; write --urgency, or "urgency" in the file, with one of critical, high, medium',
        ),
        (
            GOLD[:3],
            'the tier is missing; write --tier, or "tier" in the file, with one of diamond, gold, silver, bronze',
        ),
        ((*GOLD, "--type", "question"), "type 'question' is unknown; write one of support, bug"),
        ((*GOLD, "--policy", "standrad"), "no policy 'standrad' (did you mean 'standard.v1'?)"),
        (
            (*GOLD, "--opened-at", "2026-03-27T16:00:00"),
            "opened_at '2026-03-27T16:00:00' has no time zone; write one like",
        ),
        ((*GOLD, "--opened-at", "friday"), "opened_at 'friday' is not an instant; write one like 2026-03-27T16:00:00"),
        ((*GOLD, "--opened-at", "2099-01-01T00:00:00Z"), "is in the future"),
        ((*GOLD, "--tenant", "a/b"), "tenant 'a/b': write 1 to 60 characters without spaces or slashes"),
        ((*GOLD, "--summary", "\udcff"), "summary is not readable text; write it in UTF-8"),
        ((*GOLD, "--file", "nowhere.json"), "nowhere.json: No such file or directory; name a JSON file, or '-'"),
    ],
)
def test_a_ticket_that_cannot_be_is_refused_and_nothing_is_started(paper, words, said):
    assert said in unfit(*words)
    assert paper.sent == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "must hold one object like"),
        ('{"id": "1", "id": "2"}', "'id' stands there twice; keep one"),
        ('{"id": "1", "teir": "gold"}', "unknown key 'teir' (did you mean 'tier'?)"),
        ('{"id": 1}', "id: must be a text in quotes, not 1"),
        ('{"id": "1", "tags": "vip"}', 'tags: must be a list of texts like ["vip"]'),
        ('{"id": "1", "opened_at": "2026-03-27T16:00:00"}', "has no time zone"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(paper, text, said):
    assert said in unfit("ticket", "open", "--file", "-", stdin=text)
    assert paper.sent == []


def test_all_faults_of_a_file_come_at_once(paper):
    text = '{"teir": "gold", "urgency": 1, "tags": {}, "opened_at": "now"}'
    assert len(unfit("ticket", "open", "--file", "-", stdin=text).splitlines()) == 5


def test_a_bad_ticket_is_refused_even_when_no_server_is_there():
    assert "did you mean 'gold'" in unfit(*GOLD, "--tier", "godl")


# --- names that nobody has ---------------------------------------------------------------------------------

NO_KMI = "people.yaml knows no person 'kmi' (did you mean 'kim'?); nobody can be reached by that name"
NO_TEAM = "people.yaml knows no team 'suport' (did you mean 'support'?); its lead, members and on-call cannot be told"


@pytest.fixture
def ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A people file of our own, the same as the sample."""
    file = folder / "people.yaml"
    file.write_bytes(PACKAGED_PEOPLE.read_bytes())
    monkeypatch.setenv("RUNG_PEOPLE", str(file))
    return file


@pytest.mark.parametrize(
    ("words", "warnings"),
    [
        ((*GOLD, "--assignee", "kmi", "--team", "suport"), [NO_KMI, NO_TEAM]),
        (("ticket", "assign", "4711", "kmi"), [NO_KMI]),
        (("ticket", "snooze", "4711", "kmi", "--until", "2099-01-01T00:00:00Z"), [NO_KMI]),
        ((*GOLD, "--assignee", "kim", "--team", "support"), []),
        (("ticket", "assign", "4711", "lee"), []),
        (("ticket", "snooze", "4711", "kim", "--until", "2099-01-01T00:00:00Z"), []),
    ],
)
def test_a_name_that_people_yaml_does_not_know_is_warned_about_and_sent_all_the_same(paper, ours, words, warnings):
    result = rung(*words)
    assert (result.exit_code, len(paper.sent)) == (0, 1)
    assert result.stderr.splitlines() == [f"warning: {line}" for line in warnings]
    told = rung(*words, "--json")
    assert (json.loads(told.stdout)["warnings"], told.stderr) == (warnings, "")


def test_without_people_of_ones_own_every_name_goes(paper):
    assert rung(*GOLD, "--assignee", "kmi", "--team", "suport").stderr == ""


def test_a_people_file_with_faults_does_not_stop_a_ticket(paper, ours):
    ours.write_text("peopel: {}\n")
    result = rung("ticket", "assign", "4711", "kim")
    assert (result.exit_code, result.stderr) == (
        0, "warning: people.yaml has faults, so no name was looked up; 'rung people check' lists them\n",
    )  # fmt: skip


# --- how it stands -----------------------------------------------------------------------------------------


def test_show_tells_the_clocks_and_what_holds_them_up(paper):
    lines = [" ".join(line.split()) for line in rung("ticket", "show", "4711").stdout.splitlines()]
    assert lines[0] == "#4711 VPN is down in the Seoul office"
    assert "paused, breached, level 2 Team lead" in lines
    assert "paused by customer" in lines
    assert "first response overdue 1h 1h 30m -30m Fri 27 Mar 17:00" in lines
    assert "resolution paused 8h 1h 30m 6h 30m when it goes on" in lines


@pytest.mark.parametrize(("reopened", "said"), [(False, True), (True, False)])
def test_show_tells_who_acknowledged_until_it_is_reopened(monkeypatch, reopened, said):
    events = "Fri 27 Mar 16:40  acknowledged by=lee\n"
    events += "Fri 27 Mar 16:50  resolved\nFri 27 Mar 16:55  reopened\n" if reopened else ""
    gateway(monkeypatch, PAUSED.replace("Fri 27 Mar 17:30        pause customer\n", events))
    lines = [line.strip() for line in rung("ticket", "show", "4711").stdout.splitlines()]
    assert ("acknowledged by lee Fri 27 Mar 16:40" in lines) is said
    told = json.loads(rung("ticket", "show", "4711", "--json").stdout)
    assert told["acknowledged_by"] == ("lee" if said else None)


def test_show_tells_what_comes_next_and_why(resumed):
    lines = [" ".join(line.split()) for line in rung("ticket", "show", "4711").stdout.splitlines()]
    assert "resolution-breach L4 Mon 30 Mar 15:30 the resolution promise is broken" in lines


def test_what_comes_next_is_counted_where_it_is_not_shown(resumed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    lines = [line.strip() for line in rung("ticket", "show", "4711").stdout.splitlines()]
    ahead = json.loads(rung("ticket", "show", "4711", "--json").stdout)["ahead"]
    assert lines[-1] == f"and {len(ahead) - 5} more"
    shown = lines[next(n for n, line in enumerate(lines) if line.startswith("Coming up")) + 1 : -1]
    assert [line.split()[0] for line in shown] == [one["rung"] for one in ahead[:5]]


def test_a_clock_that_was_met_before_a_pause_says_when_it_stopped(monkeypatch):
    """The pause began before the due, so the due is held; the clock has stopped long since."""
    events = "Fri 27 Mar 16:40  replied by=kim\nFri 27 Mar 16:50  pause manual\nFri 27 Mar 16:55  reprioritised urgency=critical\n"
    gateway(monkeypatch, PAUSED.replace("Fri 27 Mar 17:30        pause customer\n", events))
    lines = [" ".join(line.split()) for line in rung("ticket", "show", "4711").stdout.splitlines()]
    assert "first response met 1h 40m 20m stopped Fri 27 Mar 16:40" in lines
    assert "= 40m of 1h used; stopped Fri 27 Mar 16:40" in rung("ticket", "explain", "4711").stdout


def test_show_as_json_has_instants_with_their_offset(resumed):
    told = json.loads(rung("ticket", "show", "4711", "--json").stdout)
    assert (told["state"], told["sla"], told["level"]) == ("open", "breached", 2)
    due = {clock["clock"]: clock["due"] for clock in told["clocks"]}
    assert due["resolution"] == "2026-03-30T15:30:00+09:00"
    assert told["ahead"][0]["rung"] == "next-response-75"


def test_show_and_list_call_the_next_promise_and_the_next_rung_by_the_same_names(resumed):
    told = json.loads(rung("ticket", "show", "4711", "--json").stdout)
    names = ("next_due", "next_rung_at", "next_rung")
    assert [told[name] for name in names] == [
        "2026-03-30T13:45:00+09:00", "2026-03-30T13:15:00+09:00", "next-response-75",
    ]  # fmt: skip
    instants = [datetime.fromisoformat(told[name]) for name in names[:2]]
    keep(OPENED, replace(CARD, next_due=instants[0], next_rung_at=instants[1], next_rung="next-response-75"))
    (card,) = json.loads(rung("ticket", "list", "--json").stdout)
    assert {name: card[name] for name in names} == {name: told[name] for name in names}


def test_what_did_not_arrive_is_told_by_rung(paper):
    keys = (
        "default/4711/resolution.1/resolution-breach/credit",
        "default/4711/resolution.1/resolution-breach/han/email",
    )
    paper.rehearsal = replace(paper.rehearsal, case=replace(paper.rehearsal.case, undelivered=keys))
    assert "undelivered of resolution-breach: credit, han by email" in rung("ticket", "show", "4711").stdout


def test_what_did_not_arrive_is_told_with_its_reason(paper, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    case, why = paper.rehearsal.case, "no channel 'sms' is configured (configured: slack)"
    for person in ("lee", "kim"):
        key = f"default/4711/resolution.1/escalate-L2/{person}/sms"
        case = note_failed(case, 0, key, "escalate-L2", f"sms to {person} (team-lead) undelivered: {why}")
    paper.rehearsal = replace(paper.rehearsal, case=case)
    assert f"undelivered of escalate-L2: lee by sms, kim by sms - {why}\n" in rung("ticket", "show", "4711").stdout
    told = json.loads(rung("ticket", "show", "4711", "--json").stdout)["undelivered_why"]
    assert [one["why"] for one in told] == [why, why]
    assert told[1]["key"] == "default/4711/resolution.1/escalate-L2/kim/sms"


def test_an_action_that_failed_is_told_with_its_reason(paper, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    key, why = "default/4711/resolution.1/breach/review", "no planning is configured; set RUNG_REVIEWS_URL"
    case = note_failed(paper.rehearsal.case, 0, key, "breach", f"breach review failed: {why}")
    paper.rehearsal = replace(paper.rehearsal, case=case)
    assert f"undelivered of breach: review - {why}\n" in rung("ticket", "show", "4711").stdout


def test_a_summary_cannot_move_the_cursor(monkeypatch):
    gateway(monkeypatch, PAUSED.replace("VPN is down", "VPN \x1b[2J is [red]down"))
    text = rung("ticket", "show", "4711").stdout
    assert "\x1b" not in text
    assert "is [red]down" in text


def test_explain_shows_each_day_with_what_counted_and_what_was_struck_out(resumed):
    text = rung("ticket", "explain", "4711", *TUESDAY).stdout
    resolution = text[text.index("\nresolution") :]
    assert [" ".join(line.split()) for line in resolution.strip().splitlines()] == [
        "resolution overdue",
        "8h promised, counted from Fri 27 Mar 16:00 on kr-office.v1 (Asia/Seoul)",
        "paused (customer) from Fri 27 Mar 17:30 to Mon 30 Mar 09:00",
        "Day From - to Counts Used",
        "Fri 27 Mar 16:00 - 17:30 1h 30m 1h 30m",
        "17:30 - 22:00 paused",
        "Sat 28 Mar - Sun 29 Mar closed",
        "Mon 30 Mar 09:00 - 15:30 6h 30m 8h due",
        "= 15h 30m of 8h used, 7h 30m over; due Mon 30 Mar 15:30",
    ]


def test_explain_marks_what_lies_past_the_due_and_where_it_stopped(resumed):
    text = rung("ticket", "explain", "4711").stdout
    assert "17:00 - 22:00      5h      6h  past due" in text
    assert "09:00 - 09:10     10m  6h 10m  stopped" in text


def test_explain_says_why_a_paused_clock_has_no_due(paper):
    assert "no due while the pause lasts" in rung("ticket", "explain", "4711").stdout


def test_explain_as_json_has_every_interval_and_pause(resumed):
    told = {one["clock"]: one for one in json.loads(rung("ticket", "explain", "4711", "--json").stdout)}
    assert told["resolution"]["pauses"] == [{"from": "2026-03-27T17:30:00+09:00", "to": "2026-03-30T09:00:00+09:00"}]
    assert told["resolution"]["intervals"][0]["from"] == "2026-03-27T16:00:00+09:00"


@pytest.mark.parametrize("question", ["show", "explain"])
def test_a_question_about_a_naive_instant_is_refused(paper, question):
    assert "--at '2026-03-27T16:00:00' has no time zone" in unfit(
        "ticket", question, "4711", "--at", "2026-03-27T16:00:00"
    )


# --- news --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "fields"),
    [
        (("pause", "4711", "--reason", "customer"), "pause", {"reason": "customer"}),
        (("pause", "4711", "--reason", "outage:INC-7"), "pause", {"reason": "outage:INC-7"}),
        (("resume", "4711", "--reason", "vendor"), "resume", {"reason": "vendor"}),
        (("resume", "4711"), "resume", {"reason": "customer"}),
        (("reply", "4711"), "replied", {}),
        (("contact", "4711"), "contacted", {}),
        (("assign", "4711", "lee"), "assigned", {"to": "lee"}),
        (("transfer", "4711", "network-l2"), "transferred", {"to": "network-l2"}),
        (("assess", "4711", "--risk", "0", "--impact", "High"), "assessed", {"risk": 0, "impact": "high"}),
        (
            ("assess", "4711", "--complexity", "8", "--predicted", "6h"),
            "assessed",
            {"complexity": 8, "predicted": "6h"},
        ),
        (("ack", "4711"), "acknowledged", {}),
        (("reprioritise", "4711", "--urgency", "Critical"), "reprioritised", {"urgency": "critical"}),
        (("resolve", "4711"), "resolved", {}),
        (("reopen", "4711", "--reason", "down again"), "reopened", {"reason": "down again"}),
        (("merge", "4711", "4700"), "merged", {"to": "4700"}),
        (("close", "4711"), "closed", {}),
    ],
)
def test_news_is_sent_with_when_and_by_whom(paper, words, kind, fields):
    result = rung("ticket", *words, "--at", "2026-03-27T17:00:00+09:00", "--by", "kim", "--event-id", "e-1")
    assert result.exit_code == 0
    everywhere = {"occurred_at": "2026-03-27T17:00:00+09:00", "actor": "kim", "event_id": "e-1"}
    assert paper.sent == [("default", "4711", kind, {**everywhere, **fields})]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "nothing is assessed; give --impact, --value, --risk, --complexity or --predicted"),
        (("--impact", "huge", "--value", "none"), "value 'none' is unknown; write one of high, medium, low"),
        (("--risk", "101"), "'risk' must be a whole number from 0 to 100"),
        (("--predicted", "6 days"), "a day of what?"),
    ],
)
def test_an_assessment_that_makes_no_sense_is_refused_before_it_is_sent(paper, words, told):
    assert told in unfit("ticket", "assess", "4711", *words)
    assert paper.sent == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--impact", "huge"), "impact 'huge' is unknown; write one of high, medium, low"),
        (("--risk", "101"), "risk 101 is no such score; write a whole number from 0 to 100"),
        (("--complexity", "-1"), "complexity -1 is no such score; write a whole number from 0 to 10"),
        (("--predicted", "2 days"), "a day of what?"),
    ],
)
def test_facts_out_of_range_are_refused_at_the_opening(paper, words, told):
    assert told in unfit("ticket", "open", "9", "--tier", "gold", "--urgency", "high", *words)


def test_news_says_what_was_sent(paper):
    assert rung("ticket", "assign", "4711", "lee").stdout == "default/4711 assigned lee (event cli-1)\n"
    told = json.loads(rung("ticket", "assign", "4711", "lee", "--tenant", "acme", "--json").stdout)
    assert told == {
        "tenant": "acme", "id": "4711", "kind": "assigned", "event_id": "cli-2", "to": "lee", "outcome": "taken", "why": "",
        "warnings": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("pause", "4711", "--reason", "customer"), "already paused for it"),
        (("resume", "4711", "--reason", "vendor"), "no pause of that name stands (open: customer)"),
        (("reopen", "4711", "--by", "kim: the lead"), "the ticket is not resolved"),
        (("reply", "4711", "--at", "2026-03-20T17:00:00+09:00"), "before the ticket was opened"),
    ],
)
def test_news_that_the_ticket_ignores_says_why_and_is_no_failure(paper, words, why):
    result = rung("ticket", *words)
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (0, [f"  ignored: {why}"])


def test_ignored_news_is_ignored_in_json_too(paper):
    told = json.loads(rung("ticket", "pause", "4711", "--reason", "customer", "--json").stdout)
    assert (told["outcome"], told["why"]) == ("ignored", "already paused for it")


def test_a_second_event_of_the_same_id_is_told_to_be_known(paper):
    assert rung("ticket", "reply", "4711", "--event-id", "e-1").stdout.splitlines()[1:] == []
    again = rung("ticket", "resolve", "4711", "--event-id", "e-1").stdout.splitlines()
    assert again[1:] == ["  ignored: an event 'e-1' is known already"]


@pytest.mark.parametrize("more", [(), ("--event-id", "e-1")])
def test_without_a_worker_the_news_is_on_its_way(paper, more):
    paper.answers = False
    result = rung("ticket", "resolve", "4711", *more)
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (0, ["  sent; not taken up yet"])
    assert [kind for _, _, kind, _ in paper.sent] == ["resolved"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pause", "4711", "--reason", "custmer"), "reason 'custmer' (did you mean 'customer'?)"),
        (("reply", "4711", "--at", "2026-03-27T16:00:00"), "--at '2026-03-27T16:00:00' has no time zone"),
        (("reply", "4711", "--at", "2099-01-01T00:00:00Z"), "is in the future"),
        (("resume", "4711", "--at", "yesterday"), "--at 'yesterday' is not an instant"),
        (("reprioritise", "4711"), "nothing to change; write --urgency or --tier or both"),
        (("reprioritise", "4711", "--urgency", "hihg", "--tier", "x"), "tier 'x' is unknown"),
        (("reply", "4711", "--by", "k" * 501), "'actor' must be a text of at most 500 characters"),
        (("snooze", "4711", "kim", "--until", "2020-01-01T00:00:00Z"), "is in the past; write an instant to come"),
        (("snooze", "4711", "kim", "--until", "18:00"), "--until '18:00' is not an instant"),
        (("migrate", "4711", "--to", "standrad.v2"), "no policy 'standrad.v2' (did you mean 'standard.v1'?)"),
    ],
)
def test_news_that_makes_no_sense_is_refused_and_not_sent(paper, words, said):
    assert said in unfit("ticket", *words)
    assert paper.sent == []


def test_a_resume_without_a_pause_is_refused(resumed):
    assert "is not paused; there is nothing to resume" in refused("ticket", "resume", "4711")


def test_a_resume_of_one_of_two_pauses_must_name_it(monkeypatch):
    gateway(monkeypatch, f"{PAUSED}\nFri 27 Mar 17:40  pause vendor\n")
    assert "is paused by customer, vendor; name one with --reason" in refused("ticket", "resume", "4711")


@pytest.mark.parametrize("error", [NoSuchTicket, TicketClosed])
def test_a_ticket_that_takes_no_news_says_so(paper, monkeypatch, error):
    async def no(*_: object, **__: object) -> str:
        raise error("the reason and the next step")

    monkeypatch.setattr(paper, "tell", no)
    assert refused("ticket", "close", "4711") == "error: the reason and the next step\n"


# --- commands ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "name", "fields"),
    [
        (("escalate", "4711", "3", "--as-level", "2"), "escalate", {"level": 3, "as_level": 2}),
        (("snooze", "4711", "kim", "--until", "2099-01-01T00:00:00Z"), "snooze",
         {"to": "kim", "until": "2099-01-01T00:00:00+00:00"}),
        (("waive", "4711", "--clock", "resolution"), "waive", {"to": "resolution"}),
        (("migrate", "4711", "--to", "standard", "--dry-run"), "migrate_policy",
         {"to": "standard.v1", "dry_run": True}),
    ],
)  # fmt: skip
def test_a_command_is_sent_and_its_answer_shown(paper, words, name, fields):
    result = rung("ticket", *words, "--reason", "because", "--by", "kim", "--event-id", "r-1")
    assert (result.exit_code, result.stdout) == (0, "done\n")
    ((_, _, sent_name, sent),) = paper.sent
    assert (sent_name, sent) == (name, {"reason": "because", "actor": "kim", "request_id": "r-1", **fields})


def test_a_command_that_is_refused_fails_with_the_reason(paper, monkeypatch):
    async def no(*_: object, **__: object) -> Answer:
        raise Refused("level 1 may escalate to level 2 at most")

    monkeypatch.setattr(paper, "command", no)
    assert refused("ticket", "escalate", "4711", "4") == "error: level 1 may escalate to level 2 at most\n"


def test_an_answer_that_is_no_fails(paper):
    paper.answer = Answer(False, "not now")
    result = rung("ticket", "waive", "4711", "--reason", "agreed", "--json")
    assert (result.exit_code, json.loads(result.stdout)["text"]) == (1, "not now")


def test_a_pause_says_which_clocks_it_stops(resumed):
    result = rung("ticket", "pause", "4711", "--reason", "outage", "--event-id", "e-1")
    assert result.stdout == "default/4711 pause outage (event e-1)\n  stopped: next response, resolution\n"
    told = json.loads(rung("ticket", "pause", "4711", "--reason", "customer", "--json").stdout)
    assert (told["outcome"], told["stops"]) == ("taken", ["resolution"])


def test_a_pause_that_leaves_a_clock_running_names_it(monkeypatch):
    gateway(monkeypatch, f"{PAUSED}Mon 30 Mar 09:00  resume customer\n")
    told = rung("ticket", "pause", "4711", "--reason", "customer").stdout
    assert "  stopped: resolution; runs on: first response\n" in told


def test_a_pause_of_a_resolved_ticket_says_that_it_stopped_nothing(paper):
    rung("ticket", "resolve", "4711")
    told = rung("ticket", "pause", "4711", "--reason", "vendor").stdout
    assert "  noted; no clock runs, so nothing was stopped" in told
    assert json.loads(rung("ticket", "pause", "4711", "--json").stdout)["stops"] == []


def test_an_assessment_is_answered_in_names_and_values(paper):
    told = rung(
        "ticket", "assess", "4711", "--risk", "70", "--impact", "High", "--predicted", "6h", "--event-id", "e-1"
    )
    assert told.stdout == "default/4711 assessed impact=high risk=70 predicted=6h (event e-1)\n"


def test_a_waiver_without_a_reason_is_refused_before_it_is_sent(paper):
    assert "say why with --reason" in unfit("ticket", "waive", "4711")
    assert paper.sent == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("assign", "4711", ""), "PERSON is empty; name who works on it"),
        (("transfer", "4711", " "), "TEAM is empty; name the team that owns it now"),
        (("merge", "4711", ""), "OTHER is empty; name the ticket that lives on"),
        (("snooze", "4711", "", "--until", "2099-01-01T00:00:00+00:00"), "PERSON is empty; name who is left alone"),
        (("waive", "4711", "--reason", " "), "say why with --reason"),
        (("escalate", "4711", "2", "--reason", "x" * 501), "'reason' must be a text of at most 500 characters"),
        (
            ("open", "9", "--tier", "gold", "--urgency", "low", "--assignee", "x" * 501),
            "the assignee has 501 characters",
        ),
    ],
)
def test_empty_and_endless_texts_are_refused_before_anybody_is_asked(paper, words, told):
    assert told in unfit("ticket", *words)
    assert paper.sent == []


def test_what_was_typed_never_moves_the_cursor(paper):
    assert "\x1b" not in rung("ticket", "reply", "4711", "--by", "\x1b[31mred\nann").stdout
    rung("ticket", "pause", "4711", "--reason", "outage:\x1b[2J")
    for view in ("show", "explain"):
        assert "\x1b" not in rung("ticket", view, "4711").stdout


def test_a_ticket_is_not_merged_into_itself(paper):
    assert "cannot be merged into itself" in unfit("ticket", "merge", "4711", "4711")
    assert paper.sent == []


def test_a_ticket_that_no_worker_takes_up_is_opened_with_a_warning(paper):
    paper.lacking = "no policy 'mine.v1'; give the worker the policy (RUNG_POLICIES)"
    words = ("ticket", "open", "9", "--tier", "gold", "--urgency", "high")
    told = json.loads(rung(*words, "--json").stdout)
    assert told["warnings"] == [f"no clock runs yet: {paper.lacking}"]


def test_a_contact_that_is_no_address_is_refused(paper):
    words = ("ticket", "open", "9", "--tier", "gold", "--urgency", "high", "--contact", "ann")
    assert "contact 'ann' is no mail address; write one like ann@example.com" in unfit(*words)


# --- the journal -------------------------------------------------------------------------------------------

FRIDAY = datetime(2026, 3, 27, 7, 0, tzinfo=UTC)
CARD = Card(
    tenant="default", ticket="4711", workflow_id="ticket/default/4711", run_id="r", revision=3, state="paused",
    summary="VPN is down", tier="gold", urgency="high", priority="P2", service="vpn", team="support", assignee="kim",
    policy="standard.v1", level=2, opened_at=FRIDAY, next_due=None, resolution_due=FRIDAY.replace(day=30),
    breached=("first_response",), paused_by=("customer",),
)  # fmt: skip


def line(number: int, kind: str, text: str) -> Line:
    return Line(f"default/4711/{number}", "default/4711", FRIDAY.replace(minute=number), kind, text)


OPENED = [line(0, "fired", "customer-received: email customer"), line(30, "event", "pause customer")]


def keep(lines: list[Line], card: Card = CARD) -> None:
    Path(".rung").mkdir(exist_ok=True)
    migrate("sqlite:///.rung/rung.db")

    async def kept() -> None:
        journal = SqlJournal("sqlite:///.rung/rung.db")
        await journal.append(lines, card)
        await journal.close()

    asyncio.run(kept())


def test_the_list_shows_state_due_and_what_is_wrong(monkeypatch):
    keep(OPENED, replace(CARD, next_due=FRIDAY.replace(day=30)))
    monkeypatch.setenv("COLUMNS", "109")
    _, row = rung("ticket", "list").stdout.splitlines()
    assert " ".join(row.split()) == (
        "! 4711 paused 2 Mon 30 Mar 16:00 gold x high kim first response breached; paused by customer"
    )


def test_at_80_columns_the_soonest_due_comes_first_and_nothing_is_cut(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    broken = replace(CARD, ticket="B-1", state="breached", next_due=FRIDAY.replace(second=5), paused_by=())
    later = replace(CARD, ticket="B-2", state="at_risk", breached=(), paused_by=(), next_due=FRIDAY.replace(day=28))
    paused = replace(CARD, ticket="B-3", breached=())
    for card in (paused, later, replace(broken, tier="diamond", urgency="critical", assignee="kim.minsu")):
        keep([], card)
    text = rung("ticket", "list").stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    rows = [line.split() for line in text.splitlines() if "B-" in line]
    assert [row[:3] for row in rows] == [["!", "B-1", "breached"], ["B-2", "at", "risk"], ["B-3", "paused", "2"]]
    assert "Fri 27 Mar 16:00  " in text
    assert "kim.minsu" in text


def test_a_wide_list_has_room_for_the_summary(monkeypatch):
    keep(OPENED)
    monkeypatch.setenv("COLUMNS", "140")
    assert "VPN is down" in rung("ticket", "list").stdout


def test_the_tenant_is_named_when_there_are_several():
    keep(OPENED)
    assert "default/4711" not in rung("ticket", "list").stdout
    keep([], replace(CARD, tenant="acme"))
    text = rung("ticket", "list").stdout
    assert "default/4711" in text
    assert "acme/4711" in text


def test_the_list_can_be_narrowed():
    keep(OPENED)
    assert json.loads(rung("ticket", "list", "--state", "paused", "--json").stdout)[0]["id"] == "4711"
    assert json.loads(rung("ticket", "list", "--state", "breached", "--json").stdout) == []
    assert rung("ticket", "list", "--tenant", "nobody").stdout == "no ticket of tenant nobody\n"
    assert rung("ticket", "list", "--state", "closed").stdout == "no closed ticket\n"
    assert rung("ticket", "list", "--state", "at_risk", "--tenant", "a").stdout == "no ticket at risk of tenant a\n"


def test_an_empty_journal_says_how_to_begin(monkeypatch):
    async def away(settings):
        raise ServerUnreachable("nobody is there")

    monkeypatch.setattr("starter.connection.connect", away)
    Path(".rung").mkdir()
    migrate("sqlite:///.rung/rung.db")
    assert rung("ticket", "list").stdout == "no ticket yet; 'rung ticket open' starts one\n"


@pytest.mark.parametrize(("words", "asked"), [((), True), (("--state", "open"), True), (("--state", "closed"), False)])
def test_a_journal_that_lags_behind_the_engine_says_so(monkeypatch, words, asked):
    class Lagging:
        async def count_workflows(self, query):
            assert query == "WorkflowType='Ticket' AND ExecutionStatus='Running'"
            return SimpleNamespace(count=2)

    async def connect(settings):
        return Lagging()

    monkeypatch.setattr("starter.connection.connect", connect)
    Path(".rung").mkdir()
    migrate("sqlite:///.rung/rung.db")
    told = rung("ticket", "list", *words).stdout
    assert told.startswith("the engine knows 2 open tickets, the journal none;") == asked
    assert "no ticket yet" not in told


def test_open_means_that_work_goes_on():
    for number, state in enumerate(("ok", "at_risk", "breached", "paused", "resolved", "closed")):
        keep([], replace(CARD, ticket=str(number), state=state))
    told = json.loads(rung("ticket", "list", "--state", "open", "--json").stdout)
    assert [one["state"] for one in told] == ["ok", "at_risk", "breached", "paused"]


def test_an_unknown_state_is_refused():
    assert "state 'opne' is unknown (did you mean 'open'?)" in unfit("ticket", "list", "--state", "opne")


def test_a_policy_that_is_gone_does_not_hide_its_tickets():
    keep([], replace(CARD, policy="gone.v1"))
    assert "4711" in rung("ticket", "list").stdout


@pytest.mark.parametrize("words", [("list",), ("watch", "4711", "--once")])
def test_without_a_journal_the_next_step_is_told_and_no_file_is_made(words):
    assert refused("ticket", *words) == (
        "error: no journal at .rung/rung.db; 'rung up' or 'rung worker' makes it; "
        "if yours is elsewhere, set RUNG_JOURNAL_URL to the worker's\n"
    )
    assert not Path(".rung").exists()


def test_a_journal_without_tables_says_what_makes_them():
    Path(".rung").mkdir()
    Path(".rung/rung.db").touch()
    assert "start 'rung worker' once, or 'rung doctor --register'" in refused("ticket", "list")


def test_watch_shows_the_time_line_in_local_time():
    keep(OPENED)
    assert [" ".join(line.split()) for line in rung("ticket", "watch", "4711", "--once").stdout.splitlines()] == [
        "Fri 27 Mar 2026 16:00 -> customer-received: email customer",
        "16:30 pause customer",
    ]


def test_watch_shows_each_line_once_and_ends_when_the_ticket_is_closed(monkeypatch):
    keep(OPENED)
    waits: list[float] = []
    real_sleep = asyncio.sleep

    async def meanwhile(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.to_thread(keep, [line(40, "event", "closed")])
        await real_sleep(0)

    monkeypatch.setattr("starter.commands.ticket.asyncio.sleep", meanwhile)
    told = [json.loads(line)["text"] for line in rung("ticket", "watch", "4711", "--json").stdout.splitlines()]
    assert told == ["customer-received: email customer", "pause customer", "closed"]
    assert waits == [1.0]


def test_ctrl_c_ends_a_watch_cleanly(monkeypatch):
    keep(OPENED)

    async def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("starter.commands.ticket.asyncio.sleep", interrupted)
    result = rung("ticket", "watch", "4711")
    assert (result.exit_code, result.stderr) == (0, "")


def test_watching_a_ticket_that_nobody_knows_is_refused():
    keep(OPENED)
    assert "the journal has no line of default/4712; 'rung ticket list'" in refused("ticket", "watch", "4712", "--once")


def test_quiet_lines_say_what_became_of_them():
    keep([line(1, "ignored", "resume customer: no pause of that name stands"), line(2, "undelivered", "sms to kim")])
    text = rung("ticket", "watch", "4711", "--once").stdout
    assert "->  ignored: resume customer" in text
    assert "!!  undelivered: sms to kim" in text
