"""Action items: starting one, finding out who owns it now, reminding them, and its lines in the ticket's journal.

Every call carries a key or a name that makes it harmless to repeat. Must never decide when a reminder is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.outcome import EXPECTED, done
from activities.ports import ActionItems, Directory, Journal, Line, Notifier, Refused
from activities.requests import ActRequest, Done, ItemOpening, NoteRequest, OwnerRequest, RemindRequest
from activities.wording import ActionItem, Wording
from policies.action_item import Item
from policies.people import Addressed, Roster, address
from policies.plan import Target
from policies.ticket import Ticket


@dataclass(frozen=True)
class Desk:
    """The ports that action items need."""

    items: ActionItems
    directory: Directory
    notifiers: Mapping[str, Notifier]
    journal: Journal


class Following:
    """What the workflows of tickets and of items call."""

    def __init__(self, desk: Desk, wording: Wording) -> None:
        self.desk = desk
        self.wording = wording

    @activity.defn(name="action")
    async def action(self, request: ActRequest) -> Done:
        """Start the item that a rung asks for; its key names it."""
        opening = opening_of(request)
        return await done(self.desk.items.begin(opening), f"action item {opening.item.id}")

    @activity.defn
    async def address_owner(self, request: OwnerRequest) -> Addressed:
        """Who is reminded. Raises ApplicationError when the directory cannot be understood; it is tried again."""
        try:
            roster = await self.desk.directory.roster()
        except Refused as error:
            raise ApplicationError(str(error), type="Refused", category=EXPECTED) from error
        known = with_people(roster, request.ticket, request.targets)
        return address(known, request.ticket, request.targets, request.fallback, request.at)

    @activity.defn
    async def remind(self, request: RemindRequest) -> Done:
        """One reminder. A channel nobody configured and an unknown person are final."""
        delivery = request.delivery
        notifier = self.desk.notifiers.get(delivery.channel)
        if notifier is None:
            known = ", ".join(sorted(self.desk.notifiers)) or "none"
            raise _final(f"no channel '{delivery.channel}' is configured (configured: {known})")
        try:
            to = await self.desk.directory.contact(delivery.person)
        except Refused as error:
            raise _final(str(error)) from error
        item = ActionItem(request.item.title, request.item.owner, request.item.due)
        message = self.wording.reminder(request.key, request.ticket, item, to, request.now)
        return await done(notifier.send(message, to), f"{delivery.channel} to {delivery.person}")

    @activity.defn
    async def note(self, request: NoteRequest) -> int:
        """Append the lines to the ticket's journal; returns how many were sent."""
        lines = [
            Line(
                f"{request.head}/{request.number + index}", request.ticket, datetime.fromtimestamp(entry.at, UTC),
                entry.kind, entry.text, entry.rung, entry.key,
            )
            for index, entry in enumerate(request.entries)
        ]  # fmt: skip
        await self.desk.journal.note(lines)
        return len(lines)


def opening_of(request: ActRequest) -> ItemOpening:
    """The item of a rung. Its id is the tail of its key: `resolution.1-breach`, so that twice is once."""
    effect = request.effect
    owner = effect.item.owner if effect.item else Target("team-lead", ("email",))
    tail = request.key.removeprefix(f"{request.ticket.key}/").replace("/action", "").replace("/", "-")
    item = Item(tail, effect.value, owner.who, effect.at, made_by=effect.rung)
    return ItemOpening(
        request.ticket, item, owner.via, request.catch_all, request.policy, request.opened_at,
        effect.item.every if effect.item else 0, request.shift,
    )  # fmt: skip


def with_people(roster: Roster, ticket: Ticket, targets: tuple[Target, ...]) -> Roster:
    """The roster in which a person's own name is a role, where no role has that name. A slip of the pen is nobody."""
    teams = roster.teams.values()
    people = [*roster.people, *(name for team in teams for name in (team.lead, *team.members, *team.on_call))]
    own = {t.who: (t.who,) for t in targets if t.who in people and not roster.named(t.who, ticket)}
    return replace(roster, roles={**roster.roles, **own}) if own else roster


def _final(message: str) -> ApplicationError:
    return ApplicationError(message, type="Refused", non_retryable=True, category=EXPECTED)
