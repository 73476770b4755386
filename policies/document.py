"""The files policy authors write: calendar and policy, as models that refuse unknown keys.

Shapes and value ranges only; what needs two keys, a calendar or a ticket is checked in `checking`. Must never
default away something an author could have forgotten.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal
from zoneinfo import ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, field_validator

from policies.business_time import DAY, Window, clip, merge, zone_of
from policies.condition import Document, OnlyFor, Priority, Share, Tier, Urgency
from policies.duration import parse_duration
from policies.event import SIGNALS
from policies.suggestion import did_you_mean

Channel = Literal["email", "sms", "phone", "slack", "teams", "webhook"]
PauseKind = Literal["customer", "vendor", "outage", "approval", "manual"]
AWAKE_AT_LEAST = 4 * 3600
"""Seconds of each day in which messages that can wait go out."""
PAUSE_KINDS = ("customer", "vendor", "outage", "approval", "manual")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
State = Literal["acknowledged", "responded", "resolved", "never"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$", examples=["team-lead"])]
"""Small letters, digits and hyphens."""
ClockName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$", examples=["resolution"])]
"""`first_response`, `next_response`, `periodic_update`, `resolution`, or one of the author's own."""
BUILT_IN = ("first_response", "next_response", "periodic_update", "resolution")
"""Clocks that know by themselves when they start and stop, and that the matrix of targets may name."""
REGIONS = "regions"
"""A clock on this calendar runs while any of the policy's regions is open (follow the sun)."""


def _duration(text: str) -> str:
    parse_duration(text, business_day=1)
    return text


_LENGTH = r"^\s*([0-9]+\s*([bB][dD]|[hHmMsS])\s*)+$"
Duration = Annotated[
    str,
    AfterValidator(_duration),
    Field(examples=["8h", "90m", "1h30m", "5bd"], json_schema_extra={"pattern": _LENGTH}),
]
"""A length of time: hours, minutes, seconds, or business days (`5bd`) as long as the calendar says."""
Factor = Annotated[str, Field(pattern=r"^[1-9]\d{0,3}%$", examples=["150%"])]
"""`150%`: half as much again."""


def seconds_of(wall: str) -> int:
    """`"09:00"` -> 32400; `"24:00"` is legal. Raises ValueError."""
    parts = wall.split(":")
    numbers = [int(part) for part in parts] if all(part.isdecimal() for part in parts) else []
    if len(numbers) not in (2, 3) or any(n > 59 for n in numbers[1:]) or numbers[0] > 24:
        raise ValueError(f"'{wall}' is not a time of day; write '09:00' or '24:00'")
    total = numbers[0] * 3600 + numbers[1] * 60 + (numbers[2] if len(numbers) == 3 else 0)
    if total > 86_400:
        raise ValueError(f"'{wall}' is past midnight; the day ends at '24:00'")
    return total


def _window_text(text: str) -> str:
    _window(text)
    return text


_TIME = "(([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00(:00)?)"
WindowText = Annotated[
    str,
    AfterValidator(_window_text),
    Field(examples=["09:00-18:00"], json_schema_extra={"pattern": rf"^\s*{_TIME}\s*-\s*{_TIME}\s*$"}),
]
"""Two times of day on the local clock; one that ends at or before its begin runs into the next day."""


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

    days: list[Weekday] = Field(min_length=1)
    """Weekdays."""
    hours: list[WindowText] = Field(min_length=1)
    """Windows on each of them."""
    only_for: list[Urgency] = Field(default=[])
    """Urgencies that these hours count for; none named = all."""


