"""What the audit makes of what it saw: which tickets do not go on as promised, and what may be done about it.

Pure, so that every kind of finding is tested without a server. A finding holds only where the ticket itself, or the
engine, bears it out: the journal may lag. Must never find something for which nobody can do anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

DAY = 86_400
OVERDUE_AFTER = 600
"""Seconds a rung may be late before it is a finding: a busy worker, a restart, a deployment."""
SENDING_AT_MOST = {"notify": 600, "write_journal": 600}
"""Seconds an activity may be under way; pages go to the next channel after three minutes (semantics 3.11)."""
ANYTHING_AT_MOST = 3_600
SETTLED_WITHIN = 900
"""Seconds after its last attempt within which a message is settled, or tried again by somebody."""
REMINDED_WITHIN = 10_800
"""Seconds after its due after which the journal has the reminder of an action item: it is sent for two hours."""
WEDGED_AFTER = 5
"""Failed attempts at one workflow task; the server reports the problem at the same number."""

WEDGED, LOST, LEFT_BEHIND, NEVER_PLANNED = "wedged", "lost", "left-behind", "never-planned"
OVERDUE, STUCK, UNDELIVERED, UNSETTLED = "overdue", "stuck", "undelivered", "unsettled"
UNREMINDED = "unreminded"
CLOSED_ELSEWHERE = "closed-elsewhere"
UNREAD, UNSEEN = "unread", "unseen"
KINDS = (WEDGED, LOST, OVERDUE, STUCK, NEVER_PLANNED, LEFT_BEHIND, UNDELIVERED, UNSETTLED, UNREMINDED, CLOSED_ELSEWHERE,
         UNREAD, UNSEEN)  # fmt: skip
"""The worst first."""
NEXT = {
    WEDGED: "its history in the Temporal UI says why; it goes on once that is mended",
    LOST: "open it again with 'rung ticket open', or close it in the helpdesk; its history says who ended it",
    LEFT_BEHIND: "start a worker of that build, then 'rung audit' again; a poke moves a ticket while its build runs",
    NEVER_PLANNED: "'rung ticket show' says why; does the worker have the policy it asks for?",
    OVERDUE: "'rung ticket show', and 'rung doctor': does a worker of its build run?",
    STUCK: "does the provider answer? the Temporal UI shows the activity and its last failure",
    UNDELIVERED: "do it, or tell them, by other means; 'rung ticket show' says what and why",
    UNSETTLED: "ask them whether it arrived, and tell them if not; was their ticket ended by hand?",
    UNREMINDED: "'rung people check': can its owner be looked up? its history says what it waits for",
    CLOSED_ELSEWHERE: "'rung ticket close --at ...' if it is over; does the helpdesk still send its news?",
    UNREAD: "see to it first: what stands there was not looked at",
    UNSEEN: "too many to look at one by one; 'rung doctor' looks for a common cause",
}
POKE = "poke"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as promised. `since` in UTC seconds; `repair` is what may safely be done, if anything."""

    kind: str
    ticket: str = ""
    """`tenant/id`; empty when it is not about one ticket."""
    since: int | None = None
    said: str = ""
    next: str = ""
    repair: str = ""

    @property
    def key(self) -> str:
        """The same for as long as it is the same finding."""
        return f"{self.kind}:{self.ticket}" if self.ticket else f"{self.kind}:{self.said.partition(':')[0]}"

    @property
    def repairable(self) -> bool:
        return bool(self.repair)


@dataclass(frozen=True)
class Sending:
    """An activity that is under way; `since` when it was first asked for, as far as that is known."""

    kind: str
    since: int | None = None
    attempts: int = 0
    failure: str = ""
    what: str = ""


@dataclass(frozen=True)
class Sight:
    """One ticket, looked at closely. Instants are UTC seconds by the server's clock."""

    ticket: str
    status: str = "running"
    """In words: `running`, `completed`, `terminated`, `failed`, `timed out`, `cancelled`; empty = unknown there."""
    started_at: int = 0
    planned: bool = True
    build: str = ""
    problems: tuple[str, ...] = ()
    task_since: int | None = None
    """Since when a workflow task waits for a worker, or fails."""
    task_attempts: int = 0
    sending: tuple[Sending, ...] = ()
    answered: bool = False
    next_at: int | None = None
    """When it acts next, by its own word; None = it waits for news alone."""
    undelivered: tuple[str, ...] = ()
    """Keys, by its own word."""


@dataclass(frozen=True)
class Expected:
    """What the journal says of a ticket: when it was to act, and by which rung."""

    ticket: str
    at: int
    rung: str = ""


@dataclass(frozen=True)
class Failed:
    """A page of the last day that the journal calls undelivered."""

    ticket: str
    key: str
    at: int
    text: str = ""


@dataclass(frozen=True)
class Astray:
    """A message that was being sent at `at`, and of which the outbox has heard no more."""

    ticket: str
    key: str
    at: int
    to: str = ""
    """`sms to kim`."""
    text: str = ""


