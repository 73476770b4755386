"""Outages by HTTP: for monitoring that declares and ends them, and for pages that show how they stand.

The desk is the command line's, and so is every word of an answer. Must never answer before the registry has it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request, Response

from policies.outage import Outage
from policies.outage_report import cost_of
from starter.api.bodies import Declared, Ended, Extended, Rehearsed, said_by
from starter.api.callers import Caller
from starter.api.problems import spoken
from starter.declaring import agreed, doubtful, ended_at, expected_at, kept, utc_now
from starter.gateway import Gateway
from starter.outage_rehearsing import rehearse
from starter.outages import Desk
from starter.showing import outages as showing

PLACE = "/api/v1"
Limit = Annotated[int, Query(ge=1, le=1000)]
Cost = Annotated[int, Query(ge=0, le=1_000_000_000)]
log = structlog.get_logger("api")


async def nobody_is_a_stranger(_: Outage) -> list[str]:
    return []


@dataclass(frozen=True)
class Room:
    """What the calls are answered from; `strangers` are the names of an outage that the directory does not know."""

    desk: Desk
    gateway: Gateway
    strangers: Callable[[Outage], Awaitable[list[str]]] = nobody_is_a_stranger
    costs: Mapping[str, int] = field(default_factory=dict)
    """Of a minute, by service."""
    now: Callable[[], datetime] = utc_now

    @property
    def at(self) -> int:
        return int(self.now().timestamp())


def outages() -> APIRouter:
    """`/outages` and what is beneath it."""
    router = APIRouter(prefix="/outages")
    router.add_api_route("", declare, methods=["POST"])
    router.add_api_route("", list_outages, methods=["GET"])
    router.add_api_route("/rehearse", rehearse_one, methods=["POST"])
    router.add_api_route("/{id}", show, methods=["GET"])
    router.add_api_route("/{id}/end", end, methods=["POST"])
    router.add_api_route("/{id}/extend", extend, methods=["POST"])
    router.add_api_route("/{id}/report", report, methods=["GET"])
    return router


async def declare(request: Request, response: Response, body: Declared, caller: Caller) -> dict[str, Any]:
    """201 the first time, 200 with `already` for the same again, 409 for another under this id."""
    room = room_of(request)
    written = body.written(caller)
    outage = written.outage(room.now())
    answer = await room.desk.declare(outage, body.all, body.ahead)
    agreed(written, outage, answer, showing.briefly(answer.outage, room.at))
    log.info("declared", outage=outage.id, caller=caller, already=answer.already)
    response.status_code = 200 if answer.already else 201
    response.headers["Location"] = f"{PLACE}/outages/{outage.id}"
    warnings = [*await room.strangers(outage), *kept(outage, answer), *doubtful(outage, room.now())]
    return {"already": answer.already, **showing.data(answer.outage, room.at), "warnings": warnings}


async def list_outages(request: Request, limit: Limit = 50) -> dict[str, Any]:
    """The newest first."""
    room = room_of(request)
    return {"outages": [showing.data(outage, room.at) for outage in await room.desk.known(limit)]}


async def show(request: Request, id: str) -> dict[str, Any]:
    """What stands, and how far the telling has come; the counts are null when its workflow does not answer."""
    room = room_of(request)
    found = await room.desk.progress(id)
    return {**showing.data(found.outage, room.at), **showing.telling(found)}


async def end(request: Request, id: str, body: Ended, caller: Caller) -> dict[str, Any]:
    """Ending it again changes nothing and says `already`."""
    room = room_of(request)
    at = ended_at(body.occurred_at, room.now())
    answer = await room.desk.end(id, at, said_by(body.by, caller), body.ahead)
    log.info("ended", outage=id, caller=caller, already=answer.already)
    return {"already": answer.already, **showing.data(answer.outage, room.at)}


async def extend(request: Request, id: str, body: Extended, caller: Caller) -> dict[str, Any]:
    """Its owner is reminded at another instant."""
    room = room_of(request)
    answer = await room.desk.extend(id, expected_at(body.expected_end))
    log.info("extended", outage=id, caller=caller)
    return showing.data(answer.outage, room.at)


async def rehearse_one(request: Request, body: Rehearsed) -> dict[str, Any]:
    """What a declaration would do now, without doing it."""
    room = room_of(request)
    outage = body.written().outage(room.now())
    found = await rehearse(room.gateway, outage, body.limit)
    return {**showing.rehearsal_data(found), "refused": list(map(spoken, await room.desk.refusal(outage)))}


async def report(request: Request, id: str, cost_per_minute: Cost = 0) -> dict[str, Any]:
    """What it meant for the tickets that heard of it."""
    room = room_of(request)
    found = await room.desk.report(id)
    cost = cost_per_minute or cost_of(found.outage.scope.services, room.costs)
    return showing.report_data(replace(found, cost=cost, written_at=room.at), room.at)


def room_of(request: Request) -> Room:
    room: Room = request.app.state.room
    return room
