"""Who calls: a name for each token that is known. Without a token the API is shut.

Must never log, show or repeat a token.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Annotated

import structlog
from fastapi import Depends, Request

from starter.api.problems import Problem

SHUT = "the API is shut: nobody has a token; set RUNG_API_TOKENS=NAME:TOKEN where 'rung web' or 'rung up' runs"
UNKNOWN = "send 'Authorization: Bearer TOKEN' with a token of RUNG_API_TOKENS"
log = structlog.get_logger("api")


class Callers:
    """Name and token of each; several tokens may bear one name, so that one can be changed."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tuple((name, token.encode()) for name, token in tokens)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def name_of(self, authorization: str) -> str:
        """By the header `Authorization`; nothing when no token of ours is in it."""
        scheme, _, given = authorization.partition(" ")
        token, found = given.strip().encode(errors="replace"), ""
        for name, known in self._tokens:  # TRAP: every one is compared, so that the time tells nothing
            if hmac.compare_digest(known, token):
                found = name
        return found if scheme.lower() == "bearer" else ""


def known_caller(request: Request) -> str:
    """The caller's name. Raises Problem: 404 where the API is shut, 401 for one that we do not know."""
    callers: Callers = request.app.state.callers
    if not callers:
        raise Problem(404, [SHUT])
    if name := callers.name_of(request.headers.get("Authorization", "")):
        return name
    log.warning("a call without a token that is known", path=request.url.path)
    raise Problem(401, [UNKNOWN], {"WWW-Authenticate": "Bearer"})


Caller = Annotated[str, Depends(known_caller)]
