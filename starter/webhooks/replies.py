"""Replies to SMS: `ACK T-1` from a phone that the directory knows.

The call is the provider's (signature), the person is whose phone it is. Must never believe a number that the directory
does not have.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from activities.claims import ACKNOWLEDGE, Claim
from activities.phrases import FALLBACK
from starter.gateway import GatewayError, NoSuchTicket
from starter.webhooks.bodies import read_at_most
from starter.webhooks.doors import Doors, acknowledge
from starter.webhooks.signatures import from_twilio
from starter.webhooks.words import Word, phrases_in, unreachable

PATH = "/sms/replies"
ANSWER = re.compile(
    r"\s*(?:ack|acknowledge|ok|yes|확인|了解|確認)[\s:#]+(?:([\w.-]{1,60})/)?#?([\w.-]{1,200})\s*", re.IGNORECASE
)
MOST_BYTES = 64 * 1024
Owner = Callable[[str], Awaitable[str]]
"""Phone number -> the person whose it is, or nothing."""
log = structlog.get_logger("webhooks")


def replies(doors: Doors, owner: Owner) -> APIRouter:
    """`/sms/replies`, where the provider sends what comes in."""
    router = APIRouter()

    @router.post(PATH, include_in_schema=False)
    async def came(request: Request) -> Response:
        body = await read_at_most(request, MOST_BYTES)
        if body is None:
            return PlainTextResponse("too long", 413)
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        signature = request.headers.get("X-Twilio-Signature", "")
        if not doors.signed_by(lambda token: from_twilio(token, doors.public_url + PATH, fields, signature)):
            return PlainTextResponse("not signed by the provider", 401)
        return _twiml(await _done(doors, dict(fields), owner))

    return router


async def _done(doors: Doors, fields: dict[str, str], owner: Owner) -> str:
    person = await owner(fields.get("From", ""))
    phrases = phrases_in(await doors.tongue(person) if person else FALLBACK)
    if not person:
        return phrases("doors.stranger")
    found = ANSWER.fullmatch(fields.get("Body", ""))
    if found is None:
        return phrases("doors.how")
    claim = Claim(found[1] or "default", found[2], "", person, ACKNOWLEDGE, 0)
    try:
        word = await acknowledge(doors, claim, f"sms/{fields.get('MessageSid') or fields.get('Body')}/{person}")
    except NoSuchTicket:
        word = Word("nowhere", 404, {"ticket": claim.ticket})
    except GatewayError as error:
        log.warning("tickets unreachable", error=str(error))
        word = unreachable(error)
    return f"{word.title(phrases)}{phrases('marks.stop')} {word.text(phrases)}"


def _twiml(text: str) -> Response:
    return Response(f"<Response><Message>{escape(text)}</Message></Response>", media_type="application/xml")
