"""Pages that nothing fires any more: what was called back comes again, and another outage may have begun unheard.

Only the registry is written, so that nobody tells the ticket.
"""

from __future__ import annotations

from dataclasses import replace

from activities.ports import Unreachable
from tests.support.stage import Stage
from tests.workflows.test_outage import HALF, HOUR, MINUTE, Watched, outage


async def called_back(stage: Stage, id: str) -> Watched:
    """The SMS of half of the time was under way when the customer was waited for."""
    one, before = await Watched(stage, id).open(), stage.world.fault

    def down(kind: str, key: str) -> Exception | None:
        return Unreachable("connection refused") if kind in ("sms", "phone", "email") and id in key else None

    stage.world.fault = down
    try:
        await one.forward(HALF + 30)
        await one.send("pause", {"reason": "customer"})
    finally:
        stage.world.fault = before
    assert one.arrived == ["half/flag"]
    assert len(await one.lines("withdrawn")) == 1
    return one


async def test_a_page_that_comes_again_after_a_pause_asks_for_outages_first(stage: Stage) -> None:
    one = await called_back(stage, "recalled")
    since = HALF + 5 * MINUTE
    await one.forward(since)
    declared = stage.world.outages.rows["RC-1"] = outage("RC-1", "recalled", since)
    await one.forward(since + 5 * MINUTE)
    await one.send("resume", {"reason": "customer"})
    await one.forward(since + 20 * MINUTE)
    assert one.arrived == ["half/flag"]
    assert (await one.standing())["paused_by"] == ["outage:RC-1"]
    stage.world.outages.rows["RC-1"] = replace(declared, ended_at=since + HOUR)
    await one.forward(since + HOUR)
    await one.send("poke")
    await one.forward(since + HOUR + MINUTE)
    assert one.arrived == ["half/flag", "half/kim/sms"]


async def test_it_comes_with_the_end_of_one_outage_only_when_no_other_has_begun(stage: Stage) -> None:
    one = await called_back(stage, "recalled-twice")
    since = HALF + 5 * MINUTE
    await one.forward(since)
    first = stage.world.outages.rows["RC-2"] = outage("RC-2", "recalled-twice", since)
    await one.send("outage", first)
    await one.send("resume", {"reason": "customer"})
    second = stage.world.outages.rows["RC-3"] = outage("RC-3", "recalled-twice", since + MINUTE)
    await one.forward(since + 5 * MINUTE)
    over = stage.world.outages.rows["RC-2"] = replace(first, ended_at=since + 5 * MINUTE)
    await one.send("outage", over)
    await one.forward(since + 20 * MINUTE)
    assert one.arrived == ["half/flag"]
    stage.world.outages.rows["RC-3"] = replace(second, ended_at=since + HOUR)
    await one.forward(since + HOUR)
    await one.send("poke")
    await one.forward(since + HOUR + MINUTE)
    assert one.arrived == ["half/flag", "half/kim/sms"]


async def test_a_registry_that_is_away_holds_no_page_up_that_comes_again(stage: Stage) -> None:
    one = await called_back(stage, "recalled-away")
    stage.world.outages.fail_next(Unreachable("journal (sqlite) cannot be reached"))
    await one.send("resume", {"reason": "customer"})
    await one.forward(HALF + 10 * MINUTE)
    assert one.arrived == ["half/flag", "half/kim/sms"]
    assert len(await one.lines("unasked")) == 1
