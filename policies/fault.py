"""One thing wrong in one place of a file, with what to do about it.

Faults make a file unusable, warnings (with a `code`) do not. Must never be told without a place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Key = Sequence[object]
"""Where something stands: names of keys and numbers of list items, from the top of the file."""


@dataclass(frozen=True)
class Fault:
    """`line` 0 means the file as a whole. A warning has a `code` and, where one shows it, an example `ticket`."""

    file: str
    line: int
    key: str
    message: str
    code: str = ""
    ticket: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{place}  {self.key}: {self.message}" if self.key else f"{place}  {self.message}"
        return f"{said} (for example {self.ticket})" if self.ticket else said


class Faulty(ValueError):
    """All faults of a file. `str()` gives them one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(in_order(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """By file and line, each once: a calendar that two policies share is told once."""
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line))


def say_key(key: Key) -> str:
    """`rungs[2].notify[0]`."""
    said = ""
    for part in key:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else str(part)
    return said
