"""Receipts: what became of a text message or a call, told by the provider, in any order, twice, or much too late.

Each is signed by the provider, and names the message by its key, which was in the address it was given. What it changes
stands in `policies/dispatch.py`. Must never store what names no message of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from activities.adapters.twilio import RECEIPTS, receipts_at
from activities.ports import Refused, Unreachable
from policies.dispatch import ACCEPTED, DELIVERED, FAILED, Outcome
from starter.webhooks.bodies import read_at_most
from starter.webhooks.doors import Doors
from starter.webhooks.signatures import from_twilio

MOST_BYTES = 64 * 1024
MESSAGES: Mapping[str, str] = {
    "delivered": DELIVERED, "read": DELIVERED, "undelivered": FAILED, "failed": FAILED, "canceled": FAILED,
}  # fmt: skip
CALLS: Mapping[str, str] = {
    "completed": DELIVERED, "busy": FAILED, "no-answer": FAILED, "failed": FAILED, "canceled": FAILED,
}  # fmt: skip
"""What ends a message or a call; every other state says that the provider has it."""
NOBODY = ("machine", "fax")
"""How answers begin that no human gave."""
log = structlog.get_logger("webhooks")


def receipts(doors: Doors) -> APIRouter:
    """`/receipts/twilio`, the address that each message carries for its receipts."""
    router = APIRouter()

    @router.post(RECEIPTS, include_in_schema=False)
    async def came(request: Request) -> Response:
        body = await read_at_most(request, MOST_BYTES)
        if body is None:
            return PlainTextResponse("too long", 413)
        key = request.query_params.get("key", "")
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        url = receipts_at(doors.public_url + RECEIPTS, key)
        signature = request.headers.get("X-Twilio-Signature", "")
        provider = doors.signed_by(lambda token: from_twilio(token, url, fields, signature))
        if not provider:
            return PlainTextResponse("not signed by the provider", 401)
        return await _taken(doors, key, outcome(dict(fields), provider))

    return router


async def _taken(doors: Doors, key: str, news: Outcome | None) -> Response:
    """The provider repeats what is not answered well, so what we cannot use is answered well, too."""
    if news is None or doors.outbox is None:
        log.info("a receipt says nothing to us", key=key)
        return Response(status_code=204)
    try:
        known = await doors.outbox.note(key, news, doors.now())
    except (Refused, Unreachable) as error:
        log.warning("receipt not stored", key=key, error=str(error))
        return PlainTextResponse("not now", 503)
    if known is None:
        log.info("a receipt for a message that nobody knows", key=key)
    return Response(status_code=204)


def outcome(fields: Mapping[str, str], provider: str) -> Outcome | None:
    """What a receipt says; None when it is none."""
    if status := fields.get("CallStatus", "").lower():
        return _of_call(fields, status, provider)
    status = (fields.get("MessageStatus") or fields.get("SmsStatus", "")).lower()
    if not status:
        return None
    sid = fields.get("MessageSid") or fields.get("SmsSid", "")
    code = fields.get("ErrorCode", "")
    reason = f"{provider} says {status}" + (f" (error {code[:20]})" if code else "")
    state = MESSAGES.get(status, ACCEPTED)
    return Outcome(state, provider, sid[:100], reason if state == FAILED else "")


def _of_call(fields: Mapping[str, str], status: str, provider: str) -> Outcome:
    state, said = CALLS.get(status, ACCEPTED), status
    answered = fields.get("AnsweredBy", "").lower()
    if state == DELIVERED and answered.startswith(NOBODY):
        state, said = FAILED, f"answered by {answered[:30]}"
    sid = fields.get("CallSid", "")
    return Outcome(state, provider, sid[:100], f"{provider} says {said}" if state == FAILED else "")
