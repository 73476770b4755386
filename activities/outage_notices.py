"""A word to whoever owns an outage, when its expected end has passed; and how it stands, to whoever answers for it.

An outage that is forgotten keeps thousands of clocks still. Plain English, as the audit's messages are. Must never end
an outage by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from temporalio import activity

from activities.outcome import done
from activities.ports import Directory, Message, Notifier, Receipt, Refused
from activities.requests import Done, OutageNotice, OutageUpdate
from policies.duration import say_duration
from policies.people import Delivery, address
from policies.plan import Target
from policies.ticket import Ticket

VIA = ("email", "sms")


class OutageNotices:
    """`otherwise` is told of an outage that nobody owns, or whose owner nobody knows."""

    def __init__(self, directory: Directory, channels: Mapping[str, Notifier], otherwise: str = "") -> None:
        self.directory, self.channels, self.otherwise = directory, channels, otherwise

    @activity.defn
    async def remind_owner(self, notice: OutageNotice) -> Done:
        """Each of them by every way that is set up. Told also when away, with the deputy (semantics 3.4)."""
        return await done(self._told(notice), f"reminded of outage {notice.outage.id}")

    @activity.defn
    async def tell_stakeholder(self, update: OutageUpdate) -> Done:
        """One of them, by one channel."""
        return await done(self._updated(update), f"{update.channel} to {update.person}")

    async def _updated(self, update: OutageUpdate) -> Receipt:
        if update.channel not in self.channels:
            raise Refused(f"no channel '{update.channel}' is configured")
        contact = await self.directory.contact(update.person)
        return await self.channels[update.channel].send(update_of(update), contact)

    async def _told(self, notice: OutageNotice) -> Receipt:
        names = tuple(dict.fromkeys(name for name in (notice.outage.owner, self.otherwise) if name))
        if not names:
            raise Refused("nobody owns it; name an owner, or set RUNG_OPERATOR")
        refusals: list[str] = []
        for who in names:
            if reached := await self._reached(notice, who, refusals):
                return reached[0]
        why = f" ({'; '.join(refusals)})" if refusals else ""
        raise Refused(f"{' and '.join(names)}: reached by none of {', '.join(VIA)}{why}")

    async def _reached(self, notice: OutageNotice, who: str, refusals: list[str]) -> list[Receipt]:
        """By every way that takes it. Whom the directory does not know is refused like a mailbox that is none."""
        roster = await self.directory.roster()
        found = address(roster, Ticket(id=""), (), (Target(who, VIA),), notice.now).deliveries
        receipts = []
        for one in (one for one in found if one.channel in self.channels):
            try:
                receipts.append(await self._send(notice, one))
            except Refused as error:
                refusals.append(str(error))
        return receipts

    async def _send(self, notice: OutageNotice, to: Delivery) -> Receipt:
        contact = await self.directory.contact(to.person)
        message = message_of(notice, f"{notice.key}/{to.person}/{to.channel}")
        return await self.channels[to.channel].send(message, contact)


def message_of(notice: OutageNotice, key: str) -> Message:
    """What has passed, what still stands, and both ways on."""
    outage = notice.outage
    over, lasts = (say_duration(max(notice.now - at, 0)) for at in (outage.expected, outage.since))
    expected = datetime.fromtimestamp(outage.expected, UTC)
    subject = f"Outage {outage.id} was expected to end {over} ago"
    lines = [
        f"It was expected to end {expected:%a %d %b %Y %H:%M} UTC and has lasted {lasts}.",
        f"{SAID[outage.effect]}: {outage.scope.said()}.",
        f"Declared because: {outage.reason}" if outage.reason else "",
        "",
        f"Over? rung outage end {outage.id}",
        f"Not yet? rung outage extend {outage.id} --expected-end ...",
    ]
    return Message(key=key, subject=subject, body="\n".join(lines), short=f"{subject}. End or extend it.",
                   severity="warning")  # fmt: skip


def update_of(update: OutageUpdate) -> Message:
    """What is out, since when, how many tickets, and when it should be over; the last one that it is."""
    outage, over = update.outage, update.outage.over_at
    lasts = say_duration(max((over or update.now) - outage.since, 0))
    subject = f"Outage {outage.id} is over after {lasts}" if over else f"Outage {outage.id} has lasted {lasts}"
    expected = (
        f"{datetime.fromtimestamp(outage.expected, UTC):%a %d %b %Y %H:%M} UTC" if outage.expected else "not known"
    )
    lines = [
        f"Priority {outage.priority}: {outage.scope.said()}.",
        f"Declared because: {outage.reason}" if outage.reason else "",
        f"Since {_at(outage.since)}.",
        f"Open tickets within it: {update.tickets}.",
        "" if over else f"Expected end: {expected}.",
    ]
    return Message(key=update.key, subject=subject, body="\n".join(line for line in lines if line) + "\n",
                   short=f"{subject}.", severity="info" if over else "warning")  # fmt: skip


def _at(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%a %d %b %Y %H:%M} UTC"


SAID = {
    "pause_clock": "Clocks stand still",
    "mute_keep_clock": "Staff is not told while clocks run",
    "reprioritise": "The urgency was changed",
    "raise_urgency": "The urgency was raised",
}