class CalendarDocument(Document):
    """`calendars/kr-office.v1.yaml`."""

    calendar: Name
    """The calendar's name, as in the file's name."""
    version: int = Field(ge=1)
    """Raised with every change; as in the file's name."""
    title: str = ""
    """One line for people."""
    zone: str
    """The time zone of its clock: `Asia/Seoul`."""
    business_day: Duration = "8h"
    """How long `1bd` is."""
    windows: list[Hours] = Field(min_length=1)
    """Opening hours of a week."""
    public_holidays: str = ""
    """A country of the `holidays` package (`KR`), or a subdivision (`DE-BY`)."""
    holidays: list[date] = Field(default=[])
    """More days on which nobody works."""
    not_holidays: list[date] = Field(default=[])
    """Public holidays on which this office works all the same."""
    special_hours: dict[date, list[WindowText]] = Field(default={})
    """Hours of single days, instead of the weekly ones; an empty list = closed."""
    breaks: dict[date, list[WindowText]] = Field(default={})
    """Hours of single days on which nobody works."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            zone_of(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            close = get_close_matches(zone, available_timezones(), 1)
            raise ValueError(f"no time zone '{zone}'; write one like '{close[0] if close else 'Asia/Seoul'}'") from None
        return zone


class Promise(Document):
    """Targets by clock name."""

    first_response: Duration | None = None
    """Time until the first public answer."""
    next_response: Duration | None = None
    """Time to answer the customer again."""
    periodic_update: Duration | None = None
    """Time between two public updates."""
    resolution: Duration | None = None
    """Time until the ticket is resolved."""


class Cell(Promise):
    """One cell of the matrix, set by hand."""

    tier: Tier
    """The customer's tier."""
    urgency: Urgency
    """How urgent the ticket is."""


class Weight(Document):
    """The targets of some tickets are longer or shorter by a factor: a tier's weight, a complexity (S2)."""

    factor: Factor
    """`150%`: half as long again."""
    only_for: OnlyFor
    """Which tickets it is for; left out = all."""
    clocks: list[ClockName] = Field(default=[])
    """Which clocks; none named = all."""


class PriorityRow(Document):
    """One row of the table that makes a priority of impact, urgency, risk and business value (S6); the first fits."""

    priority: Priority
    """The priority these tickets get."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""


class Adjustment(Document):
    """A change for some days (S5): tickets opened from `start` to `end`, both included, by the policy's calendar.

    `factor` stretches their targets, `urgency` treats them as that; `closed` stops the clocks of all tickets then.
    """

    adjustment: Name
    """Its name, told with every deadline it changes."""
    start: date
    """First day."""
    end: date
    """Last day, included."""
    factor: Factor | None = None
    """Stretches or shortens the targets: `150%`."""
    urgency: Urgency | None = None
    """The urgency these tickets are treated as."""
    closed: bool = False
    """The clocks stand still on these days."""
    clocks: list[ClockName] = Field(default=[])
    """Which clocks; none named = all."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""
    why: str = ""
    """What people are told as the reason."""


class Targets(Document):
    """The matrix: the tables and the named rule that combines them, or cells by hand (S1)."""

    combine: Literal["strictest", "by_tier", "by_urgency", "by_priority", "loosest"] = "strictest"
    """Which of several targets counts."""
    by_tier: dict[Tier, Promise] = Field(default={})
    """Targets for each tier."""
    by_urgency: dict[Urgency, Promise] = Field(default={})
    """Targets for each urgency."""
    by_priority: dict[Priority, Promise] = Field(default={})
    """Targets for each priority."""
    cells: list[Cell] = Field(default=[])
    """Single cells of tier by urgency, set by hand."""
    weights: list[Weight] = Field(default=[])
    """Factors on every target that is not set by hand, one after the other (S2)."""


class Reopen(Document):
    """What a reopening means: within `grace` the cycle goes on; after it `then`."""

    grace: Duration = "0h"
    """How long after the resolution the cycle simply goes on."""
    then: Literal["continue", "new_cycle", "frozen"] = "continue"
    """After the grace: go on, begin a new cycle, or stay as it was."""


def _known_turn(turn: str) -> None:
    event, _, pause = turn.partition(":")
    if event not in ("opened", *SIGNALS):
        raise ValueError(f"no event '{event}'{did_you_mean(event, ('opened', *SIGNALS))}")
    if pause and (event not in ("pause", "resume") or pause not in PAUSE_KINDS):
        raise ValueError(f"'{turn}': only pause and resume have kinds; write one like 'pause:vendor'")


