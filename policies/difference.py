"""What differs between two versions of a policy, in words; and between two time lines of one ticket.

Walks the documents as they are, so that a key it has never heard of is told like any other: only how a thing is
called stands here. Must never touch the disk, and never decide which version is better.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from policies.compiler import Policy
from policies.duration import BadDuration, parse_duration, say_duration
from policies.promise import Uncompilable, prioritised, promised
from policies.ticket import TIERS, URGENCIES, Ticket
from policies.wording import called, said

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "rungs": ("rung",), "levels": ("level",), "cells": ("tier", "urgency"), "windows": ("days", "only_for"),
}  # fmt: skip
"""Lists of things that have a name: what the name is. An unknown list of models is matched by its first key."""
WHOLE = ("when", "only_for", "reopen")
"""Keys told as one thing, with all that is in them."""
UNORDERED = ("rungs", "levels", "cells", "windows", "weights")
"""Lists of things with a name whose order means nothing; of every other a new order is told."""
UNNAMED = ("notify", "actions", "action_items", "tell")
"""Lists told as one sentence."""
GENERAL = "general"
NEW, GONE, CHANGED = "new", "gone", "changed"
_HEADING = ("language", "policy", "version")
_MATRIX = ("by_tier", "by_urgency", "cells")
_AS_WRITTEN = "targets as written"


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are words, nothing where there was or is nothing.

    `kind` is `new`, `gone` or `changed`; `group` the part of the policy it belongs to.
    """

    group: str
    subject: str
    kind: str
    what: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """`rung resolution-75: tells sms team-lead -> sms team-lead + email service-desk`."""
        if self.kind != CHANGED:
            return f"{self.subject}: {self.kind}: {self.after or self.before or 'for all'}"
        return (
            f"{self.subject}: {f'{self.what} ' if self.what else ''}{self.before or 'none'} -> {self.after or 'none'}"
        )


def differences(a: Policy, b: Policy) -> tuple[Change, ...]:
    """Everything that differs, promises first, then in the order of the file, then the calendars."""
    left, right = _data(a.document), _data(b.document)
    promises = tuple(_promises(a, b))
    written = [change for name in _keys(left, right) for change in _top(name, left.get(name), right.get(name))]
    if promises:  # the matrix as it counts says it better than the tables that make it
        written = [change for change in written if change.group != _AS_WRITTEN]
    return (*promises, *written, *_calendars(a, b))


def _data(model: BaseModel) -> dict[str, Any]:
    """As plain data, without what is left at nothing."""
    return model.model_dump(mode="python", exclude_none=True)


def _keys(left: Mapping[Any, Any], right: Mapping[Any, Any]) -> list[Any]:
    return [*left, *(key for key in right if key not in left)]


def _top(name: str, left: Any, right: Any) -> Iterator[Change]:
    """The differences under one key of a document."""
    if name in _HEADING:
        return
    if name == "targets":
        for key in _keys(left or {}, right or {}):
            group = _AS_WRITTEN if key in _MATRIX else name
            yield from _walk(group, name, (left or {}).get(key), (right or {}).get(key), (key,))
    elif _named(left, name) or _named(right, name):
        yield from _items(called(name), "", left or [], right or [], name)
    elif _family(left) or _family(right):
        yield from _members(called(name), name, left or {}, right or {})
    else:
        plain = not isinstance(left, dict) and not isinstance(right, dict)
        yield from _walk(GENERAL if plain else called(name), called(name), left, right, ())


def _family(value: Any) -> bool:
    """Whether it is a mapping of things by their names, like `clocks`."""
    return isinstance(value, dict) and bool(value) and all(isinstance(item, dict) for item in value.values())


def _members(group: str, name: str, left: Mapping[Any, Any], right: Mapping[Any, Any]) -> Iterator[Change]:
    for member in _keys(left, right):
        subject = f"{_singular(name)} {called(member)}"
        if member in left and member in right:
            yield from _walk(group, subject, left[member], right[member], ())
        elif member in right:
            yield Change(group, subject, NEW, after=said(right[member]))
        else:
            yield Change(group, subject, GONE, before=said(left[member]))


def _promises(a: Policy, b: Policy) -> Iterator[Change]:
    """The matrix as it counts; cells in which the same changed are told together."""
    changed: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for tier in TIERS:
        for urgency in URGENCIES:
            left, right = _promised(a, tier, urgency), _promised(b, tier, urgency)
            for clock in _keys(left, right):
                if _length(a, clock, left.get(clock)) != _length(b, clock, right.get(clock)):
                    pair = _lengths(a, b, clock, left.get(clock, ""), right.get(clock, ""))
                    changed.setdefault((clock, *pair), {}).setdefault(tier, []).append(urgency)
    for (clock, before, after), tiers in changed.items():
        alike: dict[tuple[str, ...], list[str]] = {}
        for tier, urgencies in tiers.items():
            alike.setdefault(tuple(urgencies), []).append(tier)
        for cells, rows in alike.items():
            subject = f"{_together(rows, TIERS, 'tier')} x {_together(cells, URGENCIES, 'urgency')}"
            yield Change("promises", subject, CHANGED, called(clock), before, after)


