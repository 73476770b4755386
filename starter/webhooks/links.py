"""Links in messages: looking shows what a press will do, the press does it.

Mail scanners and previews follow every link, so a GET or HEAD never acts. Must never show more of a ticket than the
message did.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from activities.claims import Expired, NotValid
from activities.phrases import Phrases
from starter.gateway import GatewayError, NoSuchTicket
from starter.webhooks.doors import Doors, acknowledge, standing_against
from starter.webhooks.words import Word, asked_for, phrases_in, unreachable

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
    async def look(token: str, request: Request) -> HTMLResponse:
        return await _answered(doors, token, False, request.headers.get("Accept-Language", ""))

    @router.post("/a/{token}", include_in_schema=False)
    async def press(token: str, request: Request) -> HTMLResponse:
        return await _answered(doors, token, True, request.headers.get("Accept-Language", ""))

    return router


async def _answered(doors: Doors, token: str, act: bool, header: str) -> HTMLResponse:
    try:
        claim = doors.claims.read(token, int(doors.now().timestamp()))
    except Expired:
        return _told(Word("link_expired", 410), phrases_in(asked_for(header)))
    except NotValid:
        return _told(Word("link_invalid", 403), phrases_in(asked_for(header)))
    phrases = phrases_in(await doors.tongue(claim.person))
    try:
        if act:
            return _told(await acknowledge(doors, claim, token), phrases)
        standing = await doors.tickets.standing(claim.tenant, claim.ticket)
    except NoSuchTicket:
        return _told(Word("gone", 404), phrases)
    except GatewayError as error:
        log.warning("tickets unreachable", error=str(error))
        return _told(unreachable(error), phrases)
    if (refused := standing_against(claim, standing)) is not None:
        return _told(refused, phrases)
    return _page("ask.html", 200, phrases, claim=claim, ticket=standing.ticket, taken_by=standing.acknowledged_by)


def _told(word: Word, phrases: Phrases) -> HTMLResponse:
    return _page("told.html", word.status, phrases, title=word.title(phrases), text=word.text(phrases))


def _page(name: str, status: int, phrases: Phrases, **values: Any) -> HTMLResponse:
    shown = PAGES.get_template(name).render(phrases=phrases, language=phrases.language, **values)
    return HTMLResponse(shown, status, headers=HEADERS)
