"""From a recognised major incident to the outage that is declared, or proposed to people, for it.

Its id is made of the incident and the instant of its first ticket, so that it is declared once however often it is
said. An outage covers what its scope names: where a scope cannot say whom a rule means, people decide. Must never
cover more than the rule is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from shlex import quote
from typing import Protocol

from policies.condition import OnlyFor
from policies.duration import say_duration
from policies.outage import LONGEST, PAUSE_CLOCK, RAISE, Outage, Scope, faults
from policies.recognition import DECLARED, Finding, Incident, Rule

KINDS = {"service": "services", "region": "regions", "tenant": "tenants", "tier": "tiers", "tags": "tags"}
"""A fact of a ticket -> the kind of scope that names it."""
OPTIONS = (("services", "service"), ("regions", "region"), ("tenants", "tenant"), ("tiers", "tier"), ("tags", "tag"))


class Grouping(Protocol):
    """What says which tickets belong together: a rule, or a row of a policy."""

    @property
    def same(self) -> Sequence[str]: ...
    @property
    def only_for(self) -> OnlyFor | None: ...


def unnamed(rule: Grouping) -> tuple[str, ...]:
    """Facts that the rule looks at and no scope can name."""
    given = rule.only_for.model_dump(exclude_defaults=True) if rule.only_for else {}
    return tuple(name for name in dict.fromkeys([*rule.same, *given]) if name not in KINDS)


def declares(rule: Rule) -> bool:
    """Whether an outage is declared without asking anybody: the rule says so, and what it is to do and to whom."""
    return rule.does == DECLARED and bool(rule.effect or rule.urgency) and not unnamed(rule)


def outage_for(policy: str, rule: Rule, finding: Finding, incident: Incident) -> Outage | None:
    """The outage of an incident that has just been found; None when no scope can say whom it covers.

    One that stops clocks or mutes is expected to end when the incident would, so that its owner is asked.
    """
    if unnamed(rule):
        return None
    effect = rule.effect or (RAISE if rule.urgency else PAUSE_CLOCK)
    made = Outage(
        outage_id(finding.incident, incident.first), scope_of(rule, finding.shared), effect, since=incident.first,
        expected=0 if effect == RAISE else incident.ends_at, owner=rule.tell[0].who if rule.tell else "",
        reason=said(rule, finding, incident)[:LONGEST], urgency=rule.urgency if effect == RAISE else "",
        declared_by=f"rule {rule.name} of {policy}"[:LONGEST],
    )  # fmt: skip
    return None if faults(made) else made


def outage_id(incident: str, first: int) -> str:
    """`till-3f9ac01b22`: the rule and a checksum of the incident and the instant of its first ticket (UTC seconds)."""
    return f"{incident.partition('/')[0][:40]}-{sha256(f'{incident}@{first}'.encode()).hexdigest()[:10]}"


def scope_of(rule: Rule, shared: tuple[str, ...]) -> Scope:
    """What its tickets share, and whom the rule is for beside that."""
    given = (
        {name: tuple(values) for name, values in rule.only_for.model_dump().items() if values} if rule.only_for else {}
    )
    given |= {name: (value,) for name, value in zip(rule.same, shared, strict=True)}
    return Scope(**{KINDS[name]: tuple(values) for name, values in given.items() if name in KINDS})


def said(rule: Rule, finding: Finding, incident: Incident) -> str:
    """`5 tickets in less than 15m share service mail`."""
    facts = ", ".join(f"{name} {value}" for name, value in zip(rule.same, finding.shared, strict=True))
    return f"{incident.tickets} tickets in less than {say_duration(rule.within)} share {facts}"


def command(outage: Outage) -> str:
    """What somebody types to declare it."""
    scope = [f"--{option} {quote(value)}" for name, option in OPTIONS for value in getattr(outage.scope, name)]
    given = [("effect", outage.effect), ("urgency", outage.urgency), ("owner", outage.owner), ("reason", outage.reason)]
    since = datetime.fromtimestamp(outage.since, UTC).isoformat()
    options = [*scope, *(f"--{name} {quote(value)}" for name, value in given if value), f"--occurred-at {since}"]
    return " ".join([f"rung outage declare {outage.id}", *options])
