"""Pages that did not arrive, each with the reason its provider gave.

The ticket counts the keys (semantics 3.11), its time line has the reasons; lines that the ticket has let go stand in
the journal only. Must never guess a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from policies.case import Entry
from starter.showing.page import plain

SAID = (" undelivered: ", " failed: ")
"""In a line of the time line, of messages and of actions: what was to be done stands before it, why not after it."""


@dataclass(frozen=True)
class Undelivered:
    """`why` is empty when the ticket does not remember it any more."""

    key: str
    why: str = ""


def undelivered(keys: Sequence[str], entries: Iterable[Entry]) -> tuple[Undelivered, ...]:
    """The latest reason of each key."""
    reasons = {entry.key: reason_of(entry.text) for entry in entries if entry.kind == "undelivered"}
    return tuple(Undelivered(key, reasons.get(key, "")) for key in dict.fromkeys(keys))


def reason_of(text: str) -> str:
    """What the provider said, in a line of the time line."""
    return next((text.partition(word)[2] for word in SAID if word in text), "")


def lines(missing: Sequence[Undelivered]) -> Iterator[Text]:
    """`undelivered of resolution-75: lee by sms, lee by email - nobody answers`, a line for each rung and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in missing:
        rung, what = _named(one.key)
        found.setdefault((rung, plain(one.why)), []).append(what)
    for (rung, why), effects in found.items():
        yield Text(f"undelivered of {rung}: {', '.join(effects)}{f' - {why}' if why else ''}", style="bold red")


def _named(key: str) -> tuple[str, str]:
    """Rung and `lee by sms`. A key is `tenant/ticket/cycle/rung/what`, as semantics 3.12 has it."""
    *_, rung, what = key.split("/", 4) if key.count("/") >= 4 else ("", "", plain(key))
    return plain(rung), plain(what.replace("/", " by "))


def data(missing: Sequence[Undelivered]) -> list[dict[str, str]]:
    """For programs."""
    return [{"key": one.key, "why": one.why} for one in missing]
