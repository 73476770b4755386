"""The files policy authors write: calendar and policy, as models that refuse unknown keys.

Shapes and value ranges only; what needs two keys, a calendar or a ticket is checked by the compiler. Must never
default away something an author could have forgotten.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator

from policies.business_time import WEEKDAYS, Window, zone_of
from policies.condition import Document, OnlyFor, Priority, Share, Tier, Urgency
from policies.duration import parse_duration
from policies.event import SIGNALS
from policies.suggestion import did_you_mean

Channel = Literal["email", "sms", "phone", "slack", "teams", "webhook"]
PauseKind = Literal["customer", "vendor", "outage", "approval", "manual"]
PAUSE_KINDS = ("customer", "vendor", "outage", "approval", "manual")
State = Literal["acknowledged", "responded", "resolved", "never"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
ClockName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$")]
"""`first_response`, `next_response`, `periodic_update`, `resolution`, or one of the author's own."""
BUILT_IN = ("first_response", "next_response", "periodic_update", "resolution")
"""Clocks that know by themselves when they start and stop, and that the matrix of targets may name."""
REGIONS = "regions"
"""A clock on this calendar runs while any of the policy's regions is open (follow the sun)."""


def _duration(text: str) -> str:
    parse_duration(text, business_day=1)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
Factor = Annotated[str, Field(pattern=r"^[1-9]\d{0,3}%$")]
"""`150%`: half as much again."""


def seconds_of(wall: str) -> int:
    """`"09:00"` -> 32400; `"24:00"` is legal. Raises ValueError."""
    parts = wall.split(":")
    numbers = [int(part) for part in parts] if all(part.isdigit() for part in parts) else []
    if len(numbers) not in (2, 3) or any(n > 59 for n in numbers[1:]) or numbers[0] > 24:
        raise ValueError(f"'{wall}' is not a time of day; write '09:00' or '24:00'")
    total = numbers[0] * 3600 + numbers[1] * 60 + (numbers[2] if len(numbers) == 3 else 0)
    if total > 86_400:
        raise ValueError(f"'{wall}' is past midnight; the day ends at '24:00'")
    return total


def windows_of(hours: list[str]) -> list[Window]:
    """`["09:00-12:00", "13:00-18:00"]` as seconds. Raises ValueError."""
    return [_window(text) for text in hours]


def _window(text: str) -> Window:
    opens, dash, closes = str(text).partition("-")
    if not dash:
        raise ValueError(f"'{text}' is not a window; write '09:00-18:00'")
    return seconds_of(opens.strip()), seconds_of(closes.strip())


class Hours(Document):
    """Windows on some weekdays, for all tickets or only for those `only_for` names (S3)."""

    days: list[str] = Field(min_length=1)
    hours: list[str] = Field(min_length=1)
    only_for: list[Urgency] = Field(default=[])

    @field_validator("days")
    @classmethod
    def _known_days(cls, days: list[str]) -> list[str]:
        for day in days:
            if day not in WEEKDAYS:
                raise ValueError(f"'{day}' is not a weekday; write one of {', '.join(WEEKDAYS)}")
        return days

    @field_validator("hours")
    @classmethod
    def _legal(cls, hours: list[str]) -> list[str]:
        windows_of(hours)
        return hours


