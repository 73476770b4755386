"""The parts of a message: subject, text, action, text message, spoken text - each a block of one template.

A file a language and message, `templates/<language>/<message>.txt`; one that a language lacks is the English one.
Rendered in a sandbox, where an unknown name is a fault. Must never escape anything: the adapters know their channel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from activities.fitting import one_line, plain
from activities.phrases import FALLBACK, TEMPLATES
from activities.reader import Said
from activities.segments import MOST, folded, length, shortened, within

STAFF = ("page", "breach", "notice", "skipped", "digest", "outage", "outage_update", "review", "reminder", "test")
CUSTOMERS = ("received", "progress", "eta", "risk", "resolved", "update", "disruption")
MESSAGES = (*STAFF, *CUSTOMERS)
PARTS = ("subject", "text", "action", "sms", "voice")
_GAPS = re.compile(r"\n{3,}")
_BEFORE_STOP = re.compile(r"\s+([.,;!?。、,])")
_UNSPEAKABLE = re.compile(r"[#<>\[\]{}()|*_~`\\/=+^&@]+")

Values = Mapping[str, Any]


class Parts:
    """Renders the messages of one language."""

    def __init__(self, language: str, folder: Path = TEMPLATES) -> None:
        self.language = language
        self.folder = folder

    @cached_property
    def environment(self) -> SandboxedEnvironment:
        loaders = [FileSystemLoader(self.folder / name) for name in (self.language, FALLBACK)]
        return SandboxedEnvironment(
            loader=ChoiceLoader(loaders), undefined=StrictUndefined, autoescape=False, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip

    def missing(self) -> list[str]:
        """Files that English has and this language has not."""
        names = sorted(path.name for path in (self.folder / FALLBACK).glob("*.txt"))
        return [name for name in names if not (self.folder / self.language / name).exists()]

    def about(self, name: str) -> str:
        """The comment on its first line."""
        first = (self.folder / self.language / f"{name}.txt").read_text(encoding="utf-8").partition("\n")[0]
        return first.removeprefix("{#").removesuffix("#}").strip()

    def render(self, name: str, values: Values) -> dict[str, str]:
        """Every part of the message `name`; `values` are what its template may use, `Said` in the form of the part."""
        template = self.environment.get_template(f"{name}.txt")
        written = _in_form("written", values)
        return {
            "subject": one_line(_block(template, "subject", written)),
            "text": _GAPS.sub("\n\n", _block(template, "text", written)).strip(),
            "action": one_line(_block(template, "action", written)),
            "sms": _sms(template, _in_form("short", values)),
            "voice": _spoken(_block(template, "voice", _in_form("spoken", values))),
        }


def _in_form(form: str, values: Values) -> dict[str, Any]:
    chosen = {name: getattr(value, form) if isinstance(value, Said) else value for name, value in values.items()}
    if rows := chosen.get("rows"):
        chosen["rows"] = [_in_form(form, row) for row in rows]
    return chosen


def _block(template: Template, part: str, values: Values) -> str:
    """TRAP: a template knows its own blocks only; those it inherits are found by running it once."""
    context = template.new_context(dict(values))
    for _ in template.root_render_func(context):
        pass
    blocks = context.blocks.get(part)
    return "".join(blocks[0](context)) if blocks else ""


def _sms(template: Template, values: Values) -> str:
    """First the summary is cut, then the reason, until two parts take it; number, due and action never are."""
    summary, why = values["summary"], values["why"]

    def tried(room: int) -> str:
        cut = {"why": _head(why, room), "summary": _head(summary, room - len(why))}
        text = one_line(_block(template, "sms", {**values, **cut}))
        return text if length(text).parts <= MOST else folded(text)

    low, high = 0, len(why) + len(summary)
    if length(text := tried(high)).parts <= MOST:
        return text
    while low < high:
        middle = (low + high + 1) // 2
        fits = length(tried(middle)).parts <= MOST
        low, high = (middle, high) if fits else (low, middle - 1)
    return within(tried(low))


def _head(text: str, letters: int) -> str:
    return shortened(text, lambda tried: len(tried) <= letters)


def _spoken(text: str) -> str:
    """Nothing that a voice would read out as a sign."""
    return _BEFORE_STOP.sub(r"\1", one_line(_UNSPEAKABLE.sub(" ", plain(text))))
