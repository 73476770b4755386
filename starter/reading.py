"""What people type and write in files, as a ticket, an instant, a duration: every fault at once, nothing guessed.

Must never know a rule of the policies: what a tier means is checked by the catalog and the gateway.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from policies.business_time import zone_of
from policies.duration import BadDuration, parse_duration
from policies.suggestion import did_you_mean
from policies.ticket import Ticket
from starter.answering import Unfit

EXAMPLE = "2026-03-27T16:00:00+09:00"
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=5)
"""How far clocks of two machines may differ."""
_FACTS = tuple(field.name for field in fields(Ticket))
_BESIDE = ("policy", "opened_at")
_LOWER = ("tier", "urgency", "type", "impact", "value")
_SCORES = {"risk": 100, "complexity": 10}
"""Whole numbers from 0 to this."""


@dataclass(frozen=True)
class Wanted:
    """A ticket to be opened: the facts, the policy, and when it came in (None = now)."""

    ticket: Ticket
    policy: str
    opened_at: datetime | None


def instant(text: str, name: str) -> datetime:
    """An aware datetime. Raises Unfit with an example."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit([f"{name} '{text}' is not an instant; write one like {EXAMPLE}"]) from None
    if moment.tzinfo is None:
        raise Unfit([f"{name} '{text}' has no time zone; write one like {EXAMPLE}"])
    if not EARLIEST <= moment <= LATEST:
        raise Unfit([f"{name} '{text}' is too far away; write one like {EXAMPLE}"])
    return moment


def zone_named(text: str, name: str) -> str:
    """The name of a time zone. Raises Unfit with an example."""
    try:
        zone_of(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # TRAP: a folder's name and one with NUL are no zones either
        raise Unfit([f"{name} '{text[:80]}' is no time zone; write one like Asia/Seoul"]) from None
    return text


def happened(text: str, name: str, now: datetime) -> datetime:
    """An instant that is not in the future: news has happened. Raises Unfit."""
    moment = instant(text, name)
    if moment > now + SKEW:
        said = now.astimezone(moment.tzinfo).isoformat(timespec="seconds")
        raise Unfit([f"{name} '{text}' is in the future (now {said}); news has happened: check the clock"])
    return moment


def span(text: str, name: str) -> tuple[int, int | None]:
    """`FROM/TO` as UTC seconds; without TO it lasts. Raises Unfit."""
    start, slash, end = text.partition("/")
    if not slash:
        raise Unfit([f"{name} '{text}' is not a span; write FROM/TO like {EXAMPLE}/2026-03-30T09:00:00+09:00"])
    first, last = seconds(start, name), seconds(end, name) if end else None
    if last is not None and last <= first:
        raise Unfit([f"{name} '{text}' ends before it begins; write FROM/TO with FROM first"])
    return first, last


def seconds(text: str, name: str) -> int:
    """UTC seconds of an instant. Raises Unfit."""
    return int(instant(text, name).timestamp())


def wanted(given: Mapping[str, Any], file: str = "") -> Wanted:
    """What is to be opened: the options that were given win over the file. Raises Unfit with every fault."""
    written = _read(file) if file else {}
    faults = list(_faults(written, file))
    facts = {**written, **{name: value for name, value in given.items() if value}}
    if not facts.get("id"):
        faults.append("the ticket has no id; write 'rung ticket open ID ...', or \"id\" in the file")
    opened_at = None
    try:
        opened_at = instant(str(facts["opened_at"]), "opened_at") if facts.get("opened_at") else None
    except Unfit as error:
        faults.append(str(error))
    faults += _score_faults(facts)
    faults += [f"{name} is not readable text; write it in UTF-8" for name, value in facts.items() if not legible(value)]
    if faults:
        raise Unfit(faults)
    return Wanted(_ticket(facts), str(facts.get("policy") or ""), opened_at)


def _ticket(facts: Mapping[str, Any]) -> Ticket:
    known = {name: facts[name] for name in _FACTS if facts.get(name)}
    lowered = {name: known[name].lower() for name in _LOWER if name in known}
    predicted = {"predicted": parse_duration(known["predicted"])} if "predicted" in known else {}
    return Ticket(**{**known, **lowered, **predicted, "tags": tuple(known.get("tags", ()))})


def _score_faults(facts: Mapping[str, Any]) -> Iterator[str]:
    for name, most in _SCORES.items():
        value = facts.get(name) or 0
        if isinstance(value, int) and not 0 <= value <= most:
            yield f"{name} {value} is no such score; write a whole number from 0 to {most}"
    try:
        if isinstance(facts.get("predicted"), str) and facts["predicted"]:
            parse_duration(facts["predicted"])
    except BadDuration as error:
        yield f"predicted {error}"


def _read(file: str) -> dict[str, Any]:
    """The JSON object in a file, or on stdin for `-`."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        found = json.loads(text, object_pairs_hook=once)
    except OSError as error:
        raise Unfit([f"{file}: {error.strerror}; name a JSON file, or '-' for stdin"]) from None
    except UnicodeDecodeError:
        raise Unfit([f"{file} is not UTF-8 text; write the ticket as JSON"]) from None
    except json.JSONDecodeError as error:
        raise Unfit([f"{file}:{error.lineno}  not valid JSON: {error.msg}"]) from None
    if not isinstance(found, dict):
        raise Unfit([f'{file} must hold one object like {{"id": "4711", "tier": "gold", "urgency": "high"}}'])
    return found


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises Unfit when a name stands in it twice."""
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unfit([f"'{name}' stands there twice; keep one" for name in twice])
    return dict(pairs)


def _faults(written: Mapping[str, Any], file: str) -> Iterator[str]:
    for name, value in written.items():
        if name not in (*_FACTS, *_BESIDE):
            yield f"{file}  unknown key '{name}'{did_you_mean(name, (*_FACTS, *_BESIDE))}"
        elif name == "tags":
            if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
                yield f'{file}  tags: must be a list of texts like ["vip"]'
        elif name in _SCORES:
            if isinstance(value, bool) or not isinstance(value, int):
                yield f"{file}  {name}: must be a whole number from 0 to {_SCORES[name]}, not {json.dumps(value)}"
        elif not isinstance(value, str):
            yield f"{file}  {name}: must be a text in quotes, not {json.dumps(value)}"


def illegible(**written: object) -> list[str]:
    """A fault for each that no server or database takes."""
    names = [name for name, value in written.items() if not legible(value)]
    return [f"{name} is not readable text; write it in UTF-8, without NUL" for name in names]


def legible(value: object) -> bool:
    """Arguments in a broken encoding arrive as half surrogates, which no server takes; no database takes a NUL."""
    texts = value if isinstance(value, list | tuple) else [value]
    return all(
        not isinstance(text, str) or ("\0" not in text and text == text.encode(errors="replace").decode())
        for text in texts
    )
