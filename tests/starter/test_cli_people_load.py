"""`rung people load` and what `rung people check` says of rest, as people and programs see it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.outbox import Planned
from policies.dispatch import ACCEPTED, Outcome
from tests.starter.on_paper import refused, rung

PEOPLE = """
pages_per_week: 2
people:
  lee: {name: Lee, phone: "+82-10-0000-0003", zone: Asia/Seoul, deputy: kim, quiet_hours: ["23:00-06:00"]}
  kim: {name: Kim, email: kim@rung.example, pages_per_week: 40, quiet_hours: ["22:00-07:00"]}
  ann: {name: Ann, phone: "+49 30 0000001", pages_per_week: 0, quiet_hours: ["22:00-07:00"], quiet_channels: [phone]}
teams:
  seoul: {lead: lee, members: [kim, lee], slack: "https://chat.example/seoul"}
"""


@pytest.fixture
def people(alone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = alone / "people.yaml"
    file.write_text(PEOPLE, encoding="utf-8")
    monkeypatch.setenv("RUNG_PEOPLE", str(file))
    return file


@pytest.fixture
def paged(people: Path) -> None:
    """lee had three pages, one of them through two channels, kim one; one of lee's is eight days old."""
    folder = people.parent / ".rung"
    folder.mkdir()
    url = f"sqlite:///{folder}/rung.db"
    migrate(url)

    async def send() -> None:
        outbox = SqlOutbox(url)
        now = datetime.now(UTC)
        for ticket, person, channel, days in (
            ("1", "lee", "sms", 1), ("1", "lee", "phone", 1), ("2", "lee", "sms", 2), ("3", "lee", "sms", 8),
            ("1", "kim", "email", 1),
        ):  # fmt: skip
            at, rung_key = now - timedelta(days=days), f"acme/{ticket}/resolution.1/half"
            key = f"{rung_key}/{person}/{channel}"
            await outbox.turn(Planned(key, "acme", ticket, rung_key, "page", person, channel), at)
            await outbox.note(key, Outcome(ACCEPTED, "twilio", ticket), at, settled=True)
        await outbox.close()

    asyncio.run(send())


@pytest.mark.usefixtures("paged")
def test_everybodys_pages_of_seven_days_stand_against_their_budget() -> None:
    result = rung("people", "load")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Person", "Pages", "in", "7", "days", "Budget", "More", "go", "to"],
        ["lee", "2", "2", "kim,", "now"],
        ["kim", "1", "40", "kim", "all", "the", "same"],
        ["ann", "0", "-", "-"],
    ]


@pytest.mark.usefixtures("paged")
def test_programs_get_the_same() -> None:
    assert json.loads(rung("people", "load", "--json").stdout) == {
        "days": 7,
        "people": [
            {"person": "lee", "pages": 2, "budget": 2, "used_up": True, "deputy": "kim"},
            {"person": "kim", "pages": 1, "budget": 40, "used_up": False, "deputy": ""},
            {"person": "ann", "pages": 0, "budget": None, "used_up": False, "deputy": ""},
        ],
    }


@pytest.mark.usefixtures("people")
def test_without_a_store_the_next_step_is_told() -> None:
    result = rung("people", "load")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no journal at .rung/rung.db; 'rung up' or 'rung worker' makes it" in " ".join(result.stderr.split())


def test_a_people_file_with_faults_is_refused_before_anything_is_read(people: Path) -> None:
    people.write_text(PEOPLE.replace("pages_per_week: 2", "pages_per_week: two"), encoding="utf-8")
    assert refused("people", "load").startswith("error: people.yaml:2  pages_per_week: 'two' is no number of pages")


@pytest.mark.usefixtures("people")
def test_the_check_names_rest_that_nobody_stands_in_for() -> None:
    found = json.loads(rung("people", "check", "--json").stdout)
    assert found["quiet_hours"] == ["lee", "kim", "ann"]
    assert found["pages_per_week"] == {"lee": 2, "kim": 40}
    assert found["warnings"][-2:] == [
        "quiet_hours of kim hold no page back: nobody stands in; name a `deputy`",
        "pages_per_week of kim hold no page back: nobody stands in; name a `deputy`",
    ]
