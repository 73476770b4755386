"""What a caller sends, up to a bound: who has not proved anything yet must not fill our memory.

Must never look at what it reads.
"""

from __future__ import annotations

from fastapi import Request


async def read_at_most(request: Request, most: int) -> bytes | None:
    """The body in bytes; None when it is longer than `most`, of which no more than that and one piece is read."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most:
            return None
    return bytes(found)
