"""`python -m tests.replay.record`: play interesting moments on a real server and keep their histories.

A recording is a promise: tickets with such a history may be open somewhere, so the code must replay it. Record again
only when the build number in `workflows/contract.py` is raised; add recordings freely.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from activities.ports import Busy, Refused, Unreachable
from policies.outage import MUTE, REPRIORITISE, Outage, Scope
from policies.ticket import Ticket
from starter.virtual_time import settle
from tests.support.histories import open_ticket, runs_of
from tests.support.scenarios import load, scenario_files
from tests.support.stage import Play, Stage, moment
from workflows.contract import outage_workflow_id

HISTORIES = Path(__file__).parent / "histories"
OUTAGES = Path(__file__).parent / "outages"
"""Histories of outages, not of tickets."""
CALLED_BACK = "called-back-by-a-mute"
"""No scenario: no time line can say that a page is still on its way."""
Fault = Callable[[str, str], Exception | None]


@dataclass(frozen=True)
class Moment:
    """What is recorded: a scenario, perhaps with a limit of events a run, or a world that fails."""

    name: str
    scenario: str
    history_limit: int = 2_000
    fault: Fault = lambda kind, key: None
    outages: tuple[Outage, ...] = ()
    """In the registry from the start; nobody tells the ticket of them."""
    told: tuple[Outage, ...] = ()
    """The ticket is told of these when it opens: it hears of what has happened by then."""


def no_sms(kind: str, key: str) -> Exception | None:
    """A provider that says no for good."""
    return Refused("the number is barred") if kind == "sms" else None


def only_mail(kind: str, key: str) -> Exception | None:
    """Who has a telephone is not reached, who has a mail address is."""
    return Refused("the number is barred") if kind in ("sms", "phone", "slack") else None


def mail_is_away(kind: str, key: str) -> Exception | None:
    """A mail server that never answers."""
    return Unreachable("no route to the mail server") if kind == "email" and "customer" not in key else None


def sms_is_slow(kind: str, key: str) -> Exception | None:
    """A provider that asks for two minutes, again and again."""
    return Busy("not so fast", 120) if kind == "sms" else None


def phone_is_slow(kind: str, key: str) -> Exception | None:
    """A telephone that asks for two minutes and a half, again and again."""
    return Busy("later", 150) if kind == "phone" else None


def no_registry(kind: str, key: str) -> Exception | None:
    """The database of the outages is away."""
    return Unreachable("no route to the database") if kind == "outages" else None


OPENED = int(datetime(2026, 3, 27, 7, 0, tzinfo=UTC).timestamp())
"""When `gold-high-friday` is opened."""
OUTAGE = Outage("INC-7", since=OPENED + 600, ended_at=OPENED + 1_200, declared_by="lee")
MOMENTS = (
    Moment("breach-credit-and-review", "gold-high-friday"),
    Moment("paused-over-a-public-holiday", "silver-medium-seollal"),
    Moment("retargeted-into-breach", "bronze-low-vendor"),
    Moment("continued-as-new", "gold-high-friday", history_limit=50),
    Moment("taken-up-after-the-breach", "taken-up-after-the-breach"),
    Moment("resume-before-its-pause", "resume-before-its-pause"),
    Moment("duplicates", "duplicates-are-dropped"),
    Moment("escalated-by-hand", "escalated-by-hand"),
    Moment("snoozed", "snoozed-until-the-next-rung"),
    Moment("waived", "waived"),
    Moment("migrated", "migrated"),
    Moment("acknowledgement-second-round", "acknowledgement-second-round"),
    Moment("nobody-is-there", "nobody-is-there"),
    Moment("reopened-after-grace", "reopened-after-grace"),
    Moment("undelivered", "gold-high-friday", fault=no_sms),
    Moment("continued-as-new-short-form", "gold-high-friday", history_limit=50),
    Moment("continued-in-a-fresh-task", "gold-high-friday", history_limit=50),
    Moment("fallen-back-to-the-catch-all", "ladder-in-one-day", fault=only_mail),
    Moment("credit-approved", "approval-refused"),
    Moment("action-items", "action-items"),
    Moment("withdrawn-while-the-mail-server-is-away", "ladder-in-one-day", fault=mail_is_away),
    Moment("asks-outages-before-it-fires", "gold-high-friday", outages=(OUTAGE,)),
    Moment(
        "told-of-an-outage",
        "gold-high-friday",
        told=(replace(OUTAGE, since=OPENED, ended_at=0), replace(OUTAGE, since=OPENED, ended_at=OPENED + 1)),
    ),
    Moment(
        "opened-muted",
        "gold-high-friday",
        outages=(replace(OUTAGE, since=OPENED, ended_at=OPENED + 18_000, effect=MUTE),),
    ),
    Moment(
        "reprioritised-by-an-outage",
        "gold-high-friday",
        outages=(replace(OUTAGE, effect=REPRIORITISE, urgency="critical"),),
    ),
    Moment("page-comes-again-after-a-pause", "pause-after-50", fault=sms_is_slow),
    Moment("asks-before-a-page-comes-again", "pause-after-50", fault=sms_is_slow),
    Moment("outages-cannot-be-asked", "gold-high-friday", fault=no_registry),
)


async def record(moment: Moment) -> list[Path]:
    """Play it on a stage of its own; returns the files written, one a run."""
    path = next(path for path in scenario_files() if path.stem == moment.scenario)
    scenario = load(path)
    scenario = replace(scenario, ticket=replace(scenario.ticket, tenant="recorded"))
    async with Stage() as stage:
        stage.world.fault = stage.world.outages.fault = moment.fault
        for outage in moment.outages:
            await stage.world.outages.keep(outage)
        play = Play(stage, scenario, moment.history_limit, moment.told)
        await play.play()
        return await kept(stage, play.handle.id, lambda number: HISTORIES / f"{moment.name}.{number}.json")


async def record_outage() -> Path:
    """Declared, extended, its owner reminded, ended, looked back on: the life of an outage itself.

    The same life of older builds: `declared-and-ended.json` told the end in three parts, `end-told-once.json` had no review.
    """
    target = OUTAGES / "reviewed.json"
    async with Stage() as stage:
        declared = replace(OUTAGE, ended_at=0, expected=OPENED + 900, owner="lee")
        declared = replace(declared, priority="P1", stakeholders=("executives",))
        await stage.desk.declare(declared, everything=True, ahead=True)
        handle = stage.client.get_workflow_handle(outage_workflow_id(OUTAGE.id))
        for step in (
            lambda: stage.desk.extend(OUTAGE.id, OPENED + 1_000),
            lambda: stage.desk.end(OUTAGE.id, OPENED + 1_200),
        ):
            await settle(handle)
            await step()
        await handle.result()
        history = await handle.fetch_history()
    kept = without_traces(json.loads(history.to_json()))
    target.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return target


async def record_called_back() -> Path:
    """A page that is still on its way is called back by a mute, goes out after it, and its level has its time anew."""
    target = HISTORIES / f"{CALLED_BACK}.1.json"
    ticket = Ticket("called-back", "recorded", tier="gold", urgency="high", service="muted", team="seoul")
    mute = Outage("INC-9", Scope(services=("muted",)), since=OPENED + 60, effect=MUTE)
    async with Stage() as stage:
        stage.world.fault = phone_is_slow
        workflow = await open_ticket(stage, ticket, "answer.v1", OPENED)
        handle = stage.client.get_workflow_handle(workflow)
        shift = await handle.query("clock")
        for at, news in ((60, mute), (1_800, replace(mute, ended_at=OPENED + 1_800))):
            await settle(handle)
            await stage.time.to(workflow, moment(OPENED + at - shift))
            stage.world.fault = phone_is_slow if news is mute else lambda kind, key: None
            await handle.signal("outage", news)
        await settle(handle)
        await stage.time.to(workflow, moment(OPENED + 3_600 - shift))
        await settle(handle)
        [history] = await runs_of(stage.client, workflow)
    target.write_text(json.dumps(without_traces(json.loads(history.to_json())), indent=2) + "\n", encoding="utf-8")
    return target


async def kept(stage: Stage, workflow: str, target: Callable[[int], Path]) -> list[Path]:
    """The histories of all its runs, each in the file that `target` gives for its number."""
    written = []
    for number, history in enumerate(await runs_of(stage.client, workflow), 1):
        path = target(number)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(without_traces(json.loads(history.to_json())), indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def without_traces(value: Any) -> Any:
    """Stack traces name folders of the machine that recorded them, and replay does not need them."""
    if isinstance(value, dict):
        return {name: without_traces(item) for name, item in value.items() if name != "stackTrace"}
    return [without_traces(item) for item in value] if isinstance(value, list) else value


async def main(wanted: list[str]) -> None:
    HISTORIES.mkdir(exist_ok=True)
    OUTAGES.mkdir(exist_ok=True)
    if not wanted or "outage" in wanted:
        await record_outage()
    if not wanted or CALLED_BACK in wanted:
        await record_called_back()
    for one in MOMENTS:
        if not wanted or one.name in wanted:
            for path in await record(one):
                sys.stdout.write(f"{path.name}  {path.stat().st_size // 1024} kB\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    sys.stdout.flush()
    os._exit(0)
