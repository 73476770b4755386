"""The phrases of a language: labels, units, names, reasons - what translators write, in one file a language.

What a language lacks is taken from English and can be named. Must never hold a phrase itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from activities.ports import Refused

TEMPLATES = Path(__file__).parent / "templates"
FALLBACK = "en"
COMPLETE = ("ko", "en", "ja", "es", "fr", "zh")
"""Languages that must lack nothing (G2)."""
FILE = "phrases.yaml"
_FREE = ("sentences", "policy")
"""Sections that may hold more or less than the English ones: sentences of policies, names that policies give."""
_PLACE = re.compile(r"\{(\w+)\}")


class Phrases:
    """The phrases of `language`; English ones where it has none."""

    def __init__(self, language: str, folder: Path = TEMPLATES) -> None:
        self.language = known_language(language, folder)
        self.own = _read(folder / self.language / FILE)
        self.english = _read(folder / FALLBACK / FILE)

    def __call__(self, key: str, **values: object) -> str:
        """The phrase called `labels.due`, with its places filled. KeyError when not even English has it."""
        phrase = self.own.get(key, self.english.get(key))
        if phrase is None:
            raise KeyError(key)
        return _PLACE.sub(lambda place: str(values[place[1]]), phrase)

    def named(self, section: str, name: str) -> str:
        """What a name of the policy is called; by itself where nobody has translated it."""
        key = f"{section}.{name}"
        return self.own.get(key) or self.english.get(key) or name.replace("_", " ")

    def sentence(self, english: str) -> str:
        """The translation of a policy author's sentence, or nothing."""
        return self.own.get(f"sentences.{english}", "")

    def missing(self) -> list[str]:
        """Keys that English has and this language has not."""
        return [key for key in self.english if key not in self.own and not _free(key) and not key.endswith(".one")]

    def faults(self) -> list[str]:
        """Phrases nobody asks for, and those whose places are not the English ones."""
        found = [f"{key}: English has no such phrase; remove or correct it" for key in self._unknown()]
        for key in self.english.keys() & self.own.keys():
            ours, theirs = set(_PLACE.findall(self.own[key])), set(_PLACE.findall(self.english[key]))
            if ours != theirs:
                said = ", ".join(f"{{{name}}}" for name in sorted(theirs)) or "none"
                found.append(f"{key}: '{self.own[key]}' has other places than English ({said})")
        return sorted(found)

    def _unknown(self) -> Iterator[str]:
        return (key for key in self.own if key not in self.english and not _free(key))


def known_language(language: str, folder: Path = TEMPLATES) -> str:
    """`ko` for `ko-KR`, and English for a language that nobody has translated."""
    tried = (language, language.replace("_", "-").partition("-")[0].lower())
    return next((name for name in tried if name in languages(folder)), FALLBACK)


@cache
def languages(folder: Path = TEMPLATES) -> tuple[str, ...]:
    """The languages there are, the complete ones first."""
    found = {path.parent.name for path in folder.glob(f"*/{FILE}")}
    return (*(name for name in COMPLETE if name in found), *sorted(found.difference(COMPLETE)))


def locale_of(language: str) -> Locale:
    """Babel's locale for a language of ours."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK)


@cache
def _read(path: Path) -> Mapping[str, str]:
    """Flat: `labels.due` -> `Due`. Raises Refused when the file cannot be understood."""
    try:
        written = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise Refused(f"{path.parent.name}/{path.name}: {error}") from error
    return dict(_flat(written or {}))


def _flat(written: Any, head: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(written, Mapping):
        for name, value in written.items():
            yield from _flat(value, f"{head}.{name}" if head else str(name))
    else:
        yield head, str(written)


def _free(key: str) -> bool:
    return key.startswith(tuple(f"{section}." for section in _FREE))
