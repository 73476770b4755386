"""What the server takes, in bytes: a command that is longer wedges the ticket (its workflow task fails for ever).

Texts of people and of helpdesks go through here before they become an id, a summary or a fairness key. Must never
make two different ids equal.
"""

from __future__ import annotations

from zlib import crc32

ACTIVITY_ID = 900
"""The server's limit is 1000."""
SUMMARY = 380
"""The server's limit is 400."""
FAIRNESS_KEY = 64
DETAILS = 18_000
"""The server's limit is 20 000."""


def storable(*texts: str) -> bool:
    """Whether every database takes them: not with a NUL. (Half surrogates do not get through the payload.)"""
    return not any("\0" in text for text in texts)


def clipped(text: str, size: int) -> str:
    """The beginning of `text` that fits into `size` bytes of UTF-8."""
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def fitting_id(name: str, size: int = ACTIVITY_ID) -> str:
    """`name`, or when it is too long its beginning and a checksum of the whole."""
    whole = name.encode(errors="replace")
    return name if len(whole) <= size else f"{clipped(name, size - 10)}~{crc32(whole):08x}"