class ClockDocument(Document):
    """How one clock behaves."""

    calendar: str = ""
    """Another calendar than the policy's, or `regions`; left out = the policy's."""
    paused_by: list[PauseKind]
    """Which pauses stop it."""
    reopen: Reopen = Reopen()
    """What a reopening means for it."""
    on_retarget: Literal["carry_elapsed", "restart"] = "carry_elapsed"
    """What a changed target does to the time used so far."""
    promise: Literal["sla", "ola", "uc"] = "sla"
    """To the customer, within the house, or a vendor's to us: only the first makes a ticket breached (S7)."""
    starts: list[str] = Field(default=[])
    """`opened`, an event like `transferred`, a pause by kind like `pause:vendor`."""
    stops: list[str] = Field(default=[])
    """As `starts`: what ends it."""
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
    """A role of the ticket (`assignee`, `team-lead`) or of people.yaml."""
    via: list[Channel] = Field(min_length=1)
    """Channels, all of them used."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""


class Approval(Document):
    """A credit that is asked for, and granted or refused by a level that is entitled to (A4)."""

    level: int = Field(ge=1, le=9)
    """The lowest level that may grant or refuse it; it is asked."""
    within: Duration
    """How long it waits, in open time of the rung's clock; no pause stops it."""
    otherwise: Literal["grant", "withhold"]
    """What happens when nobody has decided by then, or when the ticket is closed before."""


class Action(Document):
    """A silent action, for all tickets or some."""

    do: Literal["flag", "comment", "reassign", "priority", "credit", "review"]
    """What is done: a flag, a comment, another assignee or priority, a credit, a review."""
    value: str = ""
    """What it is done with: the text, the person, the amount (`10%`), when the review starts (`1bd`)."""
    approval: Approval | None = None
    """Whose approval a credit waits for; left out = it is granted at once."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""


class ActionItem(Document):
    """What somebody has to do after the incident: they are reminded until it is done, then their lead, too (T4)."""

    title: str = Field(min_length=1, max_length=200)
    """What is to be done, in one line."""
    owner: Name
    """Whose it is: a role of the ticket (`assignee`, `team-lead`) or of people.yaml."""
    due: Duration
    """In how much open time of the policy's calendar, from the rung on; hours for urgent tickets do not count."""
    via: list[Channel] = Field(default=["email"], min_length=1)
    """How they are reminded."""


class Rule(Document):
    """One row of a selection: these tickets get this policy, its newest version or the one named."""

    policy: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}(\.v\d+)?$")
    """A policy, its newest version or the one named."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""


class SelectionDocument(Document):
    """`selections/default.v1.yaml`: which ticket gets which policy; the first row that fits, the last fits all."""

    language: Literal["selection/1"]
    """The language of the file."""
    selection: Name
    """Its name, as in the file's name."""
    version: int = Field(ge=1)
    """Raised with every change; as in the file's name."""
    rules: list[Rule] = Field(min_length=1)
    """The first that fits decides; the last takes all."""


class When(Document):
    """When a rung stands: exactly one of `share`, `after`, `breach`, `on`; `every` repeats it."""

    share: Share | None = None
    """When this share of the target is used up."""
    after: Duration | None = None
    """When this much time is used up."""
    breach: Duration | None = None
    """This long after the target."""
    every: Duration | None = None
    """Repeats it."""
    on: str | None = None
    """When this happens: `opened`, `resolved`, ..."""
    times: int = Field(default=1, ge=0)
    """With `on`: at which occurrence; 0 = at each."""
    within: Duration | None = None
    """With `on`: dropped when it comes later than this."""
    clock: ClockName = "resolution"
    """The clock it counts on."""
    counted: Literal["business", "elapsed"] = "business"
    """`business`: open time only; `elapsed`: every second."""

    @field_validator("on")
    @classmethod
    def _known_event(cls, on: str | None) -> str | None:
        if on is not None and on not in ("opened", *SIGNALS):
            raise ValueError(f"no event '{on}'{did_you_mean(on, ('opened', *SIGNALS))}")
        return on


