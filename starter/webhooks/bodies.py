"""What a caller sends, up to a bound: who has not proved anything yet must not fill our memory.

Must never look at what it reads.
"""

from __future__ import annotations

from fastapi import Request
from starlette.requests import ClientDisconnect

LONGEST = 20
"""Digits of a length that is worth reading."""


async def read_at_most(request: Request, most: int) -> bytes | None:
    """The body in bytes; None when it is longer than `most`, of which no more than that and one piece is read.

    One whose sender goes away before it is whole is None, too: nobody reads the answer, and no log needs it.
    """
    if _announced(request) > most:
        return None
    found = bytearray()
    try:
        async for piece in request.stream():
            found += piece
            if len(found) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(found)


def _announced(request: Request) -> int:
    """How long its sender says that it is; 0 when that is no number."""
    said = request.headers.get("Content-Length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < LONGEST else 0
