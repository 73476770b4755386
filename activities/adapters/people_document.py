"""`people.yaml` as people write it: its shape, its cross-checks, its messages.

All faults are found at once, each with its line, its key and the next step. Must never let an unknown key
pass: a typo would become silence at the moment somebody ought to be paged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from activities.adapters.invitation import ADDRESS
from activities.adapters.yaml_lines import Path, Source, load
from activities.ports import Refused
from policies.people import TICKET_ROLES

CHANNELS = ("email", "sms", "phone", "slack", "teams", "webhook")
"""The channels there are, in the order in which they are preferred."""
ADDRESS_OF = {"sms": "phone"}
"""Which field a channel needs, where the two differ."""
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_ID = re.compile(r"[^\W_][\w.-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def _email(text: object) -> object:
    if text and not ADDRESS.fullmatch(str(text)):
        raise ValueError(f"'{text}' is no e-mail address; write it like name@example.com")
    return text


def _phone(text: object) -> object:
    number = re.sub(r"[\s().-]", "", str(text or ""))
    if number and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise ValueError(f"'{text}' is no international phone number; write it like +82-10-0000-0001")
    return number


def _url(text: object) -> object:
    """The address itself may be a secret and stays out of the message."""
    try:
        parts = urlsplit(str(text or ""))
        right = not text or (parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        right = False
    if not right:
        raise ValueError("is no web address; write it like https://example.com/hook")
    return text


def _zone(text: object) -> object:
    if text not in available_timezones():
        raise ValueError(f"no time zone '{text}'{suggestion(str(text), available_timezones())}")
    return ZoneInfo(str(text)).key


def _language(text: object) -> object:
    if not _LANGUAGE.fullmatch(str(text)):
        raise ValueError(f"'{text}' is no language code; write it like ko or zh-CN")
    return text


def _channel(text: object) -> object:
    if text not in CHANNELS:
        raise ValueError(f"no channel '{text}'{suggestion(str(text), CHANNELS)}; use {', '.join(CHANNELS)}")
    return text


def _instant(text: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"'{text}' is no instant; write it like 2026-07-27T00:00:00+09:00") from None
    if instant.tzinfo is None:
        raise ValueError(f"'{text}' has no offset; write it like {text}+09:00 or {text}Z")
    return instant


Email = Annotated[str, BeforeValidator(_email)]
Phone = Annotated[str, BeforeValidator(_phone)]
Url = Annotated[str, BeforeValidator(_url)]
Zone = Annotated[str, BeforeValidator(_zone)]
Language = Annotated[str, BeforeValidator(_language)]
Channel = Annotated[str, BeforeValidator(_channel)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Away(_Strict):
    """`from` (inclusive) and `to` (exclusive), with their offsets."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")

    @model_validator(mode="after")
    def _forward(self) -> Away:
        if self.start >= self.end:
            raise ValueError("`to` must lie after `from`")
        return self


class PersonEntry(_Strict):
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
    away: tuple[Away, ...] = ()

    def addresses(self) -> tuple[str, ...]:
        """The channels that have an address."""
        return tuple(channel for channel in CHANNELS if getattr(self, ADDRESS_OF.get(channel, channel)))


class TeamEntry(_Strict):
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


class Document(_Strict):
    """The whole file."""

    people: dict[str, PersonEntry] = Field(min_length=1)
    teams: dict[str, TeamEntry] = {}
    roles: dict[str, tuple[str, ...]] = {}


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


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or empty when nothing is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{near[0]}'?)" if near else ""


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
    if "away" in path[:-1]:
        return ["from", "to"]
    model: type[BaseModel] = Document
    if len(path) == 3:
        model = PersonEntry if path[0] == "people" else TeamEntry
    return list(model.model_fields)


def _check(source: Source) -> None:
    """What one entry says about another. Works on the raw content: one fault must not hide the next."""
    people, teams, roles = (_section(source.content, name) for name in ("people", "teams", "roles"))
    for id in (*people, *teams, *roles):
        _check_id(source, id, people, teams, roles)
    for path, person in _references(teams):
        _check_known(source, path, person, people)
    channels = {f"team:{name}" for name, team in teams.items() if _has_channel(team)}
    for role, holders in roles.items():
        if role in TICKET_ROLES:
            source.fault(("roles", role), "depends on the ticket and cannot be given away; choose another name")
        if isinstance(holders, list) and not holders:
            source.fault(("roles", role), "nobody holds it; name at least one person")
        for number, person in enumerate(holders if isinstance(holders, list) else ()):
            _check_known(source, ("roles", role, number), person, {*people, *channels})
    for id, entry in people.items():
        _check_addresses(source, id, entry)


def _check_id(source: Source, id: str, *sections: Mapping[str, object]) -> None:
    for name, section in zip(("people", "teams", "roles"), sections, strict=True):
        if id not in section:
            continue
        if not _ID.fullmatch(id):
            source.fault((name, id), f"'{id}' is no id; use letters, digits, '.', '_' and '-'")
        if name == "people" and id in TICKET_ROLES:
            source.fault((name, id), f"'{id}' is a role of the ticket; choose another id")


def _check_known(source: Source, path: Path, person: object, known: Iterable[str]) -> None:
    if isinstance(person, str) and person not in set(known):
        source.fault(path, f"no person '{person}'{suggestion(person, known)}")


def _check_addresses(source: Source, id: str, entry: object) -> None:
    """Only what was written counts: a missing variable is a fault of its own."""
    if not isinstance(entry, dict):
        return
    if not any(ADDRESS_OF.get(channel, channel) in entry for channel in CHANNELS):
        fields = ("email", "phone", "slack", "teams", "webhook")
        source.fault(("people", id), f"has no address; give at least one of {', '.join(fields)}")
    channels = entry.get("channels")
    for number, channel in enumerate(channels if isinstance(channels, list) else ()):
        needed = ADDRESS_OF.get(str(channel), str(channel))
        if channel in CHANNELS and needed not in entry:
            source.fault(("people", id, "channels", number), f"'{channel}' needs `{needed}`; give it")


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
