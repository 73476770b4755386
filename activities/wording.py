"""Words for what happens: from a rung and a situation to subject, text, facts and one short line.

Templates live in `templates/<language>/`; the first line is the subject, the rest the text (A1). Rendered in a sandbox.
Must never decide who hears it or through which channel.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from activities.ports import Contact, Message
from activities.requests import ActRequest, NotifyRequest, Situation
from policies.business_time import zone_of
from policies.duration import say_duration
from policies.people import CUSTOMER
from policies.plan import Effect

TEMPLATES = Path(__file__).parent / "templates"
FALLBACK = "en"
NEEDED = {
    0: "have a look and update the ticket",
    1: "take the ticket, answer the customer, or hand it over",
    2: "make sure somebody works on it; consider extra people",
    3: "convene the emergency team and review a workaround",
    4: "decide on resources and tell the customer the plan",
}
"""Level -> what its people are asked to do (E1)."""


class Wording:
    """Renders messages in the recipient's language and zone."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self.templates = templates

    def message(self, request: NotifyRequest, to: Contact) -> Message:
        """One message for one person."""
        name = "customer" if request.delivery.role == CUSTOMER else "page"
        subject, body = self._render(name, to.language, words(request, to))
        facts = () if name == "customer" else facts_of(request, to)
        text = "\n".join([body, *(f"{label}: {value}" for label, value in facts)]) if facts else body
        return Message(
            key=request.key, subject=subject, body=text.strip() + "\n", facts=facts, short=short_of(request, to),
            severity=severity_of(request.effect), ticket=request.ticket.key, language=to.language,
        )  # fmt: skip

    def comment(self, request: ActRequest) -> str:
        return f"{request.effect.value} ({request.effect.why})"

    def review_title(self, request: ActRequest) -> str:
        return f"Post-incident review: #{request.ticket.id} - {request.ticket.summary or request.ticket.service}"

    def agenda(self, request: ActRequest) -> str:
        return "\n".join(
            [
                f"{request.effect.why}.",
                "",
                "1. Summary and impact",
                "2. Time line",
                "3. Cause",
                "4. Actions, owners, due dates",
            ]
        )

    def _render(self, name: str, language: str, values: dict[str, Any]) -> tuple[str, str]:
        folders = [self.templates / language, self.templates / FALLBACK]
        loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])
        environment = SandboxedEnvironment(loader=loader, undefined=StrictUndefined, autoescape=False, trim_blocks=True)
        subject, _, body = environment.get_template(f"{name}.txt").render(values).partition("\n")
        return " ".join(subject.split()), body.strip()


def words(request: NotifyRequest, to: Contact) -> dict[str, Any]:
    """What templates may use."""
    effect, situation = request.effect, request.situation
    return {
        "headline": headline(effect, situation), "ticket": request.ticket, "why": _sentence(effect.why),
        "late": say_duration(effect.late) if effect.late else "", "needed": NEEDED.get(effect.level, NEEDED[4]),
        "due": local(situation.due, to.zone), "state": situation.state, "name": to.name,
    }  # fmt: skip


def headline(effect: Effect, situation: Situation) -> str:
    """`[SLA breach]`, `[SLA warning]` or `[SLA]` (A1)."""
    if severity_of(effect) == "breach":
        return "[SLA breach]"
    return "[SLA warning]" if effect.kind == "page" else "[SLA]"


def severity_of(effect: Effect) -> str:
    """`breach`, `warning` or `info`."""
    if effect.kind != "page":
        return "info"
    return "breach" if effect.breach else "warning"


def facts_of(request: NotifyRequest, to: Contact) -> tuple[tuple[str, str], ...]:
    """Status, overrun, due, owner: what the reader needs to act (A1)."""
    situation, ticket = request.situation, request.ticket
    used = f"{say_duration(situation.consumed)} of {say_duration(situation.target)}" if situation.target else ""
    over = say_duration(situation.consumed - situation.target) if situation.consumed > situation.target > 0 else ""
    facts = (
        ("Promise", f"{situation.clock.replace('_', ' ')} for {ticket.tier} x {ticket.urgency}"),
        ("Used", used),
        ("Overrun", over),
        ("Due", local(situation.due, to.zone)),
        ("Status", f"{situation.state}, SLA {situation.sla.replace('_', ' ')}"),
        ("Level", f"L{request.effect.level} {situation.level_title}".strip() if request.effect.level else ""),
        ("You may decide", situation.may_decide),
        ("You may spend", f"up to {situation.may_spend:,}" if situation.may_spend else ""),
        ("Owner", ticket.assignee or "nobody yet"),
        ("Service", ticket.service),
        ("You are told as", request.delivery.role),
    )
    return tuple((label, value) for label, value in facts if value)


def short_of(request: NotifyRequest, to: Contact) -> str:
    """One line for SMS and voice."""
    situation, effect = request.situation, request.effect
    due = f", due {local(situation.due, to.zone)}" if situation.due else ""
    what = "SLA breach" if severity_of(effect) == "breach" else "SLA warning"
    return f"{what}: ticket {request.ticket.id}, {effect.why}{due}. Needed: {NEEDED.get(effect.level, NEEDED[4])}."


def local(at: int | None, zone: str) -> str:
    """`Mon 30 Mar 2026 15:00 KST`, or nothing."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)):%a %d %b %Y %H:%M %Z}" if at is not None else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
