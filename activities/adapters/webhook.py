"""The generic channel: the message as JSON, signed, for everything that has no adapter of its own.

A receiver checks `Rung-Signature` with `verify` and drops a `Rung-Key` it has seen. Must never sign anything
but the exact bytes that are sent.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from activities.adapters.http import Call, Http, as_json, header_key, utc_now
from activities.ports import Contact, Message, Receipt, Refused

KEY, TIMESTAMP, SIGNATURE = "Rung-Key", "Rung-Timestamp", "Rung-Signature"
TOLERANCE = 300
"""Seconds by which the clocks of sender and receiver may differ, and within which a replay is possible."""


class WebhookNotifier:
    """Channel `webhook`: the contact's `webhook` is the address, `secret` signs."""

    channel = "webhook"

    def __init__(self, http: Http, secret: str, now: Callable[[], datetime] = utc_now) -> None:
        if not secret:
            raise ValueError("a webhook without a secret proves nothing: set one")
        self._http = http
        self._secret = secret
        self._now = now

    async def send(self, message: Message, to: Contact) -> Receipt:
        """The reference is the receiver's `id`, if it answers with one. A retry is signed anew."""
        if not to.webhook:
            raise Refused(f"{to.person} has no webhook; set `webhook` in the directory")
        body = as_json(content(message, to))
        timestamp = str(int(self._now().timestamp()))
        signature = sign(self._secret, timestamp, body)
        headers = {KEY: header_key(message.key), TIMESTAMP: timestamp, SIGNATURE: signature}
        call = Call("webhook", to.webhook, message.key, body=body, headers=headers, secrets=(self._secret,))
        return Receipt("webhook", (await self._http.send(call)).value("id"))


def content(message: Message, to: Contact) -> dict[str, object]:
    """What the receiver gets. Grows, never changes."""
    return {
        "key": message.key,
        "ticket": message.ticket,
        "severity": message.severity,
        "subject": message.subject,
        "body": message.body,
        "short": message.short,
        "facts": [{"label": label, "value": value} for label, value in message.facts],
        "language": message.language,
        "acknowledge": message.press.link,
        "acknowledge_each": [{"label": one.label, "link": one.link} for one in message.presses],
        "to": {"person": to.person, "name": to.name},
    }


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """`v1=` and the hex HMAC-SHA256 of `timestamp.body`."""
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, sha256).hexdigest()


def verify(secret: str, timestamp: str, body: bytes, signature: str, now: datetime, tolerance: int = TOLERANCE) -> bool:
    """For receivers: whether `body` (the raw bytes) came from a holder of `secret`, and lately.

    `signature` may list several, comma-separated, while a secret is being changed. Compares in constant time.
    """
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > tolerance:
        return False
    expected = sign(secret, timestamp, body).encode()
    offered = [part.strip().encode(errors="replace") for part in signature.split(",")]
    return sum(hmac.compare_digest(expected, one) for one in offered) > 0
