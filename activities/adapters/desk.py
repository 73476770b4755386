"""One message before the desk of the outbox: find or place it, let it wait, check it in, close its bundle.

All in one transaction under a lock on the contact, so that of several workers one sends. Must never send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from activities.adapters.messages_table import (
    BUNDLE,
    MESSAGES,
    M,
    is_over,
    looked,
    moment,
    outcome_of,
    row_of,
    waiting,
)
from activities.outbox import SEND, WAIT, Planned, Turn
from policies.dispatch import CLOSING, FAILED, LEASE, LINGER, PLANNED, QUIET, SENDING, Outcome, Slot, is_complete, place

_LOCK = 0x4F5554  # "OUT"
_KEPT = timedelta(hours=3)
"""How long contents of a bundle that nobody could send are kept: TRAP: longer than any page is tried on."""


class Desk:
    """One message before the desk, in one transaction."""

    def __init__(
        self, connection: Connection, message: Planned, now: datetime, window: int, patience: int | None
    ) -> None:
        self.connection, self.message, self.now = connection, message, now
        self.window, self.patience = 0 if message.alone else window, patience
        self.at = int(now.timestamp())
        self.contact = sa.and_(
            M.tenant == message.tenant, M.person == message.person, M.channel == message.channel
        )  # fmt: skip

    def turn(self) -> Turn:
        """The whole of it: find or place, wait, check in, close the bundle, send."""
        self._lock()
        row = self._known() or self._placed()
        if row["bundle"]:
            return self._with_bundle(row)
        if row["state"] != PLANNED:
            return self._alone(row)
        if self._is_closed(row["due"]):
            row = self._placed(row)
            if row["state"] != PLANNED:
                return self._alone(row)
        if row["due"] > self.now:
            return self._wait(row["due"])
        return self._check_in(row)

    def _known(self) -> Mapping[str, Any] | None:
        """TRAP: a ticket opened again after its end has the keys of its first life, whose messages are long over."""
        row, message = row_of(self.connection, self.message.key), self.message
        if row is None or not message.life or row["page"] == message.page:
            return row
        self.message = replace(message, key=f"{message.key}@{message.life}")
        return row_of(self.connection, self.message.key)

    # --- its place -----------------------------------------------------------------------------------------

    def _placed(self, old: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The row of the message in its place; an `old` one is late, as its bundle went without it."""
        message = self.message
        found = place(
            self.at, self._slot(), self.window, self._may_overtake(), self.patience, late=old is not None
        )  # fmt: skip
        values = {
            "held": found.held, "due": moment(found.due), "state": PLANNED if found.held else SENDING,
            "sent": None if found.held else self.now, "checked_in": None,
        }  # fmt: skip
        if old is None:
            facts = {name: value for name, value in asdict(message).items() if name not in ("content", "alone", "life")}
            empty = dict.fromkeys(("provider", "reference", "reason", "bundle", "content"), "")
            self.connection.execute(sa.insert(MESSAGES).values(**facts, **empty, created=self.now, **values))
        else:
            self._update(M.key == message.key, values)
        row = row_of(self.connection, message.key)
        assert row is not None
        return row

    def _slot(self) -> Slot:
        """What is known of the contact. TRAP: a customer's may have every message of years; `due` is indexed."""
        if self.window == 0:
            return Slot()
        others = self._others()
        last = self.connection.execute(sa.select(M.due).where(others).order_by(M.due.desc()).limit(1)).scalar()
        if last is None:
            return Slot()
        since = self.now - timedelta(seconds=self.window)
        went = self._count(others, M.state != PLANNED, M.due > since - timedelta(seconds=CLOSING)) > 0
        gathering = self._count(others, *waiting(last)) > 0 and not self._is_closed(last)
        at_once = self._count(others, M.held.is_(False), M.kind != BUNDLE, M.due > since)
        return Slot(int(last.timestamp()), gathering, at_once, went)

    def _others(self) -> sa.ColumnElement[bool]:
        """What else the contact gets, or got. A bundle that was refused reached nobody, nor did whom it left behind."""
        whole = MESSAGES.alias("whole").c
        mine = [getattr(whole, of) == getattr(self.message, of) for of in ("tenant", "person", "channel")]
        refused = sa.exists().where(*mine, whole.due == M.due, whole.kind == BUNDLE, whole.state == FAILED)
        return sa.and_(
            self.contact, M.key != self.message.key, M.state != FAILED, sa.not_(sa.and_(M.held, refused))
        )  # fmt: skip

    def _count(self, *where: sa.ColumnElement[bool]) -> int:
        return int(self.connection.execute(sa.select(sa.func.count()).select_from(MESSAGES).where(*where)).scalar_one())

    def _may_overtake(self) -> bool:
        message = self.message
        if message.urgency != "critical" or not message.ticket:
            return False
        return self._count(self._others(), M.ticket == message.ticket) == 0

    def _is_closed(self, due: datetime) -> bool:
        """Whether the bundle of that instant has gone."""
        gone = sa.or_(M.bundle != "", M.state != PLANNED)
        return self._count(self.contact, M.held, M.due == due, M.key != self.message.key, gone) > 0

    # --- its bundle ----------------------------------------------------------------------------------------

    def _check_in(self, row: Mapping[str, Any]) -> Turn:
        """TRAP: only who asks at the instant itself is sent: what its ticket called back does not ask any more."""
        fresh = self.now - timedelta(seconds=2 * LINGER)  # who came earlier and was not sent has been given up
        came_at = row["checked_in"] if row["checked_in"] is not None and row["checked_in"] > fresh else self.now
        self._update(M.key == self.message.key, {"checked_in": came_at, "content": self.message.content})
        query = sa.select(M.key, M.checked_in, M.content).where(self.contact, *waiting(row["due"]))
        group = self.connection.execute(query.order_by(M.created, M.key)).all()
        there = [one for one in group if one.checked_in is not None and one.checked_in > fresh]
        came = sorted(int(one.checked_in.timestamp()) for one in there)
        if not is_complete(int(row["due"].timestamp()), len(group), len(there), (came[0], came[-1]), self.at):
            return self._wait(self._next_look(row["due"], there, came))
        if len(there) == 1:
            self._update(M.key == self.message.key, {"state": SENDING, "sent": self.now, "content": ""})
            return self._alone({**row, "state": SENDING, "sent": self.now})
        return self._closed(row, there)

    def _next_look(self, due: datetime, there: Sequence[Any], came: Sequence[int]) -> datetime:
        """The first who came looks after the others; they ask again when it must have gone."""
        leader = min(there, key=lambda one: (one.checked_in, one.key))
        if leader.key != self.message.key:
            return moment(came[0] + LINGER)
        return max(due + timedelta(seconds=QUIET), moment(came[-1] + QUIET))

    def _closed(self, row: Mapping[str, Any], there: Sequence[Any]) -> Turn:
        message, due = self.message, row["due"]
        key = f"{message.tenant}/bundle.{int(due.timestamp())}/{message.person}/{message.channel}"
        empty = dict.fromkeys(("provider", "reference", "reason", "bundle", "content", "ticket", "urgency"), "")
        self.connection.execute(
            sa.insert(MESSAGES).values(
                key=key, tenant=message.tenant, person=message.person, channel=message.channel, kind=BUNDLE, page=key,
                state=SENDING, held=False, created=self.now, due=due, sent=self.now,
                again_at=self.now + timedelta(seconds=LEASE), **empty,
            )
        )  # fmt: skip
        self._update(M.key.in_([one.key for one in there]), {"bundle": key})
        stale = sa.and_(self.contact, M.content != "", M.created < self.now - _KEPT)
        self._update(stale, {"content": ""})
        return Turn(
            SEND, key, Outcome(SENDING), contents=tuple(one.content for one in there), size=len(there),
            created=row["created"], sent=self.now,
        )  # fmt: skip

    def _with_bundle(self, mine: Mapping[str, Any]) -> Turn:
        """What became of it; who finds that nobody is sending it any more sends it again, as it was."""
        key = mine["bundle"]
        row = row_of(self.connection, key)
        assert row is not None
        query = sa.select(M.content).where(M.bundle == key).order_by(M.created, M.key)
        contents = tuple(self.connection.execute(query).scalars())
        if is_over(row):
            return replace(looked(row, len(contents)), created=mine["created"])
        if row["again_at"] > self.now:
            return self._wait(row["again_at"])
        self._update(M.key == key, {"again_at": self.now + timedelta(seconds=LEASE)})
        return Turn(
            SEND, key, outcome_of(row), contents=contents, size=len(contents), created=mine["created"],
            sent=row["sent"],
        )  # fmt: skip

    # --- common --------------------------------------------------------------------------------------------

    def _alone(self, row: Mapping[str, Any]) -> Turn:
        if is_over(row):
            return looked(row, 1)
        return Turn(SEND, self.message.key, outcome_of(row), created=row["created"], sent=row["sent"])

    def _wait(self, until: datetime) -> Turn:
        return Turn(WAIT, self.message.key, until=until)

    def _update(self, where: sa.ColumnElement[bool], values: Mapping[str, Any]) -> None:
        self.connection.execute(sa.update(MESSAGES).where(where).values(**values))

    def _lock(self) -> None:
        """One at a time for one contact. SQLite has the whole file by now."""
        if self.connection.dialect.name != "postgresql":
            return
        name = f"{self.message.tenant}/{self.message.person}/{self.message.channel}"
        self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, sa.func.hashtext(name))))
