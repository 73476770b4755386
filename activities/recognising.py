"""The hands of the recognition: a line for each ticket of a major incident, its outage, the word to those who decide.

Plain English, as the audit's messages are. Every call carries a key or an id that makes it harmless to repeat. Must
never decide whether tickets are one incident: policies/recognition.py does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.outcome import EXPECTED, done, final, told
from activities.ports import Declarations, Directory, Journal, Line, Message, Notifier, Refused
from activities.requests import Done, Links, Recognised, RecognisedNotice
from policies.declaration import command
from policies.outage import Outage
from policies.people import Addressed, address
from policies.plan import Target
from policies.ticket import Ticket

MOST = 20
"""Tickets that a message lists."""
VIA = ("email", "sms")


@dataclass(frozen=True)
class RecognitionDesk:
    """The ports it needs; `otherwise` is told where the wanted people are not there, or nobody is named."""

    declarations: Declarations
    directory: Directory
    channels: Mapping[str, Notifier]
    journal: Journal
    otherwise: str = ""


class Recognitions:
    """One method a step of the recognition's workflow; the first four are near, the last reaches the world."""

    def __init__(self, desk: RecognitionDesk) -> None:
        self.desk = desk

    @activity.defn
    async def declare_recognised(self, outage: Outage) -> Outage:
        """Its outage, declared as a person would; returns what stands."""
        with told():
            return await self.desk.declarations.declare(outage)

    @activity.defn
    async def end_recognised(self, outage: Outage) -> Outage:
        """It is over: `ended_at` says since when."""
        with told():
            return await self.desk.declarations.end(outage.id, outage.ended_at, outage.ended_by)

    @activity.defn
    async def link_recognised(self, links: Links) -> int:
        """A line in the journal of each ticket, beside its own; no ticket is woken for it."""
        at = datetime.fromtimestamp(links.at, UTC)
        lines = [
            Line(f"{links.head}/{ticket}", ticket, at, links.kind, links.text, key=links.head)
            for ticket in links.tickets
        ]
        if lines:
            await self.desk.journal.note(lines)
        return len(lines)

    @activity.defn
    async def address_recognised(self, recognised: Recognised) -> Addressed:
        """Who is told. Raises ApplicationError when the directory cannot be understood; it is tried again."""
        otherwise = (Target(self.desk.otherwise, VIA),) if self.desk.otherwise else ()
        try:
            roster = await self.desk.directory.roster()
        except Refused as error:
            raise ApplicationError(str(error), type="Refused", category=EXPECTED) from error
        return address(roster, Ticket(id=""), recognised.targets or otherwise, otherwise, recognised.at)

    @activity.defn
    async def tell_recognised(self, notice: RecognisedNotice) -> Done:
        """One person, one way. A channel that nobody configured and an unknown person are final."""
        to = notice.delivery
        notifier = self.desk.channels.get(to.channel)
        if notifier is None:
            raise final(f"no channel '{to.channel}' is configured")
        with told():
            contact = await self.desk.directory.contact(to.person)
        message = message_of(notice.recognised, notice.key)
        return await done(notifier.send(message, contact), f"{to.channel} to {to.person}")


def message_of(one: Recognised, key: str) -> Message:
    """What was seen, in which tickets, and what to type now."""
    subject = f"{one.what}: declared a major incident" if one.declared else f"{one.what}: one major incident?"
    more = len(one.tickets) - MOST
    lines = [
        *(f"- {ticket}" for ticket in one.tickets[:MOST]),
        *([f"- and {more} more"] if more > 0 else []),
        "",
        *_next_steps(one),
    ]
    return Message(key=key, subject=subject, body="\n".join(lines), short=f"{subject} {_shortly(one)}",
                   severity="warning")  # fmt: skip


def _next_steps(one: Recognised) -> list[str]:
    outage = one.outage
    if one.declared:
        return [
            f"Outage {outage.id} stands: {outage.effect} for {outage.scope.said()}. New ones are covered, too.",
            f"How far it is? rung outage show {outage.id}",
            f"No incident, or over? rung outage end {outage.id}",
        ]
    if not outage.id:
        return ["No outage is proposed: its scope could not name what these tickets share. Who works on them?"]
    return [f"It is one? {command(outage)}", "It is not? Nothing is to be done; it is asked once."]


def _shortly(one: Recognised) -> str:
    if one.declared:
        return f"Outage {one.outage.id} stands."
    return f"The mail says how to declare {one.outage.id}." if one.outage.id else "Look at these tickets."
