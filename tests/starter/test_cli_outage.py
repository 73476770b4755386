"""`rung outage`: what is typed is refused early or written as it was meant; nothing is changed by saying it again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from rich.cells import cell_len

from activities.adapters.sql import SqlJournal
from activities.adapters.sql_outages import SqlOutages
from policies.migration import Moved
from policies.outage import Outage, Scope
from policies.outage_preview import Foreseen
from policies.outage_report import Touched, account
from starter.outage_rehearsing import OutageRehearsal
from starter.outage_reporting import OutageReport
from starter.outages import Desk, services_of
from starter.settings import load
from starter.showing.outages import said_telling, telling
from tests.activities.test_auditing import card
from tests.starter.conftest import URL
from tests.starter.on_paper import refused, rung, unfit
from workflows.contract import OutageProgress

T = TypeVar("T")
DECLARE = ("outage", "declare", "INC-7", "--service", "pay", "--region", "kr")
SINCE = "2026-03-27T16:00:00+09:00"
AT = int(datetime.fromisoformat(SINCE).timestamp())


def registry(work: Callable[[SqlOutages], Awaitable[T]]) -> T:
    async def done() -> T:
        journal = SqlJournal(URL)
        try:
            return await work(SqlOutages(journal))
        finally:
            await journal.close()

    return asyncio.run(done())


@pytest.mark.parametrize("group", ["outage", "maintenance"])
def test_no_summary_of_a_command_is_cut_on_a_page_of_80_columns(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, commands = rung(group, "--help").stdout.split("Commands:\n")
    assert [line for line in commands.splitlines() if line.endswith("...")] == []
    costs = rung("outage", "report", "--help").stdout
    assert costs.count("[default:") == 1


def test_a_declaration_is_written_as_it_was_typed(tickets: Path) -> None:
    done = rung(
        *DECLARE, "--tag", "till", "--tier", "GOLD", "--occurred-at", SINCE, "--expected-end", "2026-03-27T18:00:00+09:00",
        "--owner", "lee", "--by", "kim", "--reason", "card network", "--effect", "mute_keep_clock",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    scope = Scope(("pay",), ("kr",), (), ("gold",), ("till",))
    expected = Outage("INC-7", scope, "mute_keep_clock", AT, AT + 7_200, 0, "lee", "card network", declared_by="kim")
    assert registry(lambda rows: rows.one("INC-7")) == expected
    assert done.stdout == (
        "outage INC-7 is declared\n"
        "  scope    service pay, region kr, tier gold, tag till\n"
        "  effect   mute_keep_clock: clocks run, staff is not told\n"
        "  since    Fri 27 Mar 2026 07:00 UTC by kim\n"
        "  expected Fri 27 Mar 2026 09:00 UTC\n"
        "  owner    lee\n"
        "  reason   card network\n"
    )


def test_declared_again_it_stands_as_it_was_and_says_what_differs(tickets: Path) -> None:
    rung(*DECLARE, "--occurred-at", SINCE)
    again = rung(*DECLARE, "--json")
    assert (again.exit_code, json.loads(again.stdout)["already"], again.stderr) == (0, True, "")
    other = refused("outage", "declare", "INC-7", "--service", "pay")
    assert "INC-7 was declared otherwise before (scope service pay, region kr; effect pause_clock: clocks" in other
    assert "Declare this one under another id" in other
    stands = registry(lambda rows: rows.one("INC-7"))
    assert (stands.since, stands.scope.regions) == (AT, ("kr",))  # type: ignore[union-attr]


TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("INC 7", "--service", "pay"), "id 'INC 7': write 1 to 60 letters"),
        (("INC-7",), "the scope names nothing, so it is every ticket there is"),
        (("INC-7", "--service", "pya"), "service 'pya' is unknown (did you mean 'pay'?)"),
        (("INC-7", "--service", "pay", "--effect", "pause"), "effect 'pause' is unknown (did you mean 'pause_clock'?)"),
        (("INC-7", "--service", "pay", "--effect", "reprioritise"), "reprioritise to what?"),
        (("INC-7", "--service", "pay", "--tier", "glod"), "tier 'glod' is unknown (did you mean 'gold'?)"),
        (("INC-7", "--service", "pay", "--occurred-at", "2026-03-27T16:00"), "has no time zone"),
        (("INC-7", "--service", "pay", "--occurred-at", TOMORROW), "is in the future"),
        (("INC-7", "--service", "pay", "--occurred-at", SINCE, "--expected-end", "2026-03-27"), "has no time zone"),
        (("INC-7", "--service", "pay", "--expected-end", SINCE), "the expected end is not after the beginning"),
        (("INC-7", "--service", "pay", "--from", TOMORROW, "--to", SINCE), "the planned end is not after the beginning"),
        (("INC-7", "--service", "pay", "--from", TOMORROW, "--occurred-at", SINCE), "give one of them"),
        (("INC-7", "--service", "pay", "--from", TOMORROW), "say when with --to"),
        (("INC-7", "--service", "pay", "--from", "tomorrow", "--to", "later"), "is not an instant"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    tickets: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in unfit("outage", "declare", *words)
    assert registry(lambda rows: rows.known(10)) == []


def test_a_scope_that_meets_no_ticket_is_refused_unless_it_is_ahead_of_them(tickets: Path) -> None:
    nobody = ("outage", "declare", "INC-7", "--service", "pay", "--region", "us")
    assert "no open ticket is within the scope (service pay, region us); nobody has complained yet?" in refused(*nobody)
    assert registry(lambda rows: rows.known(10)) == []
    assert rung(*nobody, "--ahead").exit_code == 0
    assert rung("outage", "declare", "INC-8", "--service", "unheard-of", "--ahead").exit_code == 0
    assert rung("outage", "declare", "INC-9", "--all").exit_code == 0


def test_services_that_only_a_policy_names_are_known(tickets: Path) -> None:
    found = services_of(load().catalog())
    assert found
    name = sorted(found)[0]
    assert "no open ticket is within the scope" in refused("outage", "declare", "INC-7", "--service", name)


def test_maintenance_may_lie_ahead(tickets: Path) -> None:
    done = rung(
        "outage", "declare", "MW-1", "--service", "pay", "--from", "2099-03-27T22:00:00+09:00",
        "--to", "2099-03-27T23:00:00+09:00",
    )  # fmt: skip
    assert "  planned  to end Fri 27 Mar 2099 14:00 UTC" in done.stdout.splitlines()
    stands = registry(lambda rows: rows.one("MW-1"))
    assert stands is not None
    assert (stands.planned_end - stands.since, stands.ended_at) == (3_600, 0)


def test_what_has_not_begun_is_planned_and_is_called_off(tickets: Path) -> None:
    window = ("--from", "2099-03-27T22:00:00+09:00", "--to", "2099-03-27T23:00:00+09:00")
    planned = rung("outage", "declare", "MW-1", "--service", "pay", *window)
    assert "  begins   Fri 27 Mar 2099 13:00 UTC" in planned.stdout.splitlines()
    assert rung("outage", "list").stdout == (
        "MW-1  planned from Fri 27 Mar 2099 13:00 to Fri 27 Mar 2099 14:00 UTC\n    pause_clock: service pay\n"
    )
    assert json.loads(rung("outage", "show", "MW-1", "--json").stdout)["state"] == "planned"
    done = rung("outage", "end", "MW-1", "--occurred-at", SINCE, "--by", "lee")
    assert done.stdout.splitlines()[0] == "outage MW-1 is called off"
    assert "  called off Fri 27 Mar 2026 07:00 UTC by lee" in done.stdout.splitlines()
    assert rung("outage", "end", "MW-1").stdout.splitlines()[0] == "outage MW-1 was called off already"
    (found,) = json.loads(rung("outage", "list", "--json").stdout)
    assert (found["state"], found["ended_at"]) == ("called_off", "2026-03-27T07:00:00+00:00")
    listed = " ".join(rung("outage", "list").stdout.split())
    assert "MW-1 called off Fri 27 Mar 07:00, was to begin Fri 27 Mar 2099 13:00 UTC" in listed.replace(" 2026", "")


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_fits_its_page_whatever_the_names(
    tickets: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    services = [word for name in ("결제", "배송 조회", "고객 상담 센터", "모바일 앱") for word in ("--service", name)]
    rung(
        "outage",
        "declare",
        "INC-2026-03-27-payments-in-seoul-and-busan",
        *services,
        "--ahead",
        "--expected-end",
        TOMORROW,
    )
    rung(*DECLARE, "--occurred-at", SINCE)
    lines = rung("outage", "list").stdout.splitlines()
    assert max(cell_len(line) for line in lines) < columns
    assert "모바일 앱" in " ".join(lines)
    assert [line for line in lines if line.startswith("INC-7  open since Fri 27 Mar")]


def test_an_owner_whom_nobody_knows_is_a_warning_that_says_who_is_reminded(
    tickets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = rung(*DECLARE, "--owner", "nobody", "--priority", "P1", "--stakeholders", "noone")
    owner, stakeholder = done.stderr.splitlines()
    assert (done.exit_code, owner.startswith("warning: owner 'nobody' is neither a role nor a person")) == (0, True)
    assert owner.endswith("; nobody is reminded (no RUNG_OPERATOR)")
    assert stakeholder.endswith("; nobody is told for them")
    monkeypatch.setenv("RUNG_OPERATOR", "duty-manager")
    again = rung(*DECLARE, "--owner", "nobody", "--json")
    assert "; duty-manager (RUNG_OPERATOR) is reminded instead" in again.stderr
    assert (
        rung(*DECLARE, "--owner", "duty-manager").stderr == "warning: the owner stays as it was said first (nobody)\n"
    )


def test_one_that_ends_by_itself_may_be_declared_again_later(tickets: Path) -> None:
    for said in ("is declared", "is declared already"):
        done = rung(*DECLARE, "--to", "2099-03-27T23:00:00+09:00")
        assert done.stdout.splitlines()[0] == f"outage INC-7 {said}"
    other = ("--from", "2099-03-27T22:00:00+09:00", "--to", "2099-03-27T23:00:00+09:00")
    assert "was declared otherwise before" in refused(*DECLARE, *other)


def test_tickets_that_the_server_refused_to_tell_are_counted() -> None:
    lines = said_telling(OutageProgress(Outage("INC-7", since=AT), told=8, failed=2, failed_end=1))
    assert lines[:1] == ["told     8 words sent"]
    assert "failed   2 tickets could not be told that it began; each asks by itself before it fires" in lines
    assert "failed   1 ticket could not be told that it ended; those that stand still are looked for again" in lines
    assert not [line for line in said_telling(OutageProgress(told=8)) if line.startswith("failed")]


def test_its_end_is_written_once(tickets: Path) -> None:
    rung(*DECLARE, "--occurred-at", SINCE)
    done = rung("outage", "end", "INC-7", "--occurred-at", "2026-03-27T17:00:00+09:00", "--by", "lee")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "outage INC-7 has ended")
    assert "  ended    Fri 27 Mar 2026 08:00 UTC by lee" in done.stdout
    again = rung("outage", "end", "INC-7", "--json")
    assert (json.loads(again.stdout)["already"], json.loads(again.stdout)["ended_at"]) == (
        True,
        "2026-03-27T08:00:00+00:00",
    )
    assert "outage INC-7 has ended; declare the new one under another id" in refused(*DECLARE)
    assert "has ended; it expects no end any more" in refused("outage", "extend", "INC-7", "--expected-end", TOMORROW)


def test_customers_are_told_when_that_is_said_and_never_by_a_second_declaration(tickets: Path) -> None:
    done = rung(*DECLARE, "--tell-customers", "--json")
    assert (done.exit_code, json.loads(done.stdout)["tell_customers"]) == (0, True)
    assert rung(*DECLARE, "--tell-customers").exit_code == 0
    other = refused(*DECLARE)
    assert "INC-7 was declared otherwise before" in other
    assert "told customers, once that it lasts and once that it is over" in other
    rung("outage", "declare", "INC-8", "--service", "pay", "--region", "kr")
    assert "INC-8 was declared otherwise" in refused(
        "outage", "declare", "INC-8", "--service", "pay", "--region", "kr", "--tell-customers"
    )


def test_whose_tickets_do_not_wait_are_not_told_that_they_do(tickets: Path) -> None:
    urgent = (*DECLARE, "--effect", "raise_urgency", "--urgency", "high", "--tell-customers")
    assert "leave --tell-customers out, or take pause_clock or mute_keep_clock" in unfit(*urgent)
    assert registry(lambda rows: rows.known(10)) == []


def test_words_are_counted_apart_from_tickets_and_customers_by_mails() -> None:
    told = Outage("INC-7", since=AT, tell_customers=True)
    progress = OutageProgress(told, 31, telling="declared", people=2, customers=7, customers_untold=1, unasked=2)
    assert said_telling(progress) == [
        "told     31 words sent so far",
        "people   2 told that it began",
        "mailed   7 customers that it began, 1 not; 2 tickets did not say whose they are",
    ]
    over = replace(progress, outage=replace(told, ended_at=AT + 9), told_end=1, telling="", customers_end=6, unasked=0)
    assert said_telling(over)[1:] == [
        "told end 1 word sent",
        "people   2 told that it began, 0 that it ended",
        "mailed   7 customers that it began, 1 not, 6 that it ended",
    ]
    assert (telling(over)["customers"], telling(replace(over, told=-1))["customers"]) == (7, None)
    assert len(said_telling(replace(over, outage=replace(told, tell_customers=False)))) == 3


def test_an_outage_that_nobody_knows(tickets: Path) -> None:
    rung(*DECLARE)
    for words in (("end", "INC-8"), ("show", "INC-8"), ("extend", "INC-8", "--expected-end", TOMORROW)):
        assert "no outage 'INC-8' (did you mean 'INC-7'?); 'rung outage list' shows them" in refused("outage", *words)
    assert rung("outage", "end", "INC-8", "--ahead").exit_code == 0
    assert "write 1 to 60 letters" in unfit("outage", "end", "I/8", "--ahead")


def test_it_may_last_longer(tickets: Path) -> None:
    rung(*DECLARE, "--occurred-at", SINCE)
    said = rung("outage", "extend", "INC-7", "--expected-end", "2026-03-27T18:30:00+09:00").stdout
    assert said.startswith("outage INC-7 is expected to end at another time\n")
    done = rung("outage", "extend", "INC-7", "--expected-end", "2026-03-27T18:00:00+09:00", "--json")
    assert (done.exit_code, json.loads(done.stdout)["expected_end"]) == (0, "2026-03-27T09:00:00+00:00")
    assert "is not after the beginning" in unfit("outage", "extend", "INC-7", "--expected-end", SINCE)


def test_the_list_and_one_of_it(tickets: Path) -> None:
    assert rung("outage", "list").stdout == "no outage was ever declared; 'rung outage declare' declares one\n"
    rung(*DECLARE, "--occurred-at", SINCE)
    rung("outage", "declare", "INC-8", "--service", "pay")
    found = json.loads(rung("outage", "list", "--json").stdout)
    assert [(one["id"], one["state"], one["since"]) for one in found][1] == (
        "INC-7",
        "open",
        "2026-03-27T07:00:00+00:00",
    )
    shown = rung("outage", "show", "INC-7")
    assert (shown.exit_code, "  scope    service pay, region kr" in shown.stdout.splitlines()) == (0, True)
    assert shown.stdout.splitlines()[-1] == "  told     not known: its workflow does not answer"
    assert json.loads(rung("outage", "show", "INC-7", "--json").stdout)["told"] is None
    assert "service pay, region kr" in " ".join(rung("outage", "list").stdout.split())


def test_without_a_journal_it_says_what_to_do(alone: Path) -> None:
    assert "no journal at .rung/rung.db" in refused(*DECLARE)


def test_the_report_for_people_and_for_programs(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rung(*DECLARE, "--occurred-at", SINCE)
    found = Touched("acme/1", AT, AT + 3_600, 1_800, ("first_response",), ("resolution",), 2)

    async def reported(desk: Desk, id: str) -> OutageReport:
        return OutageReport(await desk.one(id), (found,), account([found]), ("acme/2: it does not answer",))

    monkeypatch.setattr(Desk, "report", reported)
    done = rung("outage", "report", "INC-7")
    assert (done.exit_code, done.stderr) == (0, "warning: acme/2: it does not answer\n")
    assert "heard of by 1 ticket; clocks stood still for 30m of open time in all" in done.stdout
    assert "1 promise saved by the pause, 1 broken all the same\nnot sent to staff: 2 messages" in done.stdout
    assert "acme/1" in done.stdout
    told = json.loads(rung("outage", "report", "INC-7", "--json").stdout)
    assert told["loss"] is None
    rung("outage", "end", "INC-7", "--occurred-at", "2026-03-27T17:00:01+09:00")
    assert "loss: about 15,250" in rung("outage", "report", "INC-7", "--cost-per-minute", "250").stdout
    monkeypatch.setenv("RUNG_DOWNTIME_COSTS", "mail=1,pay=100")
    assert "loss: about 6,100" in rung("outage", "report", "INC-7").stdout
    assert "loss: about 15,250" in rung("outage", "report", "INC-7", "--cost-per-minute", "250").stdout
    draft = tickets / "review.md"
    assert rung("outage", "report", "INC-7", "--out", str(draft)).stdout == f"{draft}: 1 ticket\n"
    assert "# Review of outage INC-7" in draft.read_text(encoding="utf-8")
    assert "- acme/1: resolution" in draft.read_text(encoding="utf-8")
    filled_in = draft.read_text(encoding="utf-8") + "the switch"
    draft.write_text(filled_in, encoding="utf-8")
    assert f"{draft} is there already, perhaps filled in" in unfit("outage", "report", "INC-7", "--out", str(draft))
    assert draft.read_text(encoding="utf-8") == filled_in
    assert rung("outage", "report", "INC-7", "--out", str(draft), "--force").exit_code == 0
    assert "the switch" not in draft.read_text(encoding="utf-8")
    assert told["sums"] == {"tickets": 1, "stopped": 1800, "saved": 1, "broken": 1, "unsent": 2}
    assert (told["tickets"][0]["saved"], told["faults"]) == (["first_response"], ["acme/2: it does not answer"])


def test_a_rehearsal_for_people_and_for_programs(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dues = (Moved("resolution", AT, None), Moved("first_response", AT, AT + 60), Moved("next_response", AT, AT))
    found = OutageRehearsal((Foreseen("acme/1", dues, ("half L1: sms assignee",), ()),), 3, 40)
    monkeypatch.setattr("starter.commands.ticket.ask", lambda question: found)
    done = rung("outage", "rehearse", "--service", "pay")
    assert done.stdout == (
        "acme/1\n"
        "  resolution is due Fri 27 Mar 2026 07:00 UTC -> stands still\n"
        "  first response is due Fri 27 Mar 2026 07:00 UTC -> Fri 27 Mar 2026 07:01 UTC\n"
        "  next response is due Fri 27 Mar 2026 07:00 UTC as it is\n"
        "  spares  half L1: sms assignee\n"
        "1 of 3 tickets that were asked are within the scope; 40 more were not asked (--limit)\n"
        "nothing was declared\n"
    )
    told = json.loads(rung("outage", "rehearse", "--service", "pay", "--json").stdout)
    assert (told["asked"], told["unasked"], told["tickets"][0]["spared"]) == (3, 40, ["half L1: sms assignee"])
    assert (done.stderr, told["refused"]) == ("", [])
    assert "every ticket there is" in unfit("outage", "rehearse")


def test_a_rehearsal_says_that_the_declaration_would_be_refused(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    still = Foreseen("acme/1", (Moved("resolution", None, None),), (), ())
    monkeypatch.setattr("starter.commands.ticket.ask", lambda question: OutageRehearsal((still,), 1, 0))
    done = rung("outage", "rehearse", "--service", "pya")
    assert "  resolution stands still already" in done.stdout.splitlines()
    assert "warning: a declaration would be refused: service 'pya' is unknown (did you mean 'pay'?)" in done.stderr
    assert rung("outage", "rehearse", "--service", "pay").stderr == ""


def test_more_tickets_than_one_may_stop_alone_need_a_name(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare = ("outage", "declare", "INC-7", "--service", "pay")
    monkeypatch.setenv("RUNG_OUTAGE_LIMIT", "1")
    assert rung(*declare).exit_code == 0
    asyncio.run(one_more())
    larger = ("outage", "declare", "INC-8", "--service", "pay")
    said = refused(*larger)
    assert "it covers 2 open tickets, and more than 1 (RUNG_OUTAGE_LIMIT) need somebody who stands for it" in said
    assert "--approved-by NAME" in said
    assert registry(lambda outages: outages.one("INC-8")) is None
    done = rung(*larger, "--approved-by", "dana", "--json")
    assert json.loads(done.stdout)["approved_by"] == "dana"
    found = registry(lambda outages: outages.one("INC-8"))
    assert found is not None
    assert found.approved_by == "dana"


async def one_more() -> None:
    journal = SqlJournal(URL)
    await journal.append([], replace(card("3", datetime.now(UTC)), service="pay", region="kr", state="ok"))
    await journal.close()


def test_stakeholders_need_a_priority_which_says_how_often(tickets: Path) -> None:
    told = ("--stakeholders", "executives, customer-relations,executives")
    assert "give the priority: P1 to P4" in unfit(*DECLARE, *told)
    assert "priority 'P9' is unknown" in unfit(*DECLARE, *told, "--priority", "P9")
    done = rung(*DECLARE, *told, "--priority", "p2")
    assert done.exit_code == 0, done.output
    assert "updates  to executives, customer-relations, every 2h" in done.stdout
    found = registry(lambda outages: outages.one("INC-7"))
    assert found is not None
    assert (found.priority, found.stakeholders) == ("P2", ("executives", "customer-relations"))


@pytest.mark.parametrize("language", ["ko", "en", "ja", "es", "fr", "zh"])
def test_the_text_for_customers_names_service_and_times_and_no_reason(tickets: Path, language: str) -> None:
    expected = "2099-03-27T18:00:00+09:00"
    assert rung(*DECLARE, "--occurred-at", SINCE, "--expected-end", expected, "--reason", "secret").exit_code == 0
    said = rung("outage", "status", "INC-7", "--lang", language, "--zone", "Asia/Seoul").stdout
    assert "pay" in said
    assert "16:00" in said
    assert "18:00" in said
    assert "secret" not in said
    assert rung("outage", "end", "INC-7", "--occurred-at", "2026-03-27T17:30:00+09:00").exit_code == 0
    over = rung("outage", "status", "INC-7", "--lang", language, "--zone", "Asia/Seoul").stdout
    assert "17:30" in over
    assert "18:00" not in over


@pytest.mark.parametrize("language", ["ko", "en", "ja", "es", "fr", "zh"])
def test_customers_are_told_of_maintenance_before_it_begins_and_when_it_is_called_off(
    tickets: Path, language: str
) -> None:
    window = ("--from", "2099-03-27T22:00:00+09:00", "--to", "2099-03-28T02:30:00+09:00")
    status = ("outage", "status", "INC-7", "--lang", language, "--zone", "Asia/Seoul")
    assert rung(*DECLARE, *window).exit_code == 0
    planned = rung(*status).stdout
    assert planned.count("\n") == 1
    assert all(word in planned for word in ("pay", "22:00", "02:30"))
    assert rung("outage", "end", "INC-7").exit_code == 0
    off = rung(*status).stdout
    assert ("22:00" in off, "02:30" in off, off.count("\n")) == (True, False, 1)
    assert off != planned


def test_customers_are_told_of_no_wait_where_clocks_run_and_of_no_end_that_has_passed(tickets: Path) -> None:
    past = ("--occurred-at", SINCE, "--expected-end", "2026-03-27T18:00:00+09:00")
    assert rung(*DECLARE, *past, "--effect", "mute_keep_clock").exit_code == 0
    assert rung("outage", "status", "INC-7").stdout == (
        "We know of a disruption of pay since Fri 27 Mar 2026 07:00 UTC. You need not do anything.\n"
        "We cannot name an end yet.\n"
    )


def test_of_what_never_was_customers_are_told_nothing(tickets: Path) -> None:
    rung(*DECLARE, "--occurred-at", SINCE)
    rung("outage", "end", "INC-7", "--occurred-at", "2026-03-27T15:00:00+09:00")
    rung("outage", "end", "INC-8", "--ahead")
    assert "customers of outage INC-7: it ended before it began" in refused("outage", "status", "INC-7")
    assert "customers of outage INC-8: only its end is known so far" in refused("outage", "status", "INC-8")
    assert "--zone 'Mars' is no time zone; write one like Asia/Seoul" in unfit(
        "outage", "status", "INC-7", "--zone", "Mars"
    )


def test_maintenance_ends_when_it_was_planned_to_and_cannot_be_extended(tickets: Path) -> None:
    rung(*DECLARE, "--from", "2099-03-27T22:00:00+09:00", "--to", "2099-03-27T23:00:00+09:00")
    said = refused("outage", "extend", "INC-7", "--expected-end", "2099-03-27T23:30:00+09:00")
    assert "maintenance INC-7 ends as planned; declare the rest as another one" in said
    stands = registry(lambda rows: rows.one("INC-7"))
    assert stands is not None
    assert stands.expected == 0


def test_a_declaration_after_its_end_says_that_it_is_over(tickets: Path) -> None:
    rung("outage", "end", "INC-7", "--ahead", "--occurred-at", SINCE)
    said = rung(*DECLARE, "--occurred-at", "2026-03-27T15:00:00+09:00").stdout
    assert said.splitlines()[0] == "outage INC-7 is declared, and its end was known before"


def test_what_is_said_otherwise_the_second_time_is_named(tickets: Path) -> None:
    rung(*DECLARE, "--reason", "network")
    again = rung(*DECLARE, "--owner", "duty-manager", "--reason", "disk")
    assert (again.exit_code, again.stderr.splitlines()) == (
        0, ["warning: the owner stays as it was said first (none)", "warning: the reason stays as it was said first (network)"],
    )  # fmt: skip
    assert rung(*DECLARE, "--reason", "network").stderr == ""


def test_a_long_line_of_the_list_goes_on_beneath_its_outage(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    rung(*DECLARE, "--occurred-at", SINCE, "--expected-end", "2099-03-27T18:00:00+09:00")
    first, second, third = rung("outage", "list").stdout.splitlines()
    assert (first.startswith("INC-7  open since"), second[:4], third[:4]) == (True, "    ", "    ")
    assert second.endswith(" UTC")


def test_a_text_in_a_language_that_nobody_has_translated_is_refused(tickets: Path) -> None:
    assert "there are ko, en, ja" in unfit("outage", "status", "INC-7", "--lang", "xx")


def test_a_year_that_may_be_mistyped_is_asked_for_and_can_be_undone(tickets: Path) -> None:
    done = rung(*DECLARE, "--occurred-at", "2001-11-27T10:00:00Z")
    assert (
        done.exit_code,
        "the date right? If not, 'rung outage end INC-7 --occurred-at 2001-11-27T10:00:00Z'" in done.stderr,
    ) == (0, True)
    undone = rung("outage", "end", "INC-7", "--occurred-at", "2001-11-27T10:00:00Z", "--json")
    assert json.loads(undone.stdout)["ended_at"] == "2001-11-27T10:00:00+00:00"
    recent = datetime.now(UTC) - timedelta(days=29)
    again = rung("outage", "declare", "INC-8", "--service", "pay", "--occurred-at", recent.isoformat())
    assert (again.exit_code, again.stderr) == (0, "")
