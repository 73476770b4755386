"""`rung ticket show` tells what became of each message, as the outbox has it; without an outbox it shows the rest."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.adapters.sql import migrate
from activities.adapters.sql_outbox import SqlOutbox
from activities.outbox import Planned
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, QUIET, Outcome
from tests.starter.on_paper import PAUSED, PaperGateway, rung

NINE = datetime(2026, 3, 31, 0, 0, tzinfo=UTC)
URL = "sqlite:///.rung/rung.db"


@pytest.fixture(autouse=True)
def paper(alone: Path, monkeypatch: pytest.MonkeyPatch) -> PaperGateway:
    monkeypatch.setattr("starter.commands.ticket.now", lambda: int(datetime(2026, 4, 1, tzinfo=UTC).timestamp()))
    made = PaperGateway.of(PAUSED)

    async def reached(settings: object) -> PaperGateway:
        return made

    monkeypatch.setattr("starter.connection.gateway", reached)
    return made


def page(channel: str, ticket: str = "4711", rung_name: str = "half") -> Planned:
    name = f"default/{ticket}/resolution.1/{rung_name}"
    return Planned(f"{name}/kim/{channel}", "default", ticket, name, "page", "kim", channel, content="{}")


async def a_refused_text_a_call_and_a_bundle() -> None:
    await asyncio.to_thread(migrate, URL)
    outbox = SqlOutbox(URL, window=60)
    await outbox.turn(page("sms"), NINE)
    await outbox.note(page("sms").key, Outcome(FAILED, "twilio", "SM1", "twilio says undelivered"), NINE)
    await outbox.turn(page("phone"), NINE)
    await outbox.note(page("phone").key, Outcome(DELIVERED, "twilio2", "CA1"), NINE + timedelta(seconds=60))
    await outbox.turn(page("email", "other"), NINE)
    for ticket in ("4711", "4712"):
        await outbox.turn(page("email", ticket), NINE + timedelta(seconds=1))
    for ticket in ("4711", "4712"):
        await outbox.turn(page("email", ticket), NINE + timedelta(seconds=60))
    turn = await outbox.turn(page("email"), NINE + timedelta(seconds=60 + QUIET))
    await outbox.note(turn.key, Outcome(ACCEPTED, "smtp", "<id>"), NINE + timedelta(seconds=120), settled=True)
    await outbox.close()


def test_show_tells_what_became_of_each_message(alone: Path) -> None:
    (alone / ".rung").mkdir()
    asyncio.run(a_refused_text_a_call_and_a_bundle())
    lines = [" ".join(line.split()) for line in rung("ticket", "show", "4711").stdout.splitlines()]
    assert lines[lines.index("Message State Since By") + 1 :] == [
        "phone to kim delivered Tue 31 Mar 09:01 twilio2",
        "sms to kim failed Tue 31 Mar 09:00 twilio: twilio says undelivered",
        "email to kim accepted Tue 31 Mar 09:02 smtp, in a bundle of 2",
    ]


def test_show_tells_it_to_programs_too(alone: Path) -> None:
    (alone / ".rung").mkdir()
    asyncio.run(a_refused_text_a_call_and_a_bundle())
    _, text, mail = json.loads(rung("ticket", "show", "4711", "--json").stdout)["messages"]
    assert text == {
        "key": "default/4711/resolution.1/half/kim/sms", "person": "kim", "channel": "sms", "state": "failed",
        "provider": "twilio", "reference": "SM1", "reason": "twilio says undelivered",
        "at": "2026-03-31T09:00:00+09:00", "due": "2026-03-31T09:00:00+09:00", "bundle": "", "bundle_size": 1,
    }  # fmt: skip
    bundle = f"default/bundle.{int(NINE.timestamp()) + 60}/kim/email"
    assert (mail["state"], mail["bundle"], mail["bundle_size"]) == ("accepted", bundle, 2)


def test_without_an_outbox_the_ticket_is_shown_all_the_same(alone: Path) -> None:
    assert json.loads(rung("ticket", "show", "4711", "--json").stdout)["messages"] == []
    assert not (alone / ".rung").exists()
