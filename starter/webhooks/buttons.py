"""Buttons in Slack messages: the call is Slack's (signature), the button is ours (claim).

In a channel anybody may press: whoever does has acknowledged, by their name there. Must never answer later than Slack's
three seconds: what is said to the presser goes out on its own.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import httpx
import structlog
from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import PlainTextResponse, Response

from activities.adapters.slack import BUTTON
from activities.claims import Claim, Expired, NotValid
from activities.phrases import FALLBACK
from starter.gateway import GatewayError
from starter.webhooks.bodies import read_at_most
from starter.webhooks.doors import Doors, acknowledge
from starter.webhooks.signatures import from_slack
from starter.webhooks.words import Word, phrases_in, unreachable

MOST_BYTES = 256 * 1024
SLACK = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.slack(-gov)?\.com")
log = structlog.get_logger("webhooks")


def buttons(doors: Doors) -> APIRouter:
    """`/slack/actions`, the interactivity address of the Slack app."""
    router = APIRouter()

    @router.post("/slack/actions", include_in_schema=False)
    async def pressed(request: Request, later: BackgroundTasks) -> Response:
        body = await read_at_most(request, MOST_BYTES)
        if body is None:
            return PlainTextResponse("too long", 413)
        headers = request.headers
        signed = from_slack(
            doors.slack_secret, headers.get("X-Slack-Request-Timestamp", ""), body,
            headers.get("X-Slack-Signature", ""), int(doors.now().timestamp()),
        )  # fmt: skip
        if not signed:
            return PlainTextResponse("not signed by Slack", 401)
        call = _payload(body)
        if not (token := _token(call)):
            return Response(status_code=200)  # a button of somebody else's
        said = await _done(doors, token, call)
        address = str(call.get("response_url", ""))
        if of_slack(address):
            later.add_task(_say, address, said)
        return Response(status_code=200)

    return router


def _payload(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(parse_qs(body.decode())["payload"][0])
    except (KeyError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _token(call: dict[str, Any]) -> str:
    """What our button carries; nothing when another one was pressed."""
    given = call.get("actions")
    actions = given if isinstance(given, list) else []
    return next((str(a.get("value", "")) for a in actions if isinstance(a, dict) and a.get("action_id") == BUTTON), "")


def of_slack(address: str) -> bool:
    """Whether it is Slack that answers there. TRAP: with a leaked secret it could be any server that we can reach."""
    try:
        found = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return found.scheme == "https" and SLACK.fullmatch(found.host) is not None


async def _done(doors: Doors, token: str, call: dict[str, Any]) -> str:
    """Carry it to its ticket; what to say to the one who pressed. Who has no readable claim has no language."""
    user = found if isinstance(found := call.get("user"), dict) else {}
    try:
        claim = doors.claims.read(token, int(doors.now().timestamp()))
    except Expired:
        return _worded(Word("button_expired", 410), FALLBACK)
    except NotValid:
        return _worded(Word("button_invalid", 403), FALLBACK)
    try:
        word = await acknowledge(doors, claim, token, _presser(claim, user))
    except GatewayError as error:
        log.warning("tickets unreachable", error=str(error))
        word = unreachable(error)
    return _worded(word, await doors.tongue(claim.person))


def _worded(word: Word, language: str) -> str:
    phrases = phrases_in(language)
    return f"*{word.title(phrases)}*\n{word.text(phrases)}"


def _presser(claim: Claim, user: dict[str, Any]) -> str:
    """In a team's channel the one who pressed; elsewhere the one it was sent to."""
    name = str(user.get("username") or user.get("name") or user.get("id") or "")[:80]
    return f"{name} (Slack)" if claim.person.startswith("team:") and name else claim.person


async def _say(address: str, said: str) -> None:
    try:
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
            await client.post(address, json={"response_type": "ephemeral", "replace_original": False, "text": said})
    except httpx.HTTPError as error:
        log.warning("slack was not told", error=str(error))