def _together(names: Sequence[str], every: Sequence[str], kind: str) -> str:
    """`Gold, Silver`, or `every tier`."""
    return f"every {kind}" if len(names) == len(every) else ", ".join(name.title() for name in names)


def _promised(policy: Policy, tier: str, urgency: str) -> dict[str, str]:
    try:
        return promised(policy.document, prioritised(policy.document, Ticket(id="any", tier=tier, urgency=urgency)))
    except Uncompilable:
        return {}


def _length(policy: Policy, clock: str, text: str | None) -> int:
    try:
        return parse_duration(text, parse_duration(policy.calendar_of(clock).business_day)) if text else 0
    except BadDuration:
        return -1


def _lengths(a: Policy, b: Policy, clock: str, before: str, after: str) -> tuple[str, str]:
    """Words that differ even where only the business day does: `5bd (45h)`."""
    if before != after:
        return before, after
    return (
        f"{before} ({say_duration(_length(a, clock, before))})",
        f"{after} ({say_duration(_length(b, clock, after))})",
    )


def _calendars(a: Policy, b: Policy) -> Iterator[Change]:
    """Each clock's calendar beside the one it had, every pair once."""
    pairs = {(a.document.calendar, b.document.calendar): None}
    for name in _keys(a.document.clocks, b.document.clocks):
        pairs[_calendar_name(a, name), _calendar_name(b, name)] = None
    pairs |= dict.fromkeys(_of_regions(a, b))
    for before, after in pairs:
        left, right = _data(a.calendars[before]), _data(b.calendars[after])
        subject = f"calendar {after}" if before == after else f"calendar {before} -> {after}"
        for name in _keys(left, right):
            if name not in (*_HEADING, "calendar"):
                yield from _walk("calendars", subject, left.get(name), right.get(name), (name,))


def _of_regions(a: Policy, b: Policy) -> Iterator[tuple[str, str]]:
    """The calendars of regions that both follow."""
    left, right = (
        {region.region: region.calendar for region in sun.regions} if sun else {}
        for sun in (a.document.follow_the_sun, b.document.follow_the_sun)
    )
    yield from ((left[region], right[region]) for region in left if region in right)


def _calendar_name(policy: Policy, clock: str) -> str:
    found = policy.calendar_of(clock)
    return f"{found.calendar}.v{found.version}"


def _walk(group: str, subject: str, left: Any, right: Any, path: tuple[Any, ...]) -> Iterator[Change]:
    """Go down two values side by side; `path` leads to them from the subject."""
    key = str(path[-1]) if path else ""
    if left == right:
        return
    if _named(left, key) or _named(right, key):
        yield from _items(group, subject, left or [], right or [], key)
    elif isinstance(left, dict) and isinstance(right, dict) and key not in WHOLE:
        for name in _keys(left, right):
            yield from _walk(group, subject, left.get(name), right.get(name), (*path, name))
    else:
        before, after = said(left, key), said(right, key)
        if before != after:
            yield Change(group, subject, CHANGED, " ".join(called(part) for part in path), before, after)


def _items(group: str, owner: str, left: Sequence[Any], right: Sequence[Any], key: str) -> Iterator[Change]:
    """Things with a name: those that are new, gone, and what differs in the others."""
    identity = _named(left, key) or _named(right, key) or ()
    before, after = _by_name(left, identity), _by_name(right, identity)
    if key not in UNORDERED:
        yield from _reordered(group, owner or called(key), before, after)
    for name in _keys(before, after):
        subject = f"{owner}, {_singular(key)} {name}" if owner else f"{_singular(key)} {name}"
        if name in before and name in after:
            for inner in _keys(before[name], after[name]):
                yield from _walk(group, subject, before[name].get(inner), after[name].get(inner), (inner,))
        elif name in after:
            yield Change(group, subject, NEW, after=_beside(after[name], identity))
        else:
            yield Change(group, subject, GONE, before=_beside(before[name], identity))


def _reordered(group: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Another order of what both have: the first that fits may decide."""
    left, right = [name for name in before if name in after], [name for name in after if name in before]
    if left != right:
        yield Change(group, subject, CHANGED, "order", ", ".join(left), ", ".join(right))


def _beside(item: Mapping[str, Any], identity: tuple[str, ...]) -> str:
    """All that is said of a thing but its name."""
    return said({key: value for key, value in item.items() if key not in identity and (key, value) != ("level", 0)})


def _named(value: Any, key: str) -> tuple[str, ...]:
    """What names the things of a list; nothing when they have no name of their own."""
    listed = isinstance(value, list) and bool(value) and all(isinstance(item, dict) and item for item in value)
    if not listed or key in UNNAMED:
        return ()
    identity = IDENTITY.get(key, tuple(value[0])[:1])
    return identity if len({_name(item, identity) for item in value}) == len(value) else ()


def _name(item: Mapping[str, Any], identity: tuple[str, ...]) -> str:
    parts = [said(item[part]) for part in identity if item.get(part)]
    return (" for " if "only_for" in identity else " x ").join(parts)


def _by_name(value: Sequence[Any], identity: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    return {_name(item, identity): item for item in value}


def _singular(key: str) -> str:
    return {"windows": "open"}.get(key, called(key).removesuffix("s"))
