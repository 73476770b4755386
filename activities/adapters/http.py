"""One way to speak HTTP: every adapter posts through `Http`, so that timeouts, keys and errors mean the same.

Must never follow a redirect, read an endless answer, or let a secret (the path of a chat webhook, a token,
a password) reach a message or a log.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from json import JSONDecodeError, dumps, loads
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import httpx

from activities.fitting import one_line
from activities.ports import Busy, Down, Refused, Unreachable

KEY_HEADER = "Idempotency-Key"
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError, ValueError)
_PASSING = frozenset({408, 425, 429})
_CONFLICT = 409
_NO_SUCH_CALL = frozenset({404, 405})
_LONGEST_KEY = 255
_LONGEST_ANSWER = 64 * 1024
_LONGEST_QUOTE = 200
_SHORTEST_TOKEN = 16
"""A segment of a path this long may be a token, and is blotted out by itself as well."""
WITHIN = 20.0
"""Seconds for one exchange: a provider that takes ten is waited for, since asking it again would page twice; and less
than the 30 that an attempt has."""
_LONGEST_WAIT = 24 * 3600.0
"""A provider that asks for more patience than a day is asked again after a day."""


class NoSuchCall(Refused):
    """There is nothing at that address, or not for that method."""


def utc_now() -> datetime:
    """The clock of the adapters; tests pass their own."""
    return datetime.now(UTC)


def header_key(key: str) -> str:
    """The key as a header can carry it: percent-encoded ASCII of at most 255 characters.

    A longer one keeps its head and ends in a digest, so that it stays unique and the same on every attempt.
    """
    text = quote(key, safe="/:@._-~+,;=()$!*")
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[:180]}~{sha256(key.encode()).hexdigest()}"


@dataclass(frozen=True)
class Call:
    """One request. `secrets` are blotted out of every message; the path and query of `url` always are."""

    provider: str
    url: str
    key: str
    method: str = "POST"
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came back and was not an error."""

    status: int
    headers: Mapping[str, str]
    text: str

    def value(self, name: str) -> str:
        """A top-level field of a JSON answer, or empty."""
        try:
            document: Any = loads(self.text)
        except (JSONDecodeError, RecursionError):
            return ""
        found = document.get(name) if isinstance(document, dict) else None
        return str(found) if isinstance(found, str | int) else ""


def as_json(content: Mapping[str, object]) -> bytes:
    """A JSON body, UTF-8."""
    return dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def as_form(content: Mapping[str, str]) -> bytes:
    """A form-encoded body, UTF-8."""
    return urlencode(content, errors="replace").encode()


