"""Words for what happens: from a rung and a situation to subject, text, facts, text message and spoken text (A1).

Each person reads them in their own language and zone. Texts stand in `templates/<language>/`. Must never decide who
hears it or through which channel, nor escape: each channel's adapter does that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from activities.facts import Facts, facts_of, labelled
from activities.outage_values import disrupted, headline_of, standing_of, status_of
from activities.parts import Parts, Values
from activities.phrases import FALLBACK, TEMPLATES, Phrases, known_language, languages
from activities.ports import Contact, Message
from activities.reader import Reader
from activities.reasons import why
from activities.requests import ActRequest, DigestRequest, NotifyRequest, OutageUpdate
from activities.taming import tamed_effect, tamed_name, tamed_request, tamed_ticket, tamed_title
from activities.values import headless, listed, row_of, values_of
from policies import event as news
from policies.outage import Outage
from policies.people import CUSTOMER
from policies.plan import Effect
from policies.ticket import Ticket

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ActionItem:
    """What somebody has to do after an incident (T4). `due` is a UTC second."""

    title: str
    owner: str
    due: int


class Wording:
    """Renders messages in the recipient's language and zone."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self.templates = templates
        self._unknown: set[str] = set()

    def message(self, request: NotifyRequest, to: Contact) -> Message:
        """One message for one person."""
        tame, reader = tamed_request(request), self.reader(to)
        name = name_of(tame)
        facts = () if tame.delivery.role == CUSTOMER else facts_of(tame, reader)
        values = values_of(tame, reader, tamed_name(to.name))
        return self._message(name, request.key, reader, values, facts, severity_of(request.effect), request.ticket.key)

    def digest(self, key: str, requests: Sequence[NotifyRequest], to: Contact) -> Message:
        """Several messages to one person as one (semantics 4.2); a ticket may have several of them."""
        reader = self.reader(to)
        rows = [values_of(tamed_request(one), reader) for one in requests]
        tickets = [one.ticket.key for one in requests]
        severities = [severity_of(one.effect) for one in requests]
        severity = next((known for known in ("breach", "warning") if known in severities), "info")
        values = {
            **headless(reader, tamed_name(to.name)), "tag": reader.phrases(f"tags.{severity}"),
            **listed(rows, tickets, len(set(tickets)), reader),
        }  # fmt: skip
        return self._message("digest", key, reader, values, (), severity, "")

    def outage(self, request: DigestRequest, to: Contact) -> Message:
        """What an outage has done to somebody's tickets. KeyError for a `kind` that is none."""
        reader = self.reader(to)
        rows = [row_of(row, reader) for row in request.rows]
        tickets = [str(place) for place in range(len(rows))]  # one row each; two tenants may have the same number
        values = {
            **headless(reader, tamed_name(to.name)), **listed(rows, tickets, max(request.count, len(rows)), reader),
            "headline": reader.phrases(f"outages.{request.kind}", about=tamed_name(request.about)),
            "why": tamed_title(request.reason),
        }  # fmt: skip
        return self._message("outage", request.key, reader, values, (), "info", "")

    def outage_update(self, update: OutageUpdate, to: Contact) -> Message:
        """How an outage stands, for whoever answers for it."""
        reader, outage = self.reader(to), update.outage
        headline = headline_of(outage, update.now, reader)
        values = {**headless(reader, tamed_name(to.name)), "headline": headline, "why": tamed_title(outage.reason)}
        severity = "info" if outage.over_at is not None else "warning"
        facts = labelled(standing_of(outage, update.tickets, reader), reader)
        return self._message("outage_update", update.key, reader, values, facts, severity, "")

    def disruption(self, key: str, outage: Outage, tickets: Sequence[str], to: Contact) -> Message:
        """What `status` says, for the customer of these tickets."""
        reader = self.reader(to)
        values = {**headless(reader, tamed_name(to.name)), **disrupted(outage, tickets, reader)}
        return self._message("disruption", key, reader, values, (), "info", "")

    def status(self, outage: Outage, to: Contact, now: int) -> str:
        """What customers of its tickets may be told: no reason, no tenant, nothing of what is inside."""
        return "\n".join(status_of(outage, now, self.reader(to)))

    def reminder(self, key: str, ticket: Ticket, item: ActionItem, to: Contact, now: int) -> Message:
        """An action item that waits for its owner."""
        reader, about, late = self.reader(to), tamed_ticket(ticket), now - item.due
        title, owner = tamed_title(item.title), tamed_name(item.owner)
        values = {
            **headless(reader, tamed_name(to.name)), "id": about.id, "why": title,
            "customer": about.customer or reader.phrases("values.internal"),
            "summary": about.summary, "late": reader.length(max(late // 60 * 60, 0)), "due": reader.time(item.due),
        }  # fmt: skip
        facts = labelled((("item", title), ("owner", owner), ("due", reader.moment(item.due))), reader)
        return self._message(
            "reminder", key, reader, values, facts, "warning" if late >= 60 else "info", ticket.key
        )  # fmt: skip

    def invitation(self, request: ActRequest, minutes: int, to: Contact) -> Message:
        """What goes with the invitation to a review; `request.at` is when it starts."""
        reader, about = self.reader(to), tamed_ticket(request.ticket)
        values = {
            **headless(reader, tamed_name(to.name)), "id": about.id,
            "customer": about.customer or reader.phrases("values.internal"),
            "summary": about.summary or about.service, "why": why(tamed_effect(request.effect), reader),
            "due": reader.time(request.at), "agenda": agenda(reader),
        }  # fmt: skip
        facts = labelled((("starts", reader.moment(request.at)), ("lasts", reader.duration(minutes * 60))), reader)
        return self._message("review", request.key, reader, values, facts, "info", request.ticket.key)

    def test(self, key: str, channel: str, to: Contact, now: int) -> Message:
        """Shows that a channel reaches somebody; asks for nothing."""
        reader = self.reader(to)
        values = {
            **headless(reader, tamed_name(to.name)), "channel": reader.phrases.named("channels", channel),
            "due": reader.time(now),
        }  # fmt: skip
        return self._message("test", key, reader, values, (), "info", "")

    def comment(self, request: ActRequest) -> str:
        """For the helpdesk, which has no language of its own: the author's words."""
        return f"{request.effect.value} ({request.effect.why})"

    def reader(self, to: Contact) -> Reader:
        """Who reads; a language that nobody has translated is English, and said once in the log."""
        language = known_language(to.language, self.templates)
        if language == FALLBACK and not to.language.lower().startswith(FALLBACK) and to.language not in self._unknown:
            self._unknown.add(to.language)
            log.warning("no messages in '%s': English ones are sent; 'rung template check' tells more", to.language)
        return Reader(self._phrases[language], to.zone)

    def missing(self) -> list[str]:
        """What falls back to English: `ko: no phrase labels.due`."""
        found = []
        for language in languages(self.templates):
            found += [f"{language}: no phrase {key}" for key in self._phrases[language].missing()]
            found += [f"{language}: no template {name}" for name in self._parts[language].missing()]
        return found

    def faults(self) -> list[str]:
        """Phrases that cannot be right."""
        return [f"{name}: {fault}" for name in languages(self.templates) for fault in self._phrases[name].faults()]

    def phrases(self, language: str) -> Phrases:
        """The phrases of `language`, or English ones."""
        return self._phrases[known_language(language, self.templates)]

    def about(self, name: str) -> str:
        """What the message is for: the first line of its English template."""
        return self._parts[FALLBACK].about(name)

    @cached_property
    def _phrases(self) -> dict[str, Phrases]:
        return {language: Phrases(language, self.templates) for language in languages(self.templates)}

    @cached_property
    def _parts(self) -> dict[str, Parts]:
        return {language: Parts(language, self.templates) for language in languages(self.templates)}

    def _message(
        self, name: str, key: str, reader: Reader, values: Values, facts: Facts, severity: str, ticket: str
    ) -> Message:
        parts = self._parts[reader.phrases.language].render(name, values)
        action = (reader.phrases("labels.needed"), parts["action"]) if parts["action"] else ("", "")
        lines = [reader.phrases("marks.label", label=label, value=value) for label, value in (action, *facts) if value]
        body = parts["text"] + ("\n\n" + "\n".join(lines) if lines else "")
        return Message(
            key=key, subject=parts["subject"], body=body + "\n", facts=facts, short=parts["sms"], severity=severity,
            ticket=ticket, language=reader.phrases.language, text=parts["text"], action=action, voice=parts["voice"],
        )  # fmt: skip


def name_of(request: NotifyRequest) -> str:
    """Which message it is: by the facts of the rung, never by its name."""
    effect = request.effect
    if request.delivery.role == CUSTOMER:
        return _for_customer(request)
    if effect.kind == "page":
        return "breach" if effect.breach else "page"
    return "skipped" if effect.level and effect.key.endswith(f".L{effect.level}") else "notice"


def _for_customer(request: NotifyRequest) -> str:
    reason, state = request.effect.reason, request.situation.state
    if reason.kind == "event":
        return {news.OPENED: "received", news.RESOLVED: "resolved", news.CLOSED: "resolved"}.get(reason.event, "update")
    if state == "resolved":
        return "resolved"
    if reason.kind == "every":
        return "eta" if request.situation.eta is not None else "progress"
    return "risk" if reason.kind == "share" and reason.percent >= 50 else "update"


def severity_of(effect: Effect) -> str:
    """`breach`, `warning` or `info`."""
    if effect.kind != "page":
        return "info"
    return "breach" if effect.breach else "warning"


def agenda(reader: Reader) -> str:
    """What a review goes through, numbered."""
    points = [reader.phrases(f"agenda.{name}") for name in ("summary", "time_line", "cause", "actions")]
    return "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