class RungDocument(Document):
    """One rung as written."""

    rung: Name
    """Its name: unique, it stands in keys and records."""
    when: When
    """When it stands."""
    level: int = Field(default=0, ge=0, le=9)
    """The level of the ladder it pages; 0 = none."""
    track: Literal["ladder", "checks", "customer"] = "ladder"
    """Rungs of one track compete: of several overdue at once only the highest pages."""
    until: State = "resolved"
    """The state that makes it unnecessary."""
    why: str = ""
    """What people are told as the reason."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""
    notify: list[Notify] = Field(default=[])
    """Who is told, and how."""
    actions: list[Action] = Field(default=[])
    """Silent actions."""
    action_items: list[ActionItem] = Field(default=[])
    """What somebody has to do afterwards; each outlives the ticket."""
    can_wait: bool = False
    """Held to the end of the quiet hours instead of waking somebody (E8)."""


class LevelDocument(Document):
    """One level of the ladder (E1, E3)."""

    level: int = Field(ge=1, le=9)
    """Its number; 1 is the lowest."""
    title: str
    """One line for people."""
    who: Name
    """A role of the ticket (`assignee`, `team-lead`) or of people.yaml."""
    via: list[Channel] = Field(min_length=1)
    """Channels, all of them used."""
    may_escalate_to: int = Field(ge=1, le=9)
    """The highest level its people may escalate to by hand."""
    responds_within: Duration | None = None
    """A level that has not acknowledged by then is passed: the next one is paged (E3, E5)."""
    may_spend: int = Field(default=0, ge=0)
    """Most that it may grant as a service credit without asking, in the house's currency."""
    may_decide: str = ""
    """What it may decide, in words."""


class Cadence(Document):
    """Regular news for the customer or the staff, as often as the priority asks for (T3)."""

    cadence: Name
    """Its name: unique, it stands in keys and records."""
    every: Duration | dict[Priority, Duration]
    """How often: one length, or one for each priority."""
    track: Literal["checks", "customer"] = "customer"
    """Rungs of one track compete: of several overdue at once only the highest pages."""
    clock: ClockName = "resolution"
    """The clock it counts on."""
    counted: Literal["business", "elapsed"] = "business"
    """`business`: open time only; `elapsed`: every second."""
    until: State = "resolved"
    """The state that makes it unnecessary."""
    why: str = ""
    """What people are told as the reason."""
    only_for: OnlyFor | None = None
    """Which tickets it is for; left out = all."""
    notify: list[Notify] = Field(min_length=1)
    """Who is told, and how."""
    can_wait: bool = False
    """Held to the end of the quiet hours instead of waking somebody (E8)."""


class Region(Document):
    """One region of the sun's way: while its calendar is open its team owns the ticket (E9)."""

    region: Name
    """Its name."""
    calendar: str
    """When it is open."""
    team: Name
    """Who owns the ticket then."""
    who: Name
    """Whom the hand-over is sent to."""
    via: list[Channel] = Field(min_length=1)
    """Channels, all of them used."""


class FollowTheSun(Document):
    """Regions in the order of the hand-overs. At the end of one's day the ticket goes to one that is open."""

    regions: list[Region] = Field(min_length=2)
    """In the order of the hand-overs."""
    only_for: OnlyFor | None = None
    """Which tickets are handed over; what all regions work on at once is not."""


Shared = Literal["service", "region", "tenant", "team", "customer", "type"]


class Told(Document):
    """Who is told of a major incident, and how."""

    who: Name
    """A role of people.yaml: an incident has many tickets, so none of a ticket's own."""
    via: list[Channel] = Field(min_length=1)
    """Channels, all of them used."""


