"""The `schedules` of a people file as people write them: their shape and their cross-checks.

Checks work on the raw content, so that one fault hides no other. Must never build a schedule: that is `schedules.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic import Field

from activities.adapters.people_values import Hours, Shift, Spell, Strict, Wall, Zone, suggestion
from activities.adapters.yaml_lines import Path, Source

_TURNS = ("members", "starts", "every", "ends", "hours")
"""Keys of a layer that takes turns."""


class LayerEntry(Strict):
    """Either people who take turns (`members`), or another tool's calendar (`ics`)."""

    name: str = ""
    zone: Zone | None = None
    members: tuple[str, ...] = ()
    starts: Wall | None = None
    every: Shift = 7 * 86_400
    ends: Wall | None = None
    hours: tuple[Hours, ...] = ()
    ics: str = ""
    people: dict[str, str] = Field(default={})


class OverrideEntry(Spell):
    """`who` stands in for `instead_of`, or for whoever is on call."""

    who: str = Field(min_length=1)
    instead_of: str = ""


class SwapEntry(Spell):
    """The two have each other's turns."""

    between: tuple[str, ...]


class ScheduleEntry(Strict):
    """One schedule, its layers from the lowest to the highest."""

    zone: Zone = "UTC"
    layers: tuple[LayerEntry, ...] = Field(min_length=1)
    overrides: tuple[OverrideEntry, ...] = ()
    swaps: tuple[SwapEntry, ...] = ()


MODELS: Mapping[tuple[str, ...], type[Strict]] = {
    ("schedules", "*"): ScheduleEntry,
    ("schedules", "*", "layers", "*"): LayerEntry,
    ("schedules", "*", "overrides", "*"): OverrideEntry,
    ("schedules", "*", "swaps", "*"): SwapEntry,
}
"""Where in the file each stands; `*` is any name or number."""


def check(source: Source, schedules: Mapping[str, object], people: Collection[str]) -> None:
    """What a schedule says about people, and its layers about themselves."""
    for name, schedule in schedules.items():
        path = ("schedules", name)
        if schedule is None:
            source.fault(path, "is empty; give `layers`")
        for number, layer in _items(schedule, "layers"):
            _check_layer(source, (*path, "layers", number), layer)
        for number, swap in _items(schedule, "swaps"):
            _check_swap(source, (*path, "swaps", number), swap)
        for where, person in _references(path, schedule):
            if isinstance(person, str) and person not in people:
                source.fault(where, f"no person '{person}'{suggestion(person, people)}")


def _check_layer(source: Source, path: Path, layer: dict[str, object]) -> None:
    if "ics" in layer:
        for key in _TURNS:
            if key in layer:
                source.fault((*path, key), "does not go with `ics`; make two layers of it")
        if not layer["ics"]:
            source.fault((*path, "ics"), "must not be empty; name a file or a web address")
        return
    if "people" in layer:
        source.fault((*path, "people"), "goes with `ics` only: it says whom an entry of that calendar means")
    if layer.get("members") is None:
        source.fault(path, "says nobody; give `members` and `starts`, or `ics`")
    elif layer["members"] == []:
        source.fault((*path, "members"), "nobody takes turns; name at least one person")
    if layer.get("members") and layer.get("starts") is None:
        source.fault(path, "`starts` is missing: when the first of `members` begins, like 2026-01-05T09:00")
    starts, ends = layer.get("starts"), layer.get("ends")
    if isinstance(starts, str) and isinstance(ends, str) and ends <= starts:
        source.fault((*path, "ends"), "must lie after `starts`")


def _check_swap(source: Source, path: Path, swap: dict[str, object]) -> None:
    pair = swap.get("between")
    if isinstance(pair, list) and len(set(map(str, pair))) != 2:
        source.fault((*path, "between"), "must name two people, like [kim, lee]")


def _references(path: Path, schedule: object) -> Iterator[tuple[Path, object]]:
    for number, layer in _items(schedule, "layers"):
        yield from _listed((*path, "layers", number, "members"), layer.get("members"))
        meant = layer.get("people")
        for word, person in meant.items() if isinstance(meant, dict) else ():
            yield (*path, "layers", number, "people", word), person
    for number, override in _items(schedule, "overrides"):
        for key in ("who", "instead_of"):
            if override.get(key):
                yield (*path, "overrides", number, key), override[key]
    for number, swap in _items(schedule, "swaps"):
        yield from _listed((*path, "swaps", number, "between"), swap.get("between"))


def _listed(path: Path, people: object) -> Iterator[tuple[Path, object]]:
    for number, person in enumerate(people if isinstance(people, list) else ()):
        yield (*path, number), person


def _items(around: object, key: str) -> Iterator[tuple[int, dict[str, object]]]:
    items = around.get(key) if isinstance(around, dict) else None
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield number, item
