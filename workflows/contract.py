"""The one door for names and messages between the world and the workflows.

Task queues, workflow ids, search attributes, messages in, views out. Messages only grow: tickets stay open for weeks,
so a field is never removed or retyped, and every field has a default (`tests/replay/messages.json` keeps the ledger).
Must never hold behaviour beyond reading a message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from activities.requests import ItemOpening, Recognising
from policies import event as news
from policies.case import Case
from policies.duration import BadDuration, parse_duration
from policies.event import Event
from policies.maintenance import NOTHING, Maintenance
from policies.outage import EFFECTS as OUTAGE_EFFECTS
from policies.outage import NONE as NO_OUTAGE
from policies.outage import Outage
from policies.plan import Plan
from policies.recognition import Arrival
from policies.suggestion import did_you_mean
from policies.ticket import Ticket

TICKETS = "rung-tickets"
"""Task queue of workflows, plans and journal."""
EFFECTS = "rung-effects"
"""Task queue of everything that reaches the world; eager execution off."""
DEPLOYMENT = "rung"
BUILD = "1"
"""Bumped only when recorded histories no longer replay; tickets are pinned to it."""
WORKFLOW = "Ticket"
AUDIT = "Audit"
OUTAGE = "Outage"
RECOGNITION = "Recognition"
MAINTENANCE = "Maintenance"
ACTION = "Action"
"""An action item: it outlives its ticket."""
AUDIT_SCHEDULE = "rung-audit"
"""Id of the Temporal Schedule; its rounds are `rung-audit-<instant>`."""

NOT_READY = "the ticket is being taken up; ask again in a moment"

LAST_INSTANT = 4_102_444_800
"""1 January 2100; with 1970 at the other end these are the instants that every calendar and database can write."""

PAUSE_KINDS = ("customer", "vendor", "outage", "approval", "manual")

SEARCH_ATTRIBUTES = {
    "RungTenant": "Keyword", "RungService": "Keyword", "RungTeam": "Keyword", "RungTier": "Keyword",
    "RungPriority": "Keyword", "RungSla": "Keyword", "RungPolicy": "Keyword", "RungOutage": "Keyword",
    "RungLevel": "Int", "RungNextDue": "Datetime",
}  # fmt: skip
"""Name -> type. No personal data; SQL visibility allows ten keywords."""


def workflow_id(tenant: str, ticket: str) -> str:
    """`ticket/<tenant>/<ticket id>`."""
    return f"ticket/{tenant}/{ticket}"


def outage_workflow_id(outage: str) -> str:
    """`outage/<id>`."""
    return f"outage/{outage}"


def recognition_id(policy: str) -> str:
    """`recognition/<policy.vN>`."""
    return f"recognition/{policy}"


def maintenance_id(rule: str) -> str:
    """`maintenance/<id>`."""
    return f"maintenance/{rule}"


def item_id(tenant: str, ticket: str, item: str) -> str:
    """`action/<tenant>/<ticket id>/<item>`."""
    return f"action/{tenant}/{ticket}/{item}"


def ticket_key(workflow: str) -> str:
    """`tenant/id` of a workflow id."""
    return workflow.removeprefix("ticket/")


# --- messages in -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """What a ticket starts with; after continue-as-new `case` and `plan` carry what is known.

    `as_of` plays the ticket as if it were started at that instant (rehearsal on a real server): its clock keeps the
    difference. `history_limit` is the number of events after which the run continues as new.
    """

    ticket: Ticket
    opened_at: int = 0
    policy: str = ""
    events: tuple[Event, ...] = ()
    as_of: int = 0
    history_limit: int = 2_000
    case: Case | None = None
    plan: Plan | None = None
    shift: int = 0
    journaled: int = 0
    runs: int = 1


@dataclass(frozen=True)
class Verdict:
    """How the promises were kept: the result of the workflow."""

    ticket: str = ""
    policy: str = ""
    readings: tuple[Any, ...] = ()
    fired: tuple[str, ...] = ()
    level: int = 0
    undelivered: tuple[str, ...] = ()
    runs: int = 1


@dataclass(frozen=True)
class Answer:
    """What a command got: `ok` and a sentence, with the instant it takes effect until, if any."""

    ok: bool = True
    text: str = ""
    until: int = 0


@dataclass(frozen=True)
class Dossier:
    """All that decides about a ticket, as it stands: for previews outside the workflow. `at` is its own clock."""

    case: Case
    plan: Plan
    at: int
    shift: int = 0


@dataclass(frozen=True)
class OutageEnd:
    """An outage is over: since when (UTC seconds), by whom it was said."""

    ended_at: int = 0
    by: str = ""


@dataclass(frozen=True)
class OutageExtension:
    """It is expected to end at another instant (UTC seconds; 0 = nobody knows)."""

    expected: int = 0


@dataclass(frozen=True)
class OutageAnswer:
    """What stands in the registry now; `already` = it stood there before, and nothing was changed."""

    outage: Outage = NO_OUTAGE
    already: bool = False


@dataclass(frozen=True)
class OutageProgress:
    """How far the telling has come: how often tickets were told of the beginning and of the end (one that opened
    meanwhile may have been told twice); `telling` while it goes on."""

    outage: Outage = NO_OUTAGE
    told: int = 0
    told_end: int = 0
    telling: str = ""
    reminded: int = 0
    """The expected end that the owner was reminded of; 0 = none."""
    people: int = 0
    """Who were told that it began, one message each."""
    people_end: int = 0
    unreached: tuple[str, ...] = ()
    """Whom nobody could tell what, a line each."""
    review: str = ""
    """What was done for its review, once it is over."""
    failed: int = 0
    """How often a ticket could not be told that it began, for a reason that does not pass; it asks before it fires."""
    failed_end: int = 0
    customers: int = 0
    """Who were mailed that it began."""
    customers_end: int = 0
    customers_untold: int = 0
    """Whose mail nobody took, at its beginning."""
    unasked: int = 0
    """Tickets that did not say whose they are."""


@dataclass(frozen=True)
class Maintaining:
    """A maintenance by rule as it stands: what it starts with, carries on and shows. Instants: UTC seconds."""

    id: str = ""
    rule: Maintenance = NOTHING
    after: int = 0
    """Windows that end by then have been dealt with."""
    ahead: tuple[Outage, ...] = ()
    """The next ones, not declared yet."""
    last: Outage = NO_OUTAGE
    """The one that was declared last, or is being declared."""
    declared: int = 0
    missed: tuple[str, ...] = ()
    """Those that could not be declared before they ended, or not as the rule says: a line each, the newest last."""
    trouble: str = ""
    """Why the next one could not be declared so far; it is tried again."""
    stopped_at: int = 0
    stopped_by: str = ""
    history_limit: int = 2_000


@dataclass(frozen=True)
class MaintenanceStop:
    """No more windows, and none of those that have not begun."""

    by: str = ""


@dataclass(frozen=True)
class MaintenanceAnswer:
    """What stands now; `already` = it stood before, and nothing was changed."""

    maintaining: Maintaining = Maintaining()
    already: bool = False


# --- reading what arrives ----------------------------------------------------------------------------------


class Unreadable(ValueError):
    """The payload makes no sense; the message says what to send."""


def read_news(kind: str, payload: Sequence[Any], now: int) -> Event:
    """An event from whatever was sent: missing fields get defaults, nonsense raises Unreadable.

    `now` is the workflow's clock: the default for `occurred_at`, and its upper bound.
    """
    given = _mapping(kind, payload)
    reason = _text(given, "reason")
    if kind in (news.PAUSE, news.RESUME):
        reason = reason or "manual"
        if reason.endswith(":"):
            raise Unreadable(f"reason '{reason}' lacks its id; write one like outage:INC-7")
        if reason.split(":")[0] not in PAUSE_KINDS:
            raise Unreadable(f"reason '{reason}'{did_you_mean(reason, PAUSE_KINDS)}; also outage:<id>, manual:<who>")
    return Event(
        kind=kind, at=_instant(given, "occurred_at", now), event_id=_text(given, "event_id"),
        actor=_text(given, "actor"), reason=reason, to=_text(given, "to"), urgency=_text(given, "urgency").lower(),
        tier=_text(given, "tier").lower(), impact=_text(given, "impact").lower(), value=_text(given, "value").lower(),
        risk=_score(given, "risk", 100), complexity=_score(given, "complexity", 10),
        predicted=_length(given, "predicted"),
    )  # fmt: skip


def read_outage(payload: Sequence[Any]) -> Outage:
    """An outage as its workflow tells tickets of it; raises Unreadable."""
    try:
        found = _OUTAGE.validate_python(_mapping("outage", payload))
    except ValidationError as error:
        raise Unreadable(f"{error.error_count()} of its fields make no sense") from None
    if found.effect not in OUTAGE_EFFECTS or not all(
        0 <= at <= LAST_INSTANT for at in (found.since, found.ended_at, found.expected)
    ):
        raise Unreadable("its effect or its instants make no sense")
    return found


def read_arrival(payload: Sequence[Any]) -> Arrival:
    """A ticket as the recognition of its policy hears of it; raises Unreadable."""
    try:
        found = _ARRIVAL.validate_python(payload[0] if len(payload) == 1 else None)
    except ValidationError as error:
        raise Unreadable(f"{error.error_count()} of its fields make no sense") from None
    if not 0 < found.at <= LAST_INSTANT or not 0 <= found.heard <= LAST_INSTANT:
        raise Unreadable("its instants make no sense")
    return found


@dataclass(frozen=True)
class Command:
    """An update as it was asked for."""

    actor: str = ""
    request_id: str = ""
    reason: str = ""
    to: str = ""
    level: int = 0
    as_level: int = 1
    until: int = 0
    dry_run: bool = False
    at: int = 0
    approve: bool = True
    """approve_credit: false refuses it."""


def read_command(name: str, payload: Sequence[Any], now: int) -> Command:
    """A command from whatever was sent; raises Unreadable."""
    given = _mapping(name, payload)
    return Command(
        actor=_text(given, "actor"), request_id=_text(given, "request_id"), reason=_text(given, "reason"),
        to=_text(given, "to"), level=_number(given, "level", 0), as_level=_number(given, "as_level", 1),
        until=_instant(given, "until", 0, bounded=False), dry_run=given.get("dry_run") is True,
        at=_instant(given, "occurred_at", now), approve=_yes(given, "approve"),
    )  # fmt: skip


def _yes(given: dict[str, Any], name: str) -> bool:
    """True unless it is said."""
    value = given.get(name, True)
    if not isinstance(value, bool):
        raise Unreadable(f"'{name}' must be true or false")
    return value


def read_at(payload: Sequence[Any], now: int, shift: int = 0) -> int:
    """The instant a query asks for: `{"at": "..."}`; anything unreadable means now.

    TRAP: a workflow's own clock stands still between its tasks. `{"wall": "..."}` tells it what time it is.
    """
    try:
        given = _mapping("query", payload)
        wall = _instant(given, "wall", 0, bounded=False)
        return max(_instant(given, "at", now, bounded=False), now, wall + shift if wall else 0)
    except Unreadable:
        return now


def _mapping(name: str, payload: Sequence[Any]) -> dict[str, Any]:
    if len(payload) > 1:
        raise Unreadable(f"{name} takes one object, {len(payload)} values were sent")
    given = payload[0] if payload and payload[0] is not None else {}
    if not isinstance(given, dict):
        raise Unreadable(f'{name} takes an object like {{"reason": "customer"}}, not {type(given).__name__}')
    return given


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 500:
        raise Unreadable(f"'{name}' must be a text of at most 500 characters")
    return value.strip()


def _number(given: dict[str, Any], name: str, default: int) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 1_000:
        raise Unreadable(f"'{name}' must be a whole number")
    return value


def _score(given: dict[str, Any], name: str, most: int) -> int:
    """0 to `most`; -1 when it is not said."""
    value = _number(given, name, -1)
    if name in given and not 0 <= value <= most:
        raise Unreadable(f"'{name}' must be a whole number from 0 to {most}")
    return value


def _length(given: dict[str, Any], name: str) -> int:
    """Seconds of a duration like `6h`; -1 when it is not said."""
    text = _text(given, name)
    try:
        return min(parse_duration(text), LAST_INSTANT) if text else -1
    except BadDuration as error:
        raise Unreadable(f"'{name}': {error}") from None


def _instant(given: dict[str, Any], name: str, now: int, bounded: bool = True) -> int:
    text = _text(given, name)
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"'{name}' is '{text}'; write an instant like 2026-03-27T16:00:00+09:00") from None
    if moment.tzinfo is None:
        raise Unreadable(f"'{name}' is '{text}', which has no time zone; write one like 2026-03-27T16:00:00+09:00")
    at = min(max(int(moment.timestamp()), 0), LAST_INSTANT)
    return min(at, now) if bounded else at


_OPENING = TypeAdapter(Opening)
_OUTAGE = TypeAdapter(Outage)
_ITEM = TypeAdapter(ItemOpening)
_ARRIVAL = TypeAdapter(Arrival)
_RECOGNISING = TypeAdapter(Recognising)
ALREADY = Answer(True, "done already; nothing was repeated")
PLAN_AGAIN_AFTER = 3_600
"""Seconds after which a plan that could not be made is tried again."""
LEAST_HISTORY = 10
"""A limit below would continue as new for ever."""


def read_opening(payload: Sequence[Any]) -> tuple[str, Opening]:
    """(fault, opening): a start that makes no sense fails with a message instead of hanging for ever."""
    nothing = Opening(Ticket(id="unreadable"))
    if len(payload) != 1 or not isinstance(payload[0], dict):
        return "a ticket starts with one object; use 'rung ticket open'", nothing
    try:
        opening = _OPENING.validate_python(payload[0])
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        return f"the opening makes no sense ({faults}); use 'rung ticket open'", nothing
    instants = (opening.opened_at, opening.as_of, abs(opening.shift), *(event.at for event in opening.events))
    if not all(0 <= at <= LAST_INSTANT for at in instants):
        return "the opening makes no sense (an instant before 1970 or after 2100); use 'rung ticket open'", nothing
    return "", opening


def read_item(payload: Sequence[Any]) -> tuple[str, ItemOpening]:
    """(fault, opening) of an action item."""
    try:
        opening = _ITEM.validate_python(payload[0] if len(payload) == 1 else None)
    except ValidationError:
        return "the action item makes no sense; use 'rung ticket action add'", ItemOpening()
    if not opening.item.id or not opening.item.title or not 0 < opening.item.due <= LAST_INSTANT:
        return "an action item needs an id, a title and a due; use 'rung ticket action add'", ItemOpening()
    return "", opening


def read_recognising(payload: Sequence[Any]) -> tuple[str, Recognising]:
    """(fault, opening) of the recognition of a policy."""
    try:
        opening = _RECOGNISING.validate_python(payload[0] if len(payload) == 1 else None)
    except ValidationError:
        return "the recognition makes no sense; tickets start it when they open", Recognising()
    return ("" if opening.rules else "a policy without major_incidents has nothing to recognise"), opening
