"""`people.yaml` as people write it: its shape, its cross-checks, its messages.

All faults are found at once, each with its line, its key and the next step. Must never let an unknown key
pass: a typo would become silence at the moment somebody ought to be paged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from activities.adapters import schedule_document
from activities.adapters.people_values import (
    ADDRESS_OF,
    CHANNELS,
    Budget,
    Channel,
    Email,
    Hours,
    Language,
    Phone,
    Spell,
    Strict,
    Url,
    Zone,
    suggestion,
)
from activities.adapters.schedule_document import ScheduleEntry
from activities.adapters.yaml_lines import Path, Source, load
from activities.ports import Refused
from policies.people import SCHEDULE, TICKET_ROLES

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_ID = re.compile(r"[^\W_][\w.-]*")
_SECTIONS = ("people", "teams", "roles", "schedules")


class PersonEntry(Strict):
    """One person."""

    name: str = Field(min_length=1)
    email: Email = ""
    phone: Phone = ""
    slack: Url = ""
    teams: Url = ""
    webhook: Url = ""
    zone: Zone = "UTC"
    languages: tuple[Language, ...] = ()
    channels: tuple[Channel, ...] = ()
    away: tuple[Spell, ...] = ()
    deputy: str = ""
    quiet_hours: tuple[Hours, ...] = ()
    quiet_channels: tuple[Channel, ...] = ()
    pages_per_week: Budget | None = None

    def addresses(self) -> tuple[str, ...]:
        """The channels that have an address."""
        return tuple(channel for channel in CHANNELS if getattr(self, ADDRESS_OF.get(channel, channel)))


class TeamEntry(Strict):
    """One team and its shared channel; `zone` and `language` are those of the channel."""

    lead: str = ""
    members: tuple[str, ...] = ()
    on_call: tuple[str, ...] = ()
    slack: Url = ""
    teams: Url = ""
    webhook: Url = ""
    zone: Zone = "UTC"
    language: Language = "en"

    def addresses(self) -> tuple[str, ...]:
        """The ways into the shared channel."""
        return tuple(channel for channel in ("slack", "teams", "webhook") if getattr(self, channel))


class PostEntry(Strict):
    """Who holds a role, for some services and regions or for all."""

    service: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    who: tuple[str, ...] = Field(min_length=1)


def _posts(holders: object) -> object:
    """A plain list of names is one entry for every service and region."""
    if not isinstance(holders, list) or not holders:
        return holders
    if all(isinstance(holder, str) for holder in holders):
        return [{"who": holders}]
    if any(isinstance(holder, str) for holder in holders):
        raise ValueError("write either names or entries with `who`, not both in one list")
    return holders


Posts = Annotated[tuple[PostEntry, ...], BeforeValidator(_posts)]


class Document(Strict):
    """The whole file."""

    people: dict[str, PersonEntry] = Field(min_length=1)
    teams: dict[str, TeamEntry] = Field(default={})
    roles: dict[str, Posts] = Field(default={})
    schedules: dict[str, ScheduleEntry] = Field(default={})
    pages_per_week: Budget = 0
    """Of everybody who has no budget of their own; 0 = none."""


_MODELS: Mapping[tuple[str, ...], type[Strict]] = {
    (): Document,
    ("people", "*"): PersonEntry,
    ("people", "*", "away", "*"): Spell,
    ("teams", "*"): TeamEntry,
    ("roles", "*", "*"): PostEntry,
    **schedule_document.MODELS,
}
"""Where in the file each stands; `*` is any name or number."""


def read(name: str, content: bytes, environment: Mapping[str, str]) -> Document:
    """The file called `name`; raises Refused with all its faults, one per line."""
    source = load(content)
    document: Document | None = None
    if source.content is not None or not source.faults:
        source.content = _filled(source, source.content, (), environment)
        document = _shaped(source)
        _check(source)
    if source.faults or document is None:
        raise Refused("\n".join(_told(name, source)))
    return document


def _told(name: str, source: Source) -> Iterator[str]:
    for fault in sorted(set(source.faults)):
        path = f"{fault.path}: " if fault.path else ""
        yield f"{name}:{fault.line}  {path}{fault.text}"


def _filled(source: Source, value: object, path: Path, environment: Mapping[str, str]) -> object:
    """The content with every `${NAME}` put in; a missing one is a fault and leaves the value empty."""
    if isinstance(value, dict):
        return {key: _filled(source, item, (*path, key), environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(source, item, (*path, number), environment) for number, item in enumerate(value)]
    return _substituted(source, value, path, environment) if isinstance(value, str) else value


def _substituted(source: Source, text: str, path: Path, environment: Mapping[str, str]) -> str | None:
    missing = False
    filled = ""
    end = 0
    for match in _VARIABLE.finditer(text):
        name, default = match["name"], match["default"]
        put_in = environment.get(name) or default
        if put_in is None:
            missing = True
            hint = f"set it, or write ${{{name}:-a default}}"
            source.fault(path, f"the environment variable '{name}' is not set; {hint}")
        filled += text[end : match.start()] + (put_in or "")
        end = match.end()
    return None if missing else filled + text[end:]


def _shaped(source: Source) -> Document | None:
    content = source.content if source.content is not None else {}
    try:
        return Document.model_validate(_without_nulls(content))
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            path = [part for part in fault["loc"] if part != "[key]"]
            source.fault(path, _worded(path, fault))
    return None


def _without_nulls(value: object) -> object:
    """`slack:` with nothing behind it means the same as no `slack`; so does one whose variable is missing."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _worded(path: Sequence[str | int], fault: Any) -> str:
    """Pydantic's message in our words."""
    kind, text = fault["type"], str(fault["msg"])
    if kind == "extra_forbidden":
        return f"unknown key{suggestion(str(path[-1]), _keys_beside(path))}"
    if kind == "missing":
        return "is missing"
    if kind in {"too_short", "string_too_short"}:
        return "must not be empty"
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return "must hold keys and values"
    if kind == "tuple_type":
        return "must be a list, like [a, b]"
    return "must be text" if kind == "string_type" else text.removeprefix("Value error, ")


