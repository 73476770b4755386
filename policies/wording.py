"""What stands in a policy, in words: whatever it is, known or not.

Must never fail on a shape it does not know: that is told key by key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


def said(value: Any, key: str = "") -> str:
    """Words for any value; nothing for nothing. `key` is the name under which it stands."""
    if value is None or value == [] or value == {} or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return _mapping(value, key)
    if isinstance(value, list | tuple | set | frozenset):
        joint = ", " if all(isinstance(item, str | int | date) for item in value) else " + "
        return joint.join(said(item) for item in value)
    return str(value).replace("_", " ") if key in ("on_retarget", "then", "clock") else str(value)


def _mapping(value: Mapping[Any, Any], key: str) -> str:
    if "who" in value and "via" in value:
        return _told(value)
    if "do" in value:
        return _done(value)
    if key == "when":
        return _when(value)
    parts = ((str(name), said(item, str(name))) for name, item in value.items())
    return ", ".join(f"{called(name)} {words}" for name, words in parts if words)


NAMES: Mapping[str, str] = {
    "notify": "tells", "tell": "tells", "actions": "does", "when": "stands", "why": "because", "only_for": "only for",
    "catch_all": "catch-all", "may_escalate_to": "may escalate to level",
}  # fmt: skip
"""How a key is called in a sentence; every other is called by its own name."""


def called(name: Any) -> str:
    """A key as people say it."""
    return NAMES.get(str(name), str(name).replace("_", " "))


def _told(value: Mapping[Any, Any]) -> str:
    """`sms+email team-lead (only for tier gold)`."""
    return f"{'+'.join(value['via'])} {value['who']}{_rest(value, 'who', 'via')}"


def _done(value: Mapping[Any, Any]) -> str:
    """`flag "SLA caution"`."""
    what = f' "{value["value"]}"' if value.get("value") else ""
    return f"{value['do']}{what}{_rest(value, 'do', 'value')}"


def _rest(value: Mapping[Any, Any], *known: str) -> str:
    words = said({name: item for name, item in value.items() if name not in known})
    return f" ({words})" if words else ""


def _when(value: Mapping[Any, Any]) -> str:
    """`at 75% of resolution`, `30m after the start of resolution`, `2h after the breach of resolution`."""
    rest = dict(value)
    clock = str(rest.pop("clock", "resolution")).replace("_", " ")
    parts = []
    if share := rest.pop("share", None):
        parts.append(f"at {share} of {clock}")
    if breach := rest.pop("breach", None):
        parts.append(f"{breach} after the breach of {clock}")
    if after := rest.pop("after", None):
        parts.append(f"after {after} of {clock}")
    if event := rest.pop("on", None):
        parts.append(f"when {event}")
    for name, usual in (("times", 1), ("counted", "business")):
        if rest.get(name) == usual:
            rest.pop(name)
    words = said(rest)
    return ", ".join([*parts, words] if words else parts)
