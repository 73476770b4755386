"""A request to one of the systems that Rung speaks to over HTTP, and what it says in our words.

For the sinks of demo and tests alone. Must never be lenient: what a real system would not understand is an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

from starter.sink import Received


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came in; header names are lower-case. `path` is as sent, escapes and all."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def described(request: Request, at: datetime) -> Received | None:
    """The request in our words; None for a path that nobody serves."""
    segments = [unquote(part) for part in request.path.partition("?")[0].strip("/").split("/")]
    reader = _READERS.get(segments[0])
    if reader is None:
        return None
    channel, to, subject, body, detail = reader(request, segments)
    return Received(channel, request.headers.get("idempotency-key", ""), to, subject, body, at, detail)


_Read = tuple[str, str, str, str, dict[str, str]]


def _slack(request: Request, segments: list[str]) -> _Read:
    texts = list(_texts(json.loads(request.body)["attachments"]))
    return "slack", "/".join(segments[1:]), texts[0], "\n".join(texts[1:]), {}


def _teams(request: Request, segments: list[str]) -> _Read:
    texts = list(_texts(json.loads(request.body)["attachments"][0]["content"]["body"]))
    return "teams", "/".join(segments[1:]), texts[0], "\n".join(texts[1:]), {}


def _texts(value: Any) -> Iterator[str]:
    """The visible strings of a card, in order."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str) and isinstance(value.get("value"), str):
            yield f"{value['title']}: {value['value']}"
        elif isinstance(value.get("text"), str):
            yield value["text"]
        else:
            for part in value.values():
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _twilio(request: Request, segments: list[str]) -> _Read:
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    if segments[-1] == "Messages.json":
        return "sms", form["To"], "", form["Body"], {"from": form.get("From", "")}
    say = ElementTree.fromstring(form["Twiml"]).find("Say")
    spoken, language = (say.text or "", say.get("language", "")) if say is not None else ("", "")
    return "phone", form["To"], "", spoken, {"from": form.get("From", ""), "language": language}


def _webhook(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    return "webhook", content["to"]["person"], content["subject"], content["body"], {}


def _ticket(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    what = segments[-1]
    value = content[{"flags": "text", "comments": "text"}.get(what, what)]
    return "helpdesk", "/".join(segments[1:-1]), what, value, {}


def _credit(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    subject = f"credit of {content['percent']} %"
    return "credits", content["customer"], subject, content["reason"], {"ticket": content["ticket"]}


def _revocation(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    return "credits", content["key"], "credit revoked", content["reason"], {}


def _review(request: Request, segments: list[str]) -> _Read:
    content = json.loads(request.body)
    detail = {"starts_at": content["starts_at"], "ticket": content["ticket"]}
    return "reviews", ", ".join(content["invitees"]), content["title"], content["agenda"], detail


def _ping(request: Request, segments: list[str]) -> _Read:
    return "dead man's switch", "/".join(segments[1:]), "", "", {}


_READERS: Mapping[str, Callable[[Request, list[str]], _Read]] = {
    "slack": _slack,
    "teams": _teams,
    "2010-04-01": _twilio,
    "webhook": _webhook,
    "tickets": _ticket,
    "credits": _credit,
    "revocations": _revocation,
    "reviews": _review,
    "ping": _ping,
}
"""By the first segment of the path; what follows it is free (`/slack/kim`, `/webhook/press`)."""