class CalendarDocument(Document):
    """`calendars/kr-office.v1.yaml`."""

    calendar: Name
    version: int = Field(ge=1)
    title: str = ""
    zone: str
    business_day: Duration = "8h"
    windows: list[Hours] = Field(min_length=1)
    public_holidays: str = ""
    """A country of the `holidays` package (`KR`), or a subdivision (`DE-BY`)."""
    holidays: list[date] = Field(default=[])
    not_holidays: list[date] = Field(default=[])
    """Public holidays on which this office works all the same."""
    special_hours: dict[date, list[str]] = Field(default={})
    breaks: dict[date, list[str]] = Field(default={})

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            zone_of(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone '{zone}'; write one like 'Asia/Seoul'") from None
        return zone

    @field_validator("special_hours", "breaks")
    @classmethod
    def _legal(cls, hours: dict[date, list[str]]) -> dict[date, list[str]]:
        for windows in hours.values():
            windows_of(windows)
        return hours


class Promise(Document):
    """Targets by clock name."""

    first_response: Duration | None = None
    next_response: Duration | None = None
    periodic_update: Duration | None = None
    resolution: Duration | None = None


class Cell(Promise):
    """One cell of the matrix, set by hand."""

    tier: Tier
    urgency: Urgency


class Weight(Document):
    """The targets of some tickets are longer or shorter by a factor: a tier's weight, a complexity (S2)."""

    factor: Factor
    only_for: OnlyFor
    clocks: list[ClockName] = Field(default=[])
    """Which clocks; none named = all."""


class PriorityRow(Document):
    """One row of the table that makes a priority of impact, urgency, risk and business value (S6); the first fits."""

    priority: Priority
    only_for: OnlyFor | None = None


class Adjustment(Document):
    """A change for some days (S5): tickets opened from `start` to `end`, both included, by the policy's calendar.

    `factor` stretches their targets, `urgency` treats them as that; `closed` stops the clocks of all tickets then.
    """

    adjustment: Name
    start: date
    end: date
    factor: Factor | None = None
    urgency: Urgency | None = None
    closed: bool = False
    clocks: list[ClockName] = Field(default=[])
    only_for: OnlyFor | None = None
    why: str = ""


class Targets(Document):
    """The matrix: the tables and the named rule that combines them, or cells by hand (S1)."""

    combine: Literal["strictest", "by_tier", "by_urgency", "by_priority", "loosest"] = "strictest"
    by_tier: dict[Tier, Promise] = Field(default={})
    by_urgency: dict[Urgency, Promise] = Field(default={})
    by_priority: dict[Priority, Promise] = Field(default={})
    cells: list[Cell] = Field(default=[])
    weights: list[Weight] = Field(default=[])
    """Factors on every target that is not set by hand, one after the other (S2)."""


class Reopen(Document):
    """What a reopening means: within `grace` the cycle goes on; after it `then`."""

    grace: Duration = "0h"
    then: Literal["continue", "new_cycle", "frozen"] = "continue"


def _known_turn(turn: str) -> None:
    event, _, pause = turn.partition(":")
    if event not in ("opened", *SIGNALS):
        raise ValueError(f"no event '{event}'{did_you_mean(event, ('opened', *SIGNALS))}")
    if pause and (event not in ("pause", "resume") or pause not in PAUSE_KINDS):
        raise ValueError(f"'{turn}': only pause and resume have kinds; write one like 'pause:vendor'")


class ClockDocument(Document):
    """How one clock behaves."""

    calendar: str = ""
    paused_by: list[PauseKind]
    reopen: Reopen = Reopen()
    on_retarget: Literal["carry_elapsed", "restart"] = "carry_elapsed"
    promise: Literal["sla", "ola", "uc"] = "sla"
    """To the customer, within the house, or a vendor's to us: only the first makes a ticket breached (S7)."""
    starts: list[str] = Field(default=[])
    """`opened`, an event like `transferred`, a pause by kind like `pause:vendor`."""
    stops: list[str] = Field(default=[])
    target: Duration | dict[Urgency, Duration] | None = None
    """Where the tables have none: one for all tickets, or by urgency."""

    @field_validator("starts", "stops")
    @classmethod
    def _known_turns(cls, turns: list[str]) -> list[str]:
        for turn in turns:
            _known_turn(turn)
        return turns


class Notify(Document):
    """Who is told through which channels, for all tickets or some."""

    who: Name
    via: list[Channel] = Field(min_length=1)
    only_for: OnlyFor | None = None


class Action(Document):
    """A silent action, for all tickets or some."""

    do: Literal["flag", "comment", "reassign", "priority", "credit", "review"]
    value: str = ""
    only_for: OnlyFor | None = None


class Rule(Document):
    """One row of a selection: these tickets get this policy, its newest version or the one named."""

    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}(\.v\d+)?$")
    only_for: OnlyFor | None = None


