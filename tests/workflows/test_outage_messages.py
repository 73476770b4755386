"""What outages and rules of maintenance are told past the desk, in the Temporal UI or by another program.

No slip of it wedges one: what makes no sense is refused before the registry has it, where nothing can be taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from policies.outage import Outage, Scope
from starter.gateway import Refused
from starter.maintenance import BadMaintenance, MaintenanceDesk
from starter.outages import BadOutage
from tests.support.stage import Stage
from tests.workflows.test_maintenance import Planned, rule
from tests.workflows.test_outage import HOUR, NOON, outage
from workflows.contract import MaintenanceStop, OutageEnd, OutageExtension, outage_workflow_id
from workflows.maintenance import AHEAD

IN_MILLISECONDS = NOON * 1_000


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ("end", OutageEnd(IN_MILLISECONDS, "lee")),
        ("end", OutageEnd(-1, "lee")),
        ("end", OutageEnd(NOON + HOUR, "l" * 201)),
        ("end", OutageEnd(NOON + HOUR, "lee\0")),
        ("extend", OutageExtension(IN_MILLISECONDS)),
        ("extend", OutageExtension(-1)),
    ],
    ids=[
        "ends in milliseconds",
        "ends before 1970",
        "a long name",
        "a NUL",
        "extended in milliseconds",
        "extended before 1970",
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    stage: Stage, update: str, said: Any, request: pytest.FixtureRequest
) -> None:
    id = f"SLIP-{request.node.callspec.id.replace(' ', '-')}"
    declared = outage(id, "slip", NOON)
    await stage.desk.declare(declared, ahead=True)
    handle = stage.client.get_workflow_handle(outage_workflow_id(id))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(update, said)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "Refused"
    assert stage.world.outages.rows[id] == declared
    await stage.desk.end(id, NOON + HOUR)
    assert stage.world.outages.rows[id].ended_at == NOON + HOUR


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": IN_MILLISECONDS},
        {"since": 0},
        {"since": -5},
        {"planned_end": IN_MILLISECONDS},
        {"effect": "explode"},
        {"reason": "\0"},
    ],
    ids=["milliseconds", "no-beginning", "before-1970", "ends-in-milliseconds", "effect", "NUL"],
)
async def test_a_declaration_that_makes_no_sense_is_refused_and_changes_nothing(
    stage: Stage, wrong: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    id = f"SLIPPED-{request.node.callspec.id}"
    said = Outage(**{"id": id, "scope": Scope(("slip",)), "since": NOON, **wrong})
    with pytest.raises(Refused):
        await stage.desk._say(id, "declare", said)
    assert id not in stage.world.outages.rows
    await stage.desk.declare(outage(id, "slip", NOON), ahead=True)
    assert stage.world.outages.rows[id].since == NOON


@pytest.mark.parametrize("by", ["k" * 201, "kim\0"], ids=["long", "NUL"])
async def test_a_name_that_no_registry_takes_stops_no_rule_and_the_right_one_withdraws(
    stage: Stage, by: str, request: pytest.FixtureRequest
) -> None:
    """Accepted it would be tried for ever, and the window that was to be withdrawn would stop its clocks."""
    one = await Planned(stage, rule(f"MW-9-{request.node.callspec.id}")).plan()
    first = one.windows[0]
    await one.forward(first.since - AHEAD)
    with pytest.raises(WorkflowUpdateFailedError):
        await one.handle.execute_update("stop", MaintenanceStop(by))
    with pytest.raises((BadMaintenance, Refused)):
        await one.desk.stop(one.said.id, by)
    assert (await one.show()).stopped_at == 0
    await one.desk.stop(one.said.id, "kim")
    await one.settle()
    assert one.rows == {first.id: replace(first, ended_at=first.since, ended_by="kim")}


async def test_a_name_in_a_broken_encoding_is_a_fault_of_what_was_written(stage: Stage) -> None:
    await stage.desk.declare(outage("SLIP-name", "slip", NOON), ahead=True)
    with pytest.raises(BadOutage, match="not readable text"):
        await stage.desk.end("SLIP-name", NOON + HOUR, "lee\udcff")
    with pytest.raises(BadMaintenance, match="not readable text"):
        await MaintenanceDesk(stage.desk).stop("MW-9-name", "lee\udcff")
    told = rule("MW-9-name")
    with pytest.raises(BadMaintenance, match="reason is not readable text"):
        await MaintenanceDesk(stage.desk).plan(replace(told, outage=replace(told.outage, reason="\udcff")), early=True)
