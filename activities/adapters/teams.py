"""Microsoft Teams: one Adaptive Card per message, in the envelope that a Workflows webhook expects.

Teams knows no idempotency: when its answer is lost, the same card may appear twice, and both show the key.
Must never let a ticket's text act as a link, nor outgrow the 28 KB that Teams takes.
"""

from __future__ import annotations

from activities.adapters.http import Call, Http, as_json
from activities.fitting import fit, one_line, printable
from activities.ports import Contact, Message, Receipt, Refused

_LARGEST = 27_000
_LONGEST_BODY, _SHORTEST_BODY = 8000, 200
_TITLE, _LABEL, _VALUE, _FACTS = 200, 60, 300, 20
_COLOURS = {"info": "accent", "warning": "warning", "breach": "attention"}

Element = dict[str, object]


class TeamsNotifier:
    """Channel `teams`: the contact's `teams` is the webhook's address."""

    channel = "teams"

    def __init__(self, http: Http) -> None:
        self._http = http

    async def send(self, message: Message, to: Contact) -> Receipt:
        """Teams answers 202 and no reference."""
        if not to.teams:
            raise Refused(f"{to.person} has no Teams webhook; set `teams` in the directory")
        await self._http.send(Call("teams", to.teams, message.key, body=_within_limit(message)))
        return Receipt("teams")


def card(message: Message, longest_body: int = _LONGEST_BODY) -> dict[str, object]:
    """The message envelope with its one card."""
    content: Element = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": message.language,
        "fallbackText": fit(one_line(message.short or message.subject), _VALUE, plain),
        "body": _elements(message, longest_body),
        "msteams": {"width": "Full"},
    }
    if presses := [one for one in (message.press, *message.presses) if one.link]:
        content["actions"] = [
            {"type": "Action.OpenUrl", "title": fit(one_line(one.label), _LABEL, plain), "url": one.link}
            for one in presses
        ]  # fmt: skip
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "attachments": [{"contentType": kind, "contentUrl": None, "content": content}],
    }


def plain(text: str) -> str:
    """Adaptive Cards read Markdown: a blank between `]` and `(` takes the link out of it."""
    return printable(text).replace("](", "] (")


def _within_limit(message: Message) -> bytes:
    length = _LONGEST_BODY
    payload = as_json(card(message, length))
    while len(payload) > _LARGEST and length > _SHORTEST_BODY:
        length //= 2
        payload = as_json(card(message, length))
    return payload


def _elements(message: Message, longest_body: int) -> list[Element]:
    title = _text(fit(one_line(message.subject), _TITLE, plain) or "Rung", size="large", weight="bolder")
    elements: list[Element] = [title | {"color": _COLOURS.get(message.severity, "default")}]
    if text := message.words.strip():
        elements.append(_text(_paragraphs(fit(text, longest_body, plain))))
    if message.action[1]:
        elements.append({"type": "Container", "style": "emphasis", "items": _action(*message.action)})
    if message.facts:
        elements.append({"type": "FactSet", "facts": _facts(message.facts)})
    return [*elements, _text(fit(message.key, _VALUE, plain), size="small", isSubtle=True)]


def _action(label: str, sentence: str) -> list[Element]:
    return [
        _text(fit(one_line(label), _LABEL, plain), weight="bolder"), _text(fit(one_line(sentence), _VALUE, plain)),
    ]  # fmt: skip


def _facts(facts: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    shown = [
        {"title": fit(one_line(label), _LABEL, plain), "value": fit(one_line(value) or "-", _VALUE, plain)}
        for label, value in facts[:_FACTS]
    ]
    missing = len(facts) - len(shown)
    return [*shown, {"title": "…", "value": f"+{missing}"}] if missing else shown


def _paragraphs(text: str) -> str:
    """A single line break is nothing in Teams' Markdown."""
    return text.replace("\n", "\n\n")


def _text(text: str, **look: object) -> Element:
    return {"type": "TextBlock", "text": text, "wrap": True, **look}
