"""A declaration of an outage as it was written, on a command line or in a call: one way to read it, for both.

Every fault at once, each with what to write. Must never declare anything, and never guess an instant's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.outage import Outage, Scope, faults
from starter.answering import Attempt, Unfit
from starter.gateway import Refused
from starter.reading import happened, illegible, instant
from workflows.contract import OutageAnswer

LONG_AGO = timedelta(days=30)


@dataclass(frozen=True)
class Written:
    """What was written, in its words. Instants are ISO 8601 with an offset; "" = not given."""

    id: str
    services: Sequence[str] = ()
    regions: Sequence[str] = ()
    tenants: Sequence[str] = ()
    tiers: Sequence[str] = ()
    tags: Sequence[str] = ()
    everything: bool = False
    effect: str = "pause_clock"
    urgency: str = ""
    reason: str = ""
    owner: str = ""
    by: str = ""
    occurred_at: str = ""
    begins: str = ""
    ends: str = ""
    expected_end: str = ""
    approved_by: str = ""
    priority: str = ""
    stakeholders: Sequence[str] = ()
    tell_customers: bool = False

    def outage(self, now: datetime) -> Outage:
        """Raises Unfit with every fault."""
        if found := illegible(**vars(self)):
            raise Unfit(found)
        since, planned, expected = self._times(now)
        scope = scope_of(self.services, self.regions, self.tenants, self.tiers, self.tags)
        outage = Outage(
            self.id, scope, self.effect, since, expected, owner=self.owner, reason=self.reason,
            urgency=self.urgency.lower(), declared_by=self.by, planned_end=planned, approved_by=self.approved_by,
            priority=self.priority.upper(), stakeholders=_once(self.stakeholders),
            tell_customers=self.tell_customers,
        )  # fmt: skip
        if found := faults(outage, self.everything):
            raise Unfit(found)
        return outage

    def _times(self, now: datetime) -> tuple[int, int, int]:
        """Beginning, planned end, expected end in UTC seconds; 0 = not given."""
        if self.occurred_at and self.begins:
            raise Unfit(["--occurred-at tells of what has happened, --from of what is planned; give one of them"])
        if self.begins and not self.ends:
            raise Unfit(["maintenance that is planned ends by itself: say when with --to"])
        attempt = Attempt()
        since = attempt(happened, self.occurred_at, "--occurred-at", now) if self.occurred_at else now
        since = attempt(instant, self.begins, "--from") if self.begins else since
        planned = attempt(instant, self.ends, "--to") if self.ends else None
        expected = attempt(instant, self.expected_end, "--expected-end") if self.expected_end else None
        attempt.done()
        planned_end, expected_end = (int(moment.timestamp()) if moment else 0 for moment in (planned, expected))
        return int(since.timestamp()), planned_end, expected_end

    def differs(self, stands: Outage, said: Outage) -> bool:
        """Whether what stands says otherwise. When it begins only counts where it is planned and that was written."""
        return _heart(stands) != _heart(said) or bool(self.begins and stands.since != said.since)


def scope_of(
    services: Sequence[str] | None, regions: Sequence[str] | None, tenants: Sequence[str] | None,
    tiers: Sequence[str] | None, tags: Sequence[str] | None,
) -> Scope:  # fmt: skip
    """As it was written, each value once."""
    lowered = [tier.lower() for tier in tiers or ()]
    return Scope(*(_once(values or ()) for values in (services, regions, tenants, lowered, tags)))


def agreed(written: Written, said: Outage, answer: OutageAnswer, known: str) -> None:
    """Raises Refused where another declaration stands under that id; `known` says which."""
    if answer.already and written.differs(answer.outage, said):
        raise Refused(
            f"{said.id} was declared otherwise before ({known}); that stands. Declare this one under another id"
        )


def kept(said: Outage, answer: OutageAnswer) -> list[str]:
    """What was said otherwise before, and is not changed by saying it again; one line each."""
    if not answer.already:
        return []
    written = ((name, getattr(said, name), getattr(answer.outage, name)) for name in _LESSER)
    return [
        f"the {name} stays as it was said first ({_told(stands) or 'none'})" for name, new, stands in written
        if new and new != stands
    ]  # fmt: skip


def doubtful(said: Outage, now: datetime) -> list[str]:
    """That it began so long ago that the date may be mistyped: that moves the clocks of every ticket open since."""
    ago = now - datetime.fromtimestamp(said.since, UTC)
    if ago < LONG_AGO:
        return []
    began = datetime.fromtimestamp(said.since, UTC).isoformat().replace("+00:00", "Z")
    return [
        f"it began {ago.days:,} days ago ({began}): is the date right? If not, "
        f"'rung outage end {said.id} --occurred-at {began}' undoes it"
    ]


def _told(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def ended_at(occurred_at: str, now: datetime) -> int:
    """When it was over, in UTC seconds: now where nothing is written. Raises Unfit."""
    return int((happened(occurred_at, "--occurred-at", now) if occurred_at else now).timestamp())


def expected_at(expected_end: str) -> int:
    """UTC seconds. Raises Unfit."""
    return int(instant(expected_end, "--expected-end").timestamp())


_LESSER = ("owner", "reason", "priority", "stakeholders")
"""What may be said otherwise again without being another outage."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def _heart(outage: Outage) -> tuple[Any, ...]:
    """What a second declaration must not say otherwise."""
    return outage.scope, outage.effect, outage.urgency, outage.planned_end, outage.tell_customers


def _once(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