class SelectionDocument(Document):
    """`selections/default.v1.yaml`: which ticket gets which policy; the first row that fits, the last fits all."""

    language: Literal["selection/1"]
    selection: Name
    version: int = Field(ge=1)
    rules: list[Rule] = Field(min_length=1)


class When(Document):
    """When a rung stands: exactly one of `share`, `after`, `breach`, `on`; `every` repeats it."""

    share: Share | None = None
    after: Duration | None = None
    breach: Duration | None = None
    every: Duration | None = None
    on: str | None = None
    times: int = Field(default=1, ge=0)
    """With `on`: at which occurrence; 0 = at each."""
    within: Duration | None = None
    clock: ClockName = "resolution"
    counted: Literal["business", "elapsed"] = "business"

    @field_validator("on")
    @classmethod
    def _known_event(cls, on: str | None) -> str | None:
        if on is not None and on not in ("opened", *SIGNALS):
            raise ValueError(f"no event '{on}'; write one of opened, {', '.join(SIGNALS)}")
        return on


class RungDocument(Document):
    """One rung as written."""

    rung: Name
    when: When
    level: int = Field(default=0, ge=0, le=9)
    track: Literal["ladder", "checks", "customer"] = "ladder"
    until: State = "resolved"
    why: str = ""
    only_for: OnlyFor | None = None
    notify: list[Notify] = Field(default=[])
    actions: list[Action] = Field(default=[])


class LevelDocument(Document):
    """One level of the ladder (E1, E3)."""

    level: int = Field(ge=1, le=9)
    title: str
    who: Name
    via: list[Channel] = Field(min_length=1)
    may_escalate_to: int = Field(ge=1, le=9)
    responds_within: Duration | None = None
    """A level that has not acknowledged by then is passed: the next one is paged (E3, E5)."""
    may_spend: int = Field(default=0, ge=0)
    """Most that it may grant as a service credit without asking, in the house's currency."""
    may_decide: str = ""
    """What it may decide, in words."""


class Cadence(Document):
    """Regular news for the customer or the staff, as often as the priority asks for (T3)."""

    cadence: Name
    every: Duration | dict[Priority, Duration]
    track: Literal["checks", "customer"] = "customer"
    clock: ClockName = "resolution"
    counted: Literal["business", "elapsed"] = "business"
    until: State = "resolved"
    why: str = ""
    only_for: OnlyFor | None = None
    notify: list[Notify] = Field(min_length=1)


class Region(Document):
    """One region of the sun's way: while its calendar is open its team owns the ticket (E9)."""

    region: Name
    calendar: str
    team: Name
    who: Name
    """Whom the hand-over is sent to."""
    via: list[Channel] = Field(min_length=1)


class FollowTheSun(Document):
    """Regions in the order of the hand-overs. At the end of one's day the ticket goes to one that is open."""

    regions: list[Region] = Field(min_length=2)
    only_for: OnlyFor | None = None
    """Which tickets are handed over; what all regions work on at once is not."""


class CatchAll(Document):
    """The owner who is never skipped, and how often they are reminded after the last rung (semantics 3.4, 3.8)."""

    who: Name
    via: list[Channel] = Field(min_length=1)
    remind_every: Duration


class PolicyDocument(Document):
    """`standard.v1.yaml`."""

    language: Literal["policy/1"]
    policy: Name
    version: int = Field(ge=1)
    title: str = ""
    calendar: str
    catch_all: CatchAll
    acknowledgement_expires: Duration | None = None
    targets: Targets
    clocks: dict[ClockName, ClockDocument] = Field(min_length=1)
    levels: list[LevelDocument] = Field(default=[])
    rungs: list[RungDocument] = Field(min_length=1)
    priority: list[PriorityRow] = Field(default=[])
    """Empty = by urgency: critical P1, high P2, medium P3, low P4."""
    cadences: list[Cadence] = Field(default=[])
    follow_the_sun: FollowTheSun | None = None
    adjustments: list[Adjustment] = Field(default=[])

    @property
    def name(self) -> str:
        return f"{self.policy}.v{self.version}"
