"""An outage by HTTP on a real server: tickets stand still and go on, and what could not be kept is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from policies.outage import Outage
from starter.api.application import api
from starter.api.callers import Callers
from starter.api.outages import PLACE, Room
from starter.server import free_port
from starter.webhooks.doors import Doors
from starter.webhooks.router import application
from starter.webhooks.serving import served
from tests.support.stage import Stage, moment
from tests.workflows.test_outage import HALF, HOUR, MINUTE, NOON, Watched, pause, told

TOKEN = "monitor-token-0123456789"
OUTAGES = f"{PLACE}/outages"


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    doors: Any = Doors(SimpleNamespace(), SimpleNamespace(), "")  # type: ignore[arg-type]

    async def nobody(_: str) -> str:
        return ""

    app = application(doors, nobody, api(Room(stage.desk, stage.gateway), Callers([("monitor", TOKEN)])))
    url = f"http://127.0.0.1:{(port := free_port())}"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        served(app, port),
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as client,
    ):
        yield client


def declaration(id: str, since: int, **more: Any) -> dict[str, Any]:
    return {"id": id, "scope": {"services": [id]}, "occurred_at": moment(since).isoformat(), **more}


async def test_declared_by_http_the_tickets_stand_still_until_it_ends(stage: Stage, browser: httpx.AsyncClient) -> None:
    inside, outside = await Watched(stage, "http", "H-1").open(), await Watched(stage, "http-out").open()
    for ticket in (inside, outside):
        await ticket.forward(NOON + MINUTE)
        await ticket.send("poke")  # a ticket's own clock stands at its last task
    body = declaration("H-1", NOON, by="lee")
    rehearsed = await browser.post(
        f"{OUTAGES}/rehearse", json={"scope": body["scope"], "occurred_at": body["occurred_at"]}
    )
    assert [one["ticket"] for one in rehearsed.json()["tickets"]] == ["outages/http"]
    assert "H-1" not in stage.world.outages.rows

    declared = await browser.post(OUTAGES, json=body)
    assert (declared.status_code, declared.json()["state"], declared.json()["already"]) == (201, "open", False)
    assert (await browser.post(OUTAGES, json=body)).status_code == 200
    await told(stage, "H-1", 1)
    shown = (await browser.get(f"{OUTAGES}/H-1")).json()
    assert (shown["told"] >= 1, shown["failed"], shown["declared_by"]) == (True, 0, "lee (monitor)")
    for ticket in (inside, outside):
        await ticket.forward(HALF + HOUR)
    assert (inside.arrived, "half/kim/sms" in outside.arrived) == ([], True)

    ended = await browser.post(f"{OUTAGES}/H-1/end", json={"occurred_at": moment(HALF + HOUR).isoformat()})
    assert (ended.status_code, ended.json()["state"], ended.json()["ended_by"]) == (200, "ended", "monitor")
    await told(stage, "H-1", 1, "told_end")
    await inside.settle()
    assert await inside.dues() == inside.by_the_core(*pause(NOON, HALF + HOUR))
    assert await outside.lines("event") == []
    report = (await browser.get(f"{OUTAGES}/H-1/report")).json()
    assert [one["ticket"] for one in report["tickets"]] == ["outages/http"]


async def test_of_eight_that_declare_at_once_one_is_answered_with_201(stage: Stage, browser: httpx.AsyncClient) -> None:
    bodies = [declaration("H-2", NOON, ahead=True, effect=effect) for effect in ("pause_clock", "mute_keep_clock") * 4]
    answers = await asyncio.gather(*(browser.post(OUTAGES, json=body) for body in bodies))
    stands = stage.world.outages.rows["H-2"]
    codes = {effect: sorted(one.status_code for one, body in zip(answers, bodies, strict=True) if body["effect"] == effect)
             for effect in ("pause_clock", "mute_keep_clock")}  # fmt: skip
    assert codes.pop(stands.effect) == [200, 200, 200, 201]
    assert codes.popitem()[1] == [409] * 4


async def test_without_workers_it_is_asked_to_come_again_and_then_counts_from_when_it_happened(
    stage: Stage, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await Watched(stage, "later", "H-3").open()
    await one.forward(NOON + MINUTE)
    await stage.send_crew_away()
    try:
        with monkeypatch.context() as hasty:
            for place in ("saying", "crowd"):
                hasty.setattr(f"starter.{place}.ANSWER_WITHIN", timedelta(seconds=1))
            answers = [
                await browser.post(OUTAGES, json=declaration("H-3", NOON, ahead=ahead)) for ahead in (True, False)
            ]
        assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers] == [(503, "10")] * 2
        assert "does not answer" in answers[0].json()["detail"]
    finally:
        await stage.call_crew()
    assert (await browser.post(OUTAGES, json=declaration("H-3", NOON))).status_code in (200, 201)
    await told(stage, "H-3", 1)
    await one.settle()
    found: Outage = stage.world.outages.rows["H-3"]
    assert (found.since, await one.dues()) == (NOON, one.by_the_core(*pause(NOON)))
