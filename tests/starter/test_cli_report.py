"""`rung ticket report`: for open tickets and for those that only the journal knows; a filled-in file is not overwritten."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.adapters.sql import SqlJournal, migrate
from activities.ports import Card, Line
from tests.starter.on_paper import RESUMED, PaperGateway, refused, rung, unfit

OPENED = datetime(2026, 3, 27, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def paper(alone: Path, monkeypatch: pytest.MonkeyPatch) -> PaperGateway:
    one = PaperGateway.of(RESUMED)

    async def reached(settings: object) -> PaperGateway:
        return one

    monkeypatch.setattr("starter.connection.gateway", reached)
    return one


def keep(lines: list[Line], state: str = "closed") -> None:
    """A journal with one ticket."""
    card = Card(
        "default", "4711", "ticket/default/4711", "", 9, state, "VPN is down", "gold", "high", "P2", "vpn", "support",
        "kim", "standard.v1", 2, OPENED, None, None, ("resolution",),
    )  # fmt: skip

    async def kept() -> None:
        journal = SqlJournal("sqlite:///.rung/rung.db")
        await journal.append(lines, card)
        await journal.close()

    Path(".rung").mkdir(exist_ok=True)
    migrate("sqlite:///.rung/rung.db")
    asyncio.run(kept())


def line(number: int, kind: str, text: str, hours: int) -> Line:
    return Line(f"default/4711/{number}", "default/4711", OPENED + timedelta(hours=hours), kind, text)


def test_an_open_ticket_is_reported_by_its_own_word() -> None:
    result = rung("ticket", "report", "4711", "--cost-per-minute", "100")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Review of ticket 4711: VPN is down in the Seoul office\n")
    assert "  - stood still (customer) from Fri 27 Mar 2026 17:30 to Mon 30 Mar 2026 09:00" in result.stdout
    assert "(4,065 minutes at 100)" in result.stdout
    assert "warning: without the journal: no journal at .rung/rung.db" in result.stderr


def test_a_ticket_that_temporal_has_forgotten_is_reported_from_the_journal(paper: PaperGateway) -> None:
    paper.answers = False
    keep([line(0, "fired", "resolution-75 L2: sms team-lead", 5), line(1, "event", "resolved by kim", 8),
          line(2, "event", "reopened", 9), line(3, "event", "resolved by lee", 10),
          line(4, "event", "closed", 12)])  # fmt: skip
    result = rung("ticket", "report", "4711", "--json")
    told = json.loads(result.stdout)
    assert (told["state"], told["broken"], told["promises"]) == ("closed", ["resolution"], [])
    assert told["solved_at"] == "2026-03-28T02:00:00+09:00"
    assert told["time_line"][0]["text"] == "resolution-75 L2: sms team-lead"
    assert told["warnings"] == [
        "the ticket does not answer: this is what the journal has, without the reckoning of its promises"
    ]


def test_nobody_knows_it(paper: PaperGateway) -> None:
    paper.answers = False
    assert "nobody knows a ticket default/4712" in refused("ticket", "report", "4712")


def test_the_journal_s_older_lines_come_before_what_the_ticket_remembers() -> None:
    keep([line(0, "fired", "a line that the ticket has let go", 0)], "ok")
    texts = [one["text"] for one in json.loads(rung("ticket", "report", "4711", "--json").stdout)["time_line"]]
    assert texts.count("a line that the ticket has let go") == 1
    assert "pause customer" in texts


def test_a_file_is_written_and_never_overwritten_unasked(alone: Path) -> None:
    result = rung("ticket", "report", "4711", "--out", "review.md")
    assert "review.md: " in result.stdout
    text = Path("review.md").read_text(encoding="utf-8")
    assert text.startswith("# Review of ticket 4711")
    Path("review.md").write_text("filled in", encoding="utf-8")
    assert "review.md is there already, perhaps filled in" in unfit("ticket", "report", "4711", "--out", "review.md")
    assert Path("review.md").read_text(encoding="utf-8") == "filled in"
    rung("ticket", "report", "4711", "--out", "review.md", "--force")
    assert Path("review.md").read_text(encoding="utf-8") == text


def test_a_file_that_cannot_be_written_is_told() -> None:
    assert "nowhere/review.md cannot be written" in refused("ticket", "report", "4711", "--out", "nowhere/review.md")
