"""The demo: eleven tickets live through a weekend and an outage on a real server, with real mails and calls.

Everything is as in production but the clock: the server skips time, each ticket has a clock of its own. At the end what
arrived is compared with the rehearsal on paper. Must never show anything that was not received.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs

from rich.console import Console
from rich.table import Table
from rich.text import Text

from policies.case import Entry
from policies.duration import say_duration
from policies.event import Event
from policies.plan import Plan
from starter import demo_outage
from starter.connection import history_address
from starter.demo_link import link_in
from starter.demo_stage import Stack, moment, stack, tell
from starter.demo_verdict import Shown, judged, on_paper
from starter.embedded import stop_on_signals
from starter.gateway import Opened
from starter.http_request import Request
from starter.server import free_port
from starter.settings import Settings
from starter.showing.page import local, page, plain, state, table
from starter.showing.wrapped import print_wrapped
from starter.sink import Fault
from starter.story import Act, acts, payments_down
from starter.virtual_time import settle

INVALID_NUMBER = Fault(400, body='{"code": 21614, "message": "not a number that takes text messages", "status": 400}')
TOLD_BY = ("email", "sms", "phone", "slack", "teams", "webhook")
MARKS = {
    "event": ("·", "cyan"), "fired": ("▲", "yellow"), "superseded": ("△", "dim"), "skipped": ("△", "dim"),
    "unnecessary": ("△", "dim"), "ignored": ("·", "dim"), "not_sent": ("✗", "red"), "passed_on": ("↑", "red"),
    "disturbed": ("↑", "red"), "withdrawn": ("✗", "dim"), "undelivered": ("✗", "bold red"), "done": ("→", "green"),
}  # fmt: skip


async def run(settings: Settings, once: bool = False, ui_port: int | None = None) -> int:
    """Play all acts; 0 when what arrived is what the rehearsal says. Stays until Ctrl-C unless `once`."""
    stop = stop_on_signals()
    console = page()
    console.print(Text("Rung - eleven tickets, one outage, a real Temporal server, virtual time\n", style="bold"))
    async with stack(settings, ui_port or free_port()) as running:
        shown, today = [], datetime.now(UTC).date()
        for act in acts(today):
            if stop.is_set():
                return 1
            shown.append(await play(running, act, console))
        shown += await demo_outage.play(running, payments_down(today), console)
        conclude(console, running, shown, once)
        if not once:
            console.print(Text("\nThe histories stay readable until you press Ctrl-C.", style="dim"))
            await stop.wait()
    return 0 if all(one.good for one in shown) else 1


# --- one act -----------------------------------------------------------------------------------------------


async def play(running: Stack, act: Act, console: Console) -> Shown:
    """Open the ticket, move its clock from happening to happening, print what happens."""
    paper = on_paper(running, act)
    announce(console, act, paper.plan)
    await refuse_text_messages(running, act)
    opened = await running.gateway.open(act.ticket, act.policy, opened_at=moment(act.opened_at), ahead=True)
    chronicle = Chronicle(running, act, opened, console, {r.name: r.why for r in opened.plan.rungs})
    await chronicle.forward(act.opened_at)
    for happening in act.happenings:
        await chronicle.forward(happening.at)
        if happening.event is not None:
            if happening.event.event_id in act.by_link:
                chronicle.aside(happening.at, await press(running, act, happening.event))
            else:
                await tell(running.gateway, act.ticket, happening.event)
            await chronicle.catch_up()
    await chronicle.forward(act.until)
    console.print()
    return await judged(running, act, opened, paper)


class Chronicle:
    """Prints a ticket's new entries as they appear."""

    def __init__(self, running: Stack, act: Act, opened: Opened, console: Console, why: dict[str, str]) -> None:
        self.running, self.act, self.opened, self.console, self.why = running, act, opened, console, why
        self.next_number = 0
        self.last_stamp = ""

    async def forward(self, at: int) -> None:
        """Skip to `at`, rung by rung, so that each line appears when it happens."""
        while (due := await self._next_due()) is not None and due < at:
            await self.running.time.to(self.opened.workflow_id, moment(due))
            await self.catch_up()
        await self.running.time.to(self.opened.workflow_id, moment(at))
        await self.catch_up()

    async def _next_due(self) -> int | None:
        standing = await self.running.gateway.standing(self.act.ticket.tenant, self.act.ticket.id)
        return None if standing.state == "closed" else standing.next_due

    async def catch_up(self) -> None:
        await settle(self.running.gateway.client.get_workflow_handle(self.opened.workflow_id))
        entries = await self.running.gateway.time_line(self.act.ticket.tenant, self.act.ticket.id)
        for entry in [entry for entry in entries if entry.number >= self.next_number]:
            self._print(entry)
            self.next_number = entry.number + 1

    def aside(self, at: int, text: str) -> None:
        """What somebody does outside of the ticket."""
        self.last_stamp = local(at, self.opened.plan.zone)
        print_wrapped(self.console, Text(f"  {self.last_stamp}  ", "dim").append("· ", "cyan"), Text(text))

    def _print(self, entry: Entry) -> None:
        mark, style = MARKS.get(entry.kind, ("·", ""))
        stamp = local(entry.at, self.opened.plan.zone)
        beside = stamp if stamp != self.last_stamp else " " * len(stamp)
        self.last_stamp = stamp
        ours = entry.kind in ("done", "undelivered", "withdrawn", "not_sent", "passed_on", "disturbed")
        head = Text(f"  {beside}  {'    ' if ours else ''}", style="dim").append(f"{mark} ", style)
        words = Text().append(plain(self._words(entry)), self._style(entry))
        if entry.kind == "fired" and self.why.get(entry.rung):
            words.append(f"  ({self.why[entry.rung]})", "dim")
        if entry.kind == "done" and (received := self._received(entry.key)):
            words.append(f"  {received}", "dim")
        print_wrapped(self.console, head, words)

    def _received(self, key: str) -> str:
        """What arrived at the sink under that key: its subject, or the beginning of its text."""
        found = next((one for one in self.running.received if one.key == key), None)
        if found is None:
            return "NOT RECEIVED"
        return plain(" ".join((found.subject or found.body).split())) if found.channel in TOLD_BY else ""

    def _words(self, entry: Entry) -> str:
        """A rung by its name: who was told stands below, as it arrived."""
        return entry.text.partition(":")[0] if entry.kind == "fired" else entry.text

    def _style(self, entry: Entry) -> str:
        return "bold red" if entry.rung.endswith("breach") and entry.kind == "fired" else ""


