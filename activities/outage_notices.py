"""A word to whoever owns an outage, when its expected end has passed.

An outage that is forgotten keeps thousands of clocks still. Plain English, as the audit's messages are. Must never end
an outage by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from temporalio import activity

from activities.outcome import done
from activities.ports import Directory, Message, Notifier, Receipt, Refused
from activities.requests import Done, OutageNotice
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


SAID = {
    "pause_clock": "Clocks stand still",
    "mute_keep_clock": "Staff is not told while clocks run",
    "reprioritise": "The urgency was changed",
    "raise_urgency": "The urgency was raised",
}
