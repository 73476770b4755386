"""A condition on a ticket, as data: which tickets a rung, an adjustment, a region or a whole policy is for.

Every list that is given must contain the ticket's fact, every bound must be reached; nothing given fits all. No
expressions, no code: a service manager reads it, and every mismatch can be said in words. Must never look at anything
but the ticket and the target it is measured by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.duration import say_duration
from policies.ticket import Ticket

Tier = Literal["diamond", "gold", "silver", "bronze"]
Urgency = Literal["critical", "high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4"]
Grade = Literal["high", "medium", "low"]
Share = Annotated[str, Field(pattern=r"^\d{1,3}%$", examples=["75%"])]

LISTS = ("tenant", "type", "tier", "urgency", "priority", "impact", "value", "service", "region", "customer")
"""Conditions that list the values a ticket's fact may have."""


class Document(BaseModel):
    """Base of all that authors write: a typo is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OnlyFor(Document):
    """Which tickets. Lists: one of these values. `*_from`: at least that much."""

    tenant: list[str] = Field(default=[])
    """One of these tenants."""
    type: list[str] = Field(default=[])
    """One of these types."""
    tier: list[Tier] = Field(default=[])
    """One of these tiers."""
    urgency: list[Urgency] = Field(default=[])
    """One of these urgencies."""
    priority: list[Priority] = Field(default=[])
    """One of these priorities."""
    impact: list[Grade] = Field(default=[])
    """One of these impacts."""
    value: list[Grade] = Field(default=[])
    """Business value of what is affected."""
    service: list[str] = Field(default=[])
    """One of these services."""
    region: list[str] = Field(default=[])
    """One of these regions."""
    customer: list[str] = Field(default=[])
    """One of these customers."""
    tags: list[str] = Field(default=[])
    """At least one of these."""
    keywords: list[str] = Field(default=[])
    """At least one of these words in the summary, upper or lower case."""
    risk_from: int | None = Field(default=None, ge=1, le=100)
    """Risk score of the ticket, 1-100."""
    complexity_from: int | None = Field(default=None, ge=1, le=10)
    """Complexity of the ticket, 1-10."""
    predicted_from: Share | None = None
    """Predicted resolution time, as a share of the resolution target (E7)."""


def fits(condition: OnlyFor | None, ticket: Ticket, target: int = 0) -> bool:
    """Whether the condition holds for the ticket; `target` is its resolution target in open seconds."""
    return condition is None or next(_mismatches(condition, ticket, target), None) is None


def mismatches(condition: OnlyFor | None, ticket: Ticket, target: int = 0) -> tuple[str, ...]:
    """Why it does not hold, each reason in words: `tier is silver, not diamond or gold`. Empty = it holds."""
    return () if condition is None else tuple(_mismatches(condition, ticket, target))


def _mismatches(condition: OnlyFor, ticket: Ticket, target: int) -> Iterator[str]:
    for name in LISTS:
        wanted, fact = getattr(condition, name), getattr(ticket, name)
        if wanted and fact not in wanted:
            yield f"{name} is {fact or 'not given'}, not {' or '.join(wanted)}"
    if condition.tags and not set(condition.tags) & set(ticket.tags):
        yield f"tags are {', '.join(ticket.tags) or 'none'}, none of {', '.join(condition.tags)}"
    if condition.keywords and not any(_says(ticket.summary, word) for word in condition.keywords):
        yield f"the summary has none of {', '.join(condition.keywords)}"
    yield from _too_little(condition, ticket, target)


def _too_little(condition: OnlyFor, ticket: Ticket, target: int) -> Iterator[str]:
    for name, least in (("risk", condition.risk_from), ("complexity", condition.complexity_from)):
        if least is not None and getattr(ticket, name) < least:
            yield f"{name} is {getattr(ticket, name) or 'not assessed'}, below {least}"
    if condition.predicted_from is None:
        return
    share = int(condition.predicted_from[:-1])
    # exact: predicted / target >= share / 100 without a division
    if target <= 0 or ticket.predicted <= 0 or ticket.predicted * 100 < target * share:
        said = say_duration(ticket.predicted) if ticket.predicted else "nothing"
        yield f"{said} is predicted, below {condition.predicted_from} of the target {say_duration(target)}"


def _says(summary: str, word: str) -> bool:
    """Whole words in scripts that separate them (`leak` is not in `bleak`), anywhere in those that do not."""
    if word.isascii():
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", summary, re.IGNORECASE) is not None
    return word.casefold() in summary.casefold()