async def refuse_text_messages(running: Stack, act: Act) -> None:
    """The provider knows that number for one that takes none."""
    phone = (await running.directory.contact(act.no_sms)).phone if act.no_sms else ""

    def rule(request: Request) -> Fault | None:
        to = parse_qs(request.body.decode("utf-8", "replace")).get("To", [""])[0]
        return INVALID_NUMBER if phone and request.path.endswith("/Messages.json") and to == phone else None

    running.http.rule = rule


async def press(running: Stack, act: Act, event: Event) -> str:
    """Open the newest link that the person got about the ticket, and press it; what was done and said."""
    running.door.now = moment(event.at)
    link = link_in(running.received, act.ticket.key, event.actor, running.door.url)
    said = await running.door.press(link)
    return f'{event.actor} opens the link of the mail and presses the button; the page says "{said}"'


# --- what is printed around it -----------------------------------------------------------------------------


def announce(console: Console, act: Act, plan: Plan) -> None:
    """The title and the promise of an act."""
    ticket = act.ticket
    print_wrapped(console, Text(f"#{ticket.id}  ", "bold"), Text(act.title, "bold"))
    promises = ", ".join(
        f"{clock.name.replace('_', ' ')} {say_duration(clock.target)}"
        for clock in plan.clocks
        if clock.target and clock.name != "next_response"
    )
    said = f"{ticket.customer}: {ticket.summary} - {promises} of business time ({plan.name})"
    print_wrapped(console, Text("  "), Text(said, "dim"))


def conclude(console: Console, running: Stack, shown: Sequence[Shown], once: bool) -> None:
    """The summary: how each promise was kept, what arrived, where to read the history."""
    console.print(summary(shown))
    by_channel = Counter(one.channel for one in running.received)
    said = ", ".join(f"{count} {channel}" for channel, count in sorted(by_channel.items()))
    console.print(Text(f"\nReceived on loopback: {said}", style="dim"))
    for one in shown:
        for what, keys in (("missing", one.missing), ("unexpected", one.extra), ("twice", one.twice)):
            for key in keys:
                console.print(Text(f"  {what}: {key}", style="bold red"))
    console.print("\nNext: 'rung up' runs it in real time, 'rung ticket open --help' says how to open a ticket.")
    if once:
        console.print("Without --once the histories of these tickets stay readable in the Temporal UI.")
        return
    console.print("\nHistories in the Temporal UI")
    for one in shown:
        address = history_address(running.settings, running.gateway.client, one.opened.workflow_id, one.opened.run_id)
        console.print(f"  {one.act.ticket.id}  {address}", soft_wrap=True)


def summary(shown: Sequence[Shown]) -> Table:
    """One line a ticket, at most 80 columns."""
    rows = table("Ticket", "Promise", "Resolution", "Used", "L", "Told", "Arrived")
    for one in shown:
        last = [reading for reading in one.result if reading.clock == "resolution"][-1]
        ticket = one.act.ticket
        rows.add_row(
            ticket.id, f"{ticket.tier} x {ticket.urgency}", state(last.state),
            f"{say_duration(last.consumed)} of {say_duration(last.target)}", str(one.level or "-"),
            str(one.told), Text("as rehearsed", "green") if one.good else Text("DIFFERS", "bold red"),
        )  # fmt: skip
    return rows
