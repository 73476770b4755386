"""Providers' signatures: whether a call really comes from Slack or from Twilio.

Both are a few lines over `hmac` as their documentation gives them; their own libraries would bring whole clients along.
Compared in constant time. Must never look at a call's content.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from hashlib import sha1, sha256

TOLERANCE = 300
"""Seconds that a signed call may be old: within them it could be repeated by a listener."""


def from_slack(secret: str, timestamp: str, body: bytes, signature: str, now: int) -> bool:
    """`v0=` and the hex HMAC-SHA256 of `v0:timestamp:body`, not older than TOLERANCE."""
    if not secret or not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        return False
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    wanted = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
    return hmac.compare_digest(f"v0={wanted}".encode(), signature.encode(errors="replace"))


def from_twilio(token: str, url: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
    """Base64 of the HMAC-SHA1 over the full address and all fields, sorted by name, written one after the other."""
    if not token:
        return False
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    wanted = base64.b64encode(hmac.new(token.encode(), signed.encode(), sha1).digest())
    return hmac.compare_digest(wanted, signature.encode(errors="replace"))
