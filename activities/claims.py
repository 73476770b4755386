"""Claims: what a link or a button in a message lets its holder do, signed so that nobody can make or change one.

A claim is bound to ticket, round, person and action, and expires. It is no secret: whoever has the message has it, so
looking at one must never act (mail scanners follow every link). Must never ask what time it is: the caller says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from itsdangerous import BadData, URLSafeSerializer

ACKNOWLEDGE = "acknowledge"
ACTIONS = (ACKNOWLEDGE,)
PURPOSE = "rung.claim/1"
MOST = 2_000
"""Characters of a token; what is longer was not made here."""


class NotValid(Exception):
    """Forged, cut off, or signed with a secret that counts no more. The message is for people."""


class Expired(NotValid):
    """It was good once."""


@dataclass(frozen=True)
class Claim:
    """`round` is the cycle it was sent in, like `resolution.1` ("" = any); `until` UTC seconds, exclusive."""

    tenant: str
    ticket: str
    round: str
    person: str
    action: str
    until: int


class Claims:
    """Signs and reads. Of several secrets the first signs and all are believed, so that one can be changed."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a claim without a secret proves nothing: set one")
        # itsdangerous signs with the last of a list
        self._serializer = URLSafeSerializer([*reversed(secrets)], salt=PURPOSE)

    def sign(self, claim: Claim) -> str:
        """A token that is safe in an address."""
        return str(self._serializer.dumps(list(astuple(claim))))

    def read(self, token: str, now: int) -> Claim:
        """Raises NotValid, Expired."""
        try:
            found = self._serializer.loads(token[: MOST + 1]) if len(token) <= MOST else None
            claim = Claim(*found) if isinstance(found, list) else None
        except (BadData, TypeError) as error:
            raise NotValid("this link was not made by us, or a part of it is missing") from error
        if claim is None or claim.action not in ACTIONS or not isinstance(claim.until, int):
            raise NotValid("this link was not made by us, or a part of it is missing")
        if now >= claim.until:
            raise Expired("this link has expired")
        return claim