def _keys_beside(path: Sequence[str | int]) -> list[str]:
    for pattern, model in _MODELS.items():
        if len(pattern) == len(path) - 1 and all(w in ("*", part) for w, part in zip(pattern, path, strict=False)):
            return [field.alias or name for name, field in model.model_fields.items()]
    return []


def _check(source: Source) -> None:
    """What one entry says about another. Works on the raw content: one fault must not hide the next."""
    people, teams, roles, schedules = (_section(source.content, name) for name in _SECTIONS)
    for id in dict.fromkeys((*people, *teams, *roles, *schedules)):
        _check_id(source, id, people, teams, roles, schedules)
    known = {*people, *(f"team:{name}" for name, team in teams.items() if _has_channel(team))}
    planned = {f"{SCHEDULE}{name}" for name in schedules}
    for path, person in _references(teams):
        _check_known(source, path, person, {*people, *planned} if "on_call" in path[-2:] else people)
    for role, holders in roles.items():
        _check_role(source, role, holders, known | planned)
    for id, entry in people.items():
        _check_addresses(source, id, entry)
        if isinstance(entry, dict) and entry.get("deputy") == id:
            source.fault(("people", id, "deputy"), "nobody stands in for themselves; name somebody else")
        elif isinstance(entry, dict) and entry.get("deputy"):
            _check_known(source, ("people", id, "deputy"), entry["deputy"], people)
    schedule_document.check(source, schedules, people)


def _check_role(source: Source, role: str, holders: object, known: Collection[str]) -> None:
    if role in TICKET_ROLES:
        source.fault(("roles", role), "depends on the ticket and cannot be given away; choose another name")
    entries: list[object] = holders if isinstance(holders, list) else []
    if holders == []:
        source.fault(("roles", role), "nobody holds it; name at least one person")
    for number, holder in enumerate(entries):
        path = ("roles", role, number)
        _check_known(source, path, holder, known)
        if not isinstance(holder, dict):
            continue
        named = holder.get("who")
        for place, person in enumerate(named if isinstance(named, list) else ()):
            _check_known(source, (*path, "who", place), person, known)
        if number < len(entries) - 1 and set(holder) == {"who"}:
            source.fault(path, "is for all, so those after it never count; make it the last one")


def _check_id(source: Source, id: str, *sections: Mapping[str, object]) -> None:
    for name, section in zip(_SECTIONS, sections, strict=True):
        if id not in section:
            continue
        if not _ID.fullmatch(id):
            source.fault((name, id), f"'{id}' is no id; use letters, digits, '.', '_' and '-'")
        if name == "people" and id in TICKET_ROLES:
            source.fault((name, id), f"'{id}' is a role of the ticket; choose another id")


def _check_known(source: Source, path: Path, name: object, known: Collection[str]) -> None:
    if not isinstance(name, str) or name in known:
        return
    if not name.startswith(SCHEDULE):
        source.fault(path, f"no person '{name}'{suggestion(name, known)}")
    elif path[-2:][0] in ("on_call", "who") or path[0] == "roles":
        bare, schedules = name.removeprefix(SCHEDULE), [one for one in known if one.startswith(SCHEDULE)]
        hint = suggestion(bare, (one.removeprefix(SCHEDULE) for one in schedules))
        source.fault(path, f"no schedule '{bare}'{hint}")
    else:
        source.fault(path, f"'{name}' is a schedule and no person; schedules go into `on_call` and `roles`")


def _check_addresses(source: Source, id: str, entry: object) -> None:
    """Only what was written counts: a missing variable is a fault of its own."""
    if not isinstance(entry, dict):
        return
    if not any(ADDRESS_OF.get(channel, channel) in entry for channel in CHANNELS):
        fields = ("email", "phone", "slack", "teams", "webhook")
        source.fault(("people", id), f"has no address; give at least one of {', '.join(fields)}")
    for key in ("channels", "quiet_channels"):
        named = entry.get(key)
        for number, channel in enumerate(named if isinstance(named, list) else ()):
            needed = ADDRESS_OF.get(str(channel), str(channel))
            if channel in CHANNELS and needed not in entry:
                source.fault(("people", id, key, number), f"'{channel}' needs `{needed}`; give it")
    if entry.get("quiet_channels") and not entry.get("quiet_hours"):
        source.fault(("people", id, "quiet_channels"), "are for quiet hours; give `quiet_hours`, like [22:00-07:00]")


def _section(content: object, name: str) -> dict[str, object]:
    section = content.get(name) if isinstance(content, dict) else None
    return section if isinstance(section, dict) else {}


def _references(teams: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    for name, team in teams.items():
        if not isinstance(team, dict):
            continue
        if team.get("lead"):
            yield ("teams", name, "lead"), team["lead"]
        for key in ("members", "on_call"):
            people = team.get(key)
            for number, person in enumerate(people if isinstance(people, list) else ()):
                yield ("teams", name, key, number), person


def _has_channel(team: object) -> bool:
    return isinstance(team, dict) and any(team.get(name) for name in ("slack", "teams", "webhook"))
