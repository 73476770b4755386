"""What messages about an outage may say of it, by name: to customers little, to those who answer for it more.

In the reader's language and zone. Must never give a customer the reason, a tenant, or anything of what is inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from activities.facts import Facts
from activities.fitting import tamed
from activities.reader import Reader, Said
from activities.taming import NUMBER, tamed_name, tamed_title
from activities.values import MOST_ROWS
from policies.outage import CALLED_OFF, OPEN, PAUSE_CLOCK, PLANNED, Outage, state


def disrupted(outage: Outage, tickets: Sequence[str], reader: Reader) -> dict[str, Any]:
    """For customers: what is out since when and until when, or that it is over; and their own tickets."""
    say, about = reader.phrases, tamed_name(", ".join(outage.scope.services)) or outage.id
    over = outage.over_at is not None
    at, phrase = (outage.over_at, "over") if over else (outage.since, "lasts")
    said = "known" if phrase == "lasts" and outage.effect != PAUSE_CLOCK else phrase
    texts = (
        say(f"disruptions.{said}", about=about, at=reader.moment(at, form)) for form in ("long", "short", "spoken")
    )
    ends = outage.expected or outage.planned_end
    until = say("disruptions.until", at=reader.moment(ends)) if ends else say("disruptions.open")
    numbers = say("marks.between_names").join(f"#{tamed(one, NUMBER)}" for one in tickets[:MOST_ROWS])
    more = f" (+{len(tickets) - MOST_ROWS})" if len(tickets) > MOST_ROWS else ""
    return {
        "headline": say(f"disruptions.{phrase}_subject", about=about), "why": Said(*texts),
        "until": "" if over else until,
        "tickets": say("disruptions.tickets", numbers=numbers + more) if tickets else "",
    }  # fmt: skip


def status_of(outage: Outage, now: int, reader: Reader) -> list[str]:
    """For customers, by `now`: of maintenance also that it is to come, or will not. A past expectation is none."""
    standing = state(outage, now)
    if standing in (PLANNED, CALLED_OFF) and outage.planned_end:
        about = tamed_name(", ".join(outage.scope.services)) or outage.id
        at, until = reader.moment(outage.since), reader.moment(outage.planned_end)
        return [reader.phrases(f"disruptions.{standing}", about=about, at=at, until=until)]
    if standing == OPEN:
        ends = outage.planned_end or (outage.expected if outage.expected > now else 0)
        outage = replace(outage, expected=ends)
    said = disrupted(outage, (), reader)
    return [line for line in (said["why"].written, said["until"]) if line]


def headline_of(outage: Outage, now: int, reader: Reader) -> Said:
    """How long it has lasted by `now`, or lasted in all."""
    lasts = reader.length(max((outage.over_at or now) - outage.since, 0))
    phrase = "outages.was" if outage.over_at is not None else "outages.lasts"
    return Said(*(reader.phrases(phrase, about=tamed_name(outage.id), lasts=form) for form in lasts))


def standing_of(outage: Outage, tickets: int, reader: Reader) -> Facts:
    """Label and value: what it covers and why, since when, how many tickets, and when it should be over."""
    scope, say = outage.scope, reader.phrases
    between = say("marks.between_names")
    kinds = (("service", scope.services), ("region", scope.regions), ("tenant", scope.tenants),
             ("tier", tuple(say.named("tiers", tier) for tier in scope.tiers)), ("tags", scope.tags))  # fmt: skip
    covered = tuple((name, tamed_title(between.join(values))) for name, values in kinds if values)
    expected = reader.moment(outage.expected or outage.planned_end or None) or say("values.not_known")
    last = () if outage.over_at is not None else (("expected_end", expected),)
    return (
        ("priority", outage.priority), *(covered or (("scope", say("values.every_ticket")),)),
        ("reason", tamed_title(outage.reason)), ("since", reader.moment(outage.since)), ("open_tickets", str(tickets)),
        *last,
    )  # fmt: skip