@dataclass(frozen=True)
class LateItem:
    """An open action item that was due at `due`, and the journal knows of no reminder since."""

    ticket: str
    item: str
    due: int
    owner: str = ""
    answered: bool = False
    reminded_at: int = 0
    """By its own word; 0 = never."""
    ahead: int = 0
    """Seconds that its clock is ahead of the server's: 0 unless it is a rehearsal."""


@dataclass(frozen=True)
class Seen:
    """All that one look brought home."""

    sights: tuple[Sight, ...] = ()
    expected: tuple[Expected, ...] = ()
    failed: tuple[Failed, ...] = ()
    left_behind: tuple[tuple[str, int, str], ...] = ()
    """(build, how many tickets, the first of them)."""
    ended: tuple[tuple[str, int], ...] = ()
    """(ticket, when) for tickets that the helpdesk has closed."""
    unread: tuple[tuple[str, str], ...] = ()
    """(what could not be read, why)."""
    unseen: tuple[tuple[str, int], ...] = ()
    """(what, how many more there are than were looked at)."""
    overdue_after: int = OVERDUE_AFTER
    astray: tuple[Astray, ...] = ()
    items: tuple[LateItem, ...] = ()


def findings(seen: Seen, now: int) -> tuple[Finding, ...]:
    """What is not as promised at `now`: the worst kind first, the oldest first; at most one verdict a ticket."""
    expected = {one.ticket: one for one in seen.expected}
    found = [f for sight in seen.sights if (f := _verdict(sight, expected.get(sight.ticket), seen, now)) is not None]
    found += [f for sight in seen.sights if (f := _undelivered(sight, seen.failed)) is not None]
    found += [*_unsettled(seen), *_unreminded(seen, now)]
    found += [_left_behind(*one) for one in seen.left_behind]
    found += [_finding(UNREAD, "", None, f"{what}: {why}") for what, why in seen.unread]
    found += [_finding(UNSEEN, "", None, f"{what}: {more} more") for what, more in seen.unseen if more > 0]
    return tuple(sorted(found, key=lambda f: (KINDS.index(f.kind), f.since or now, f.ticket, f.said)))


def _finding(kind: str, ticket: str, since: int | None, said: str, repair: str = "") -> Finding:
    return Finding(kind, ticket, since, said, NEXT[kind], repair)


def _verdict(sight: Sight, expected: Expected | None, seen: Seen, now: int) -> Finding | None:
    """What is wrong with the ticket, if anything: the cause before its consequences."""
    if sight.status != "running":
        return _lost(sight, expected)
    if sight.problems or sight.task_attempts >= WEDGED_AFTER:
        why = ", ".join(sight.problems) or f"its task failed {sight.task_attempts - 1} times"
        return _finding(WEDGED, sight.ticket, sight.task_since, f"cannot go on: {why}")
    if not sight.planned:
        return _never_planned(sight, seen, now)
    return _closed_elsewhere(sight, seen, now) or _overdue(sight, expected, seen, now) or _stuck(sight, now)


def _closed_elsewhere(sight: Sight, seen: Seen, now: int) -> Finding | None:
    """Its news may be under way; and nobody closes it here: whether it is really over, a person knows."""
    at = next((at for ticket, at in seen.ended if ticket == sight.ticket), None)
    if at is None or now - at <= seen.overdue_after:
        return None
    return _finding(CLOSED_ELSEWHERE, sight.ticket, at, "the helpdesk has closed it, and here it is open")


def _lost(sight: Sight, expected: Expected | None) -> Finding | None:
    """TRAP: one that completed has told all it had to; its last card may be under way."""
    if expected is None or sight.status == "completed":
        return None
    said = f"{expected.rung or 'a rung'} will not come: its workflow is {sight.status or 'not there'}"
    return _finding(LOST, sight.ticket, expected.at, said)


def _never_planned(sight: Sight, seen: Seen, now: int) -> Finding | None:
    if now - sight.started_at <= seen.overdue_after:
        return None
    why = next((one.failure for one in sight.sending if one.failure), "no worker takes it up")
    return _finding(NEVER_PLANNED, sight.ticket, sight.started_at, f"has no plan: {why}")


def _overdue(sight: Sight, expected: Expected | None, seen: Seen, now: int) -> Finding | None:
    """By its own word, or because nobody takes up what the engine has for it; the journal alone may lag."""
    rung = expected.rung if expected and expected.rung else "what comes next"
    if sight.answered:
        late = sight.next_at is not None and now - sight.next_at > seen.overdue_after
        return _finding(OVERDUE, sight.ticket, sight.next_at, f"{rung} did not fire", POKE) if late else None
    since = sight.task_since if sight.task_since is not None else expected.at if expected else now
    if now - since <= seen.overdue_after:
        return None
    build = f" (build {sight.build})" if sight.build else ""
    why = "it does not answer" if sight.task_since is None else f"no worker{build} takes it up"
    return _finding(OVERDUE, sight.ticket, since, f"{rung} is due: {why}")