def bearer(token: str) -> dict[str, str]:
    """The header of a bearer token; none for an empty one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def under(base: str, *segments: str) -> str:
    """`base` with path segments, each quoted whole. Raises Refused for one that would climb out."""
    if any(segment in {"", ".", ".."} for segment in segments):
        raise Refused(f"{segments!r} cannot be written as a path: a segment is empty or made of dots")
    return "/".join([base.rstrip("/"), *(quote(segment, safe="") for segment in segments)])


class Http:
    """One pooled client for all adapters of a process. Close it when the worker ends."""

    def __init__(
        self,
        timeout: float = WITHIN,
        now: Callable[[], datetime] = utc_now,
        verify: bool = True,
        proxies_from_environment: bool = True,
    ) -> None:
        """`timeout`: seconds for a whole exchange, from connecting to the last byte."""
        self._timeout = timeout
        self._now = now
        self._client = httpx.AsyncClient(
            timeout=timeout, follow_redirects=False, verify=verify, trust_env=proxies_from_environment
        )
        silence_url_logs()

    async def send(self, call: Call) -> Answer:
        """Deliver the call, or raise Refused, Busy or Unreachable.

        A 409 that names our key (in its `Idempotency-Key` header or in its body) says that the work is done
        already, and counts as success. Any other 409 is a conflict of substance and is refused.
        """
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange(call)
        except _FAILURES as error:
            raise _not_answered(call, error) from None
        return self._accepted(call, answer)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _exchange(self, call: Call) -> Answer:
        headers = {
            **call.headers, "Content-Type": call.content_type, KEY_HEADER: header_key(call.key),
        }  # fmt: skip
        async with self._client.stream(call.method, call.url, content=call.body, headers=headers) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) >= _LONGEST_ANSWER:
                    break
            text = bytes(body[:_LONGEST_ANSWER]).decode("utf-8", errors="replace")
            return Answer(response.status_code, dict(response.headers), text)

    def _accepted(self, call: Call, answer: Answer) -> Answer:
        if 200 <= answer.status < 300 or _done_before(call, answer):
            return answer
        message = _describe(call, answer)
        patience = retry_after(answer.headers.get("retry-after", ""), self._now())
        if answer.status in _NO_SUCH_CALL:
            raise NoSuchCall(message)
        if answer.status not in _PASSING and answer.status < 500:
            raise Refused(message)
        if patience is None:
            raise Unreachable(message)
        raise Busy(message, patience)


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110, 10.2.3); None if it says nothing."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), _LONGEST_WAIT)


def without_secrets(text: str, secrets: tuple[str, ...]) -> str:
    """One line of at most 200 characters in which every secret is a row of dots."""
    forms = {form for secret in secrets for form in _spellings(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "•••")
    return one_line(text)[:_LONGEST_QUOTE]


def _spellings(secret: str) -> set[str]:
    """The ways a provider may echo a secret. Very short ones would blot out half of every message."""
    forms = (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    return {form for form in forms if len(form) > 3}


def _secrets(call: Call) -> tuple[str, ...]:
    try:
        parts = urlsplit(call.url)
    except ValueError:
        return (call.url, *call.secrets)
    tokens = [segment for segment in parts.path.split("/") if len(segment) >= _SHORTEST_TOKEN]
    credentials = [value.split(" ", 1)[-1] for name, value in call.headers.items() if name == "Authorization"]
    return (parts.path, parts.query, parts.password or "", *tokens, *credentials, *call.secrets)


def _place(call: Call) -> str:
    """`slack (hooks.example.com)`: who was asked, without anything a webhook address keeps secret."""
    try:
        parts = urlsplit(call.url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return call.provider
    return f"{call.provider} ({parts.hostname}{port})" if parts.hostname else call.provider


def _describe(call: Call, answer: Answer) -> str:
    said = without_secrets(answer.text, _secrets(call))
    moved = "; redirects are not followed, set the final address" if 300 <= answer.status < 400 else ""
    return f"{_place(call)} answered {answer.status}{moved}" + (f": {said}" if said else "")


def _not_answered(call: Call, error: Exception) -> Refused | Unreachable:
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return Down(f"{_place(call)} cannot be reached in time")
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return Unreachable(f"{_place(call)} did not answer in time")
    said = without_secrets(str(error), _secrets(call))
    if isinstance(error, httpx.TransportError | OSError) and not isinstance(
        error, httpx.UnsupportedProtocol | httpx.LocalProtocolError
    ):
        kind = Down if isinstance(error, httpx.ConnectError) else Unreachable
        return kind(f"{_place(call)} cannot be reached ({type(error).__name__}: {said})")
    if isinstance(error, httpx.DecodingError | httpx.StreamError):
        return Unreachable(f"{_place(call)} gave an answer that cannot be read ({type(error).__name__})")
    return Refused(f"{_place(call)} cannot be asked ({type(error).__name__}); check its address and its token")


def _done_before(call: Call, answer: Answer) -> bool:
    if answer.status != _CONFLICT:
        return False
    named = {call.key, header_key(call.key)}
    return answer.headers.get(KEY_HEADER.lower()) in named or any(key in answer.text for key in named if key)


def silence_url_logs() -> None:
    """The client libraries log whole URLs at INFO, and a chat webhook's URL is its password."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