class MajorIncident(Document):
    """Many tickets that share something in a short time are one major incident (P3)."""

    name: Name
    """Its name: unique, it stands in keys and records."""
    does: Literal["propose", "declare"]
    """`propose`: a person decides; `declare`: it is one at once."""
    tickets: int = Field(ge=2, le=1000)
    """So many of them ..."""
    within: Duration
    """... in less than this much time, nights and weekends counted."""
    same: list[Shared] = Field(default=["service"], min_length=1)
    """What they share; a ticket that lacks one of these facts does not count."""
    customers: int = Field(default=1, ge=1, le=1000)
    """From at least so many different customers: one who enters a list of wishes is no storm."""
    ends_after: Duration = "1h"
    """After so long without a further ticket it is over, and the next ones begin a new incident."""
    set_urgency: Urgency | None = None
    """The urgency its tickets are raised to, never lowered; of a proposed one once it is confirmed."""
    set_priority: Priority | None = None
    """The priority its tickets are raised to, never lowered; of a proposed one once it is confirmed."""
    effect: Literal["pause_clock", "mute_keep_clock"] | None = None
    """What its outage does instead of raising the urgency; of a proposed one what it would do."""
    tell: list[Told] = Field(default=[])
    """Who is told, once an incident."""
    only_for: OnlyFor | None = None
    """Which tickets count, as they are opened; left out = all."""


class CatchAll(Document):
    """The owner who is never skipped, and how often they are reminded after the last rung (semantics 3.4, 3.8)."""

    who: Name
    """A role of the ticket (`assignee`, `team-lead`) or of people.yaml."""
    via: list[Channel] = Field(min_length=1)
    """Channels, all of them used."""
    remind_every: Duration
    """How often after the last rung."""


class PolicyDocument(Document):
    """`standard.v1.yaml`."""

    language: Literal["policy/1"]
    """The language of the file."""
    policy: Name
    """The policy's name, as in the file's name."""
    version: int = Field(ge=1)
    """Raised with every change; as in the file's name."""
    title: str = ""
    """One line for people."""
    calendar: str
    """The calendar its clocks run on: `kr-office.v1`."""
    catch_all: CatchAll
    """Who is told when nobody else is there."""
    acknowledgement_expires: Duration | None = None
    """When the ladder goes on after an acknowledgement; left out = never."""
    targets: Targets
    """What is promised, by tier, urgency and priority."""
    clocks: dict[ClockName, ClockDocument] = Field(min_length=1)
    """How each promise is measured."""
    levels: list[LevelDocument] = Field(default=[])
    """The ladder's levels."""
    rungs: list[RungDocument] = Field(min_length=1)
    """What happens when."""
    priority: list[PriorityRow] = Field(default=[])
    """Empty = by urgency: critical P1, high P2, medium P3, low P4."""
    cadences: list[Cadence] = Field(default=[])
    """Regular news, by priority."""
    follow_the_sun: FollowTheSun | None = None
    """Regions that hand the ticket on."""
    adjustments: list[Adjustment] = Field(default=[])
    """Changes for some days."""
    quiet_hours: list[WindowText] = Field(default=[])
    """Every day, on the calendar's local clock: `22:00-07:00`. What `can_wait` is held to their end (E8)."""
    major_incidents: list[MajorIncident] = Field(default=[])
    """What makes many tickets one major incident."""

    @field_validator("quiet_hours")
    @classmethod
    def _somebody_is_awake(cls, hours: list[str]) -> list[str]:
        """What waits for hours that never end would be swallowed (semantics 3.10)."""
        spans = [(opens, closes if closes > opens else closes + DAY) for opens, closes in windows_of(hours)]
        quiet = merge([(a + shift, b + shift) for a, b in spans for shift in (-DAY, 0)])
        if sum(b - a for a, b in clip(quiet, 0, DAY)) > DAY - AWAKE_AT_LEAST:
            raise ValueError(f"leave at least {AWAKE_AT_LEAST // 3600} hours of the day in which messages go out")
        return hours

    @property
    def name(self) -> str:
        return f"{self.policy}.v{self.version}"
