"""Links in messages: looking shows what a press will do, the press does it.

Mail scanners and previews follow every link, so a GET or HEAD never acts. Must never show more of a ticket than the
message did.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from activities.claims import Expired, NotValid
from starter.gateway import GatewayError, NoSuchTicket
from starter.webhooks.doors import Doors, Word, acknowledge, standing_against, unreachable

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Frame-Options": "DENY",
}
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=StrictUndefined
)
log = structlog.get_logger("webhooks")


def links(doors: Doors) -> APIRouter:
    """`/a/<token>`."""
    router = APIRouter()

    @router.api_route("/a/{token}", methods=["GET", "HEAD"], include_in_schema=False)
    async def look(token: str) -> HTMLResponse:
        return await _answered(doors, token, act=False)

    @router.post("/a/{token}", include_in_schema=False)
    async def press(token: str, request: Request) -> HTMLResponse:
        del request
        return await _answered(doors, token, act=True)

    return router


async def _answered(doors: Doors, token: str, act: bool) -> HTMLResponse:
    try:
        claim = doors.claims.read(token, int(doors.now().timestamp()))
        if act:
            return _told(await acknowledge(doors, claim, token))
        standing = await doors.tickets.standing(claim.tenant, claim.ticket)
    except Expired:
        return _told(Word("This link has expired", "Answer the newest message about the ticket instead.", 410))
    except NotValid:
        text = "It was not made by us, or a part of it is missing. Open it from the message itself."
        return _told(Word("This link cannot be used", text, 403))
    except NoSuchTicket:
        return _told(Word("The ticket is gone", "It was closed long ago, and nothing is left to do.", 404))
    except GatewayError as error:
        log.warning("tickets unreachable", error=str(error))
        return _told(unreachable(error))
    if (refused := standing_against(claim, standing)) is not None:
        return _told(refused)
    shown = PAGES.get_template("ask.html").render(
        claim=claim, ticket=standing.ticket, taken_by=standing.acknowledged_by
    )
    return HTMLResponse(shown, headers=HEADERS)


def _told(word: Word) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template("told.html").render(word=word), word.status, headers=HEADERS)