def _stuck(sight: Sight, now: int) -> Finding | None:
    for one in sight.sending:
        bound = SENDING_AT_MOST.get(one.kind, ANYTHING_AT_MOST)
        if one.since is not None and now - one.since > bound:
            why = one.failure or "nobody takes it up"
            return _finding(STUCK, sight.ticket, one.since, f"{one.what or one.kind}, {one.attempts} attempts: {why}")
    return None


def _undelivered(sight: Sight, failed: Sequence[Failed]) -> Finding | None:
    """Pages of the last day that the ticket itself still misses; one that cannot be asked is taken at the journal's."""
    if sight.status != "running":
        return None
    mine = [f for f in failed if f.ticket == sight.ticket and (not sight.answered or f.key in sight.undelivered)]
    if not mine:
        return None
    first, others = min(mine, key=lambda f: (f.at, f.key)), len({f.key for f in mine}) - 1
    more = f", and {others} more" if others else ""
    return _finding(UNDELIVERED, sight.ticket, first.at, f"{first.text or first.key}{more}")


def _unsettled(seen: Seen) -> list[Finding]:
    """One a ticket, and one for each message without one. While the ticket itself sends, somebody sees to it."""
    busy = {sight.ticket for sight in seen.sights if sight.sending}
    by_ticket: dict[str, list[Astray]] = {}
    for one in seen.astray:
        if one.ticket not in busy:
            by_ticket.setdefault(one.ticket or one.key, []).append(one)
    found = []
    for mine in by_ticket.values():
        first, others = min(mine, key=lambda one: (one.at, one.key)), len(mine) - 1
        head = f"{first.key}: " if not first.ticket else ""
        more = f", and {others} more" if others else ""
        why = f" ({first.text})" if first.text else ""
        said = f"{head}{first.to} was being sent, and nothing more is known{why}{more}"
        found.append(_finding(UNSETTLED, first.ticket, first.at, said))
    return found


def _unreminded(seen: Seen, now: int) -> list[Finding]:
    """One a ticket. TRAP: lines of an item are late by what its messages take: its own word counts."""
    late: dict[str, list[LateItem]] = {}
    for one in seen.items:
        well = one.reminded_at >= one.due or now + one.ahead - one.due <= seen.overdue_after
        if not (one.answered and well):
            late.setdefault(one.ticket, []).append(one)
    found = []
    for ticket, mine in late.items():
        first, more = mine[0], f", and {len(mine) - 1} more" if len(mine) > 1 else ""
        why = "nobody was reminded" if first.answered else "it does not answer"
        said = f"action item {first.item} for {first.owner} is overdue, and {why}{more}"
        found.append(_finding(UNREMINDED, ticket, first.due - first.ahead, said))
    return found


def _left_behind(build: str, tickets: int, first: str) -> Finding:
    count = f"{tickets} tickets" if tickets != 1 else "1 ticket"
    return _finding(LEFT_BEHIND, "", None, f"build {build}: {count} pinned to it and no worker runs it ({first})")


# --- one round after the other -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Paged:
    """A finding the operator has heard of, and when."""

    key: str = ""
    at: int = 0


@dataclass(frozen=True)
class Round:
    """What came of one round; the next one gets it to know what has been told."""

    at: int = 0
    findings: tuple[Finding, ...] = ()
    repaired: tuple[str, ...] = ()
    """Keys of findings that were gone after the repair."""
    paged: tuple[Paged, ...] = ()
    alive: bool = False
    """Whether the dead man's switch was told."""
    trouble: tuple[str, ...] = field(default=())
    """What the round itself could not do."""
    asked: str = ""
    """The last ticket that the helpdesk was asked about; the next round goes on behind it."""
    forgot_at: int = 0
    """When old messages were last forgotten, all of them; 0 = there are more."""


@dataclass(frozen=True)
class Forgotten:
    """How many messages were forgotten, and whether there are more that may be."""

    messages: int = 0
    more: bool = False


def heard(paged: Sequence[Paged], now: int) -> tuple[Paged, ...]:
    """What the operator has heard within the last day."""
    return tuple(one for one in paged if 0 <= now - one.at < DAY)


def untold(found: Sequence[Finding], paged: Sequence[Paged], now: int) -> tuple[Finding, ...]:
    """The findings that the operator is to hear of: each once a day."""
    known = {one.key for one in heard(paged, now)}
    return tuple(one for one in found if one.key not in known)


def alarm_key(found: Sequence[Finding], now: int) -> str:
    """The same for the same findings on the same day: told again after a crash it is the same message."""
    told = "\n".join(sorted(finding.key for finding in found))
    return f"audit/{now // DAY}/{sha256(told.encode()).hexdigest()[:16]}"
