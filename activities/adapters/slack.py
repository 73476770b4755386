"""Slack: one card per message through an incoming webhook.

Slack knows no idempotency: when its answer is lost, the same card may appear twice, and both show the key.
Must never let a ticket's text act as markup (`<!channel>` pages everybody).
"""

from __future__ import annotations

from activities.adapters.http import Call, Http, as_json
from activities.fitting import fit, one_line, printable
from activities.ports import Contact, Message, Press, Receipt, Refused

BUTTON = "rung-acknowledge"
"""The `action_id` of our button."""
_HEADER, _FIELD, _TEXT, _LABEL = 150, 2000, 3000, 75
_FIELDS_PER_BLOCK = 10
_COLOURS = {"info": "#2f6fab", "warning": "#d98e04", "breach": "#c0392b"}

Block = dict[str, object]


class SlackNotifier:
    """Channel `slack`: the contact's `slack` is the webhook's address."""

    channel = "slack"

    def __init__(self, http: Http, answers: bool = False) -> None:
        """`answers`: the webhook belongs to an app whose button presses are sent to our doors."""
        self._http = http
        self._answers = answers

    async def send(self, message: Message, to: Contact) -> Receipt:
        """Slack answers `ok` and no reference."""
        if not to.slack:
            raise Refused(f"{to.person} has no Slack webhook; set `slack` in the directory")
        await self._http.send(Call("slack", to.slack, message.key, body=as_json(card(message, self._answers))))
        return Receipt("slack")


def card(message: Message, answers: bool = False) -> dict[str, object]:
    """The Block Kit payload; Slack's limits are 150 (header), 2000 (field) and 3000 (text) characters."""
    colour = _COLOURS.get(message.severity, _COLOURS["info"])
    fallback = fit(one_line(message.short or message.subject), _TEXT, escape)
    return {"text": fallback, "attachments": [{"color": colour, "blocks": _blocks(message, answers)}]}


def escape(text: str) -> str:
    """Slack's three control characters, as its formatting reference asks."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(message: Message, answers: bool) -> list[Block]:
    title = fit(one_line(message.subject), _HEADER, escape) or "Rung"
    blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}]
    if text := message.words.strip():
        blocks.append({"type": "section", "text": _markdown(fit(text, _TEXT, escape))})
    if message.action[1]:
        blocks.append({"type": "section", "text": _markdown(_field(*message.action))})
    fields = [_markdown(_field(label, value)) for label, value in message.facts]
    for start in range(0, len(fields), _FIELDS_PER_BLOCK):
        blocks.append({"type": "section", "fields": fields[start : start + _FIELDS_PER_BLOCK]})
    for press in (message.press, *message.presses):
        if press.link:  # a block each: their `action_id`, by which we know them, is the same
            blocks.append({"type": "actions", "elements": [_button(press, answers)]})
    blocks.append({"type": "context", "elements": [_markdown(fit(message.key, _FIELD, escape))]})
    return blocks


def _button(press: Press, answers: bool) -> Block:
    """One that Slack tells us of, or one that opens the page: an app that does not listen must not be asked."""
    text = {"type": "plain_text", "text": fit(one_line(press.label), _LABEL, escape), "emoji": False}
    button: Block = {"type": "button", "action_id": BUTTON, "style": "primary", "text": text}
    return button | ({"value": press.token} if answers else {"url": press.link})


def _field(label: str, value: str) -> str:
    head = f"*{fit(one_line(label), 100, escape)}*\n"
    return head + fit(value.strip() or "-", _FIELD - len(head), escape)


def _markdown(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}
