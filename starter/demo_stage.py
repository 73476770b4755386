"""The demo's stage: a server that skips time, sinks for everything that goes out, a worker as a process of its own.

Must never send anything beyond loopback.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from activities.adapters.people_yaml import YamlDirectory
from policies.catalog import PUBLISHED, Catalog
from policies.event import ESCALATED, Event
from policies.people import Roster
from policies.ticket import Ticket
from starter.demo_link import SECRET, Door, door
from starter.embedded import child_worker
from starter.gateway import Gateway
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.server import DevServer
from starter.settings import Settings
from starter.sink import Received
from starter.virtual_time import VirtualTime

PEOPLE = Path(__file__).with_name("demo.people.yaml")
POLICIES = Path(__file__).with_name("demo_policies")
JOURNAL = "rung.db"


@dataclass(frozen=True)
class Stack:
    """Everything that runs while the demo does."""

    gateway: Gateway
    time: VirtualTime
    mail: MailSink
    http: HttpSink
    door: Door
    directory: YamlDirectory
    roster: Roster
    settings: Settings

    @property
    def received(self) -> list[Received]:
        return [*self.mail.received, *self.http.received]


@asynccontextmanager
async def stack(settings: Settings, ui_port: int) -> AsyncIterator[Stack]:
    """Dev server with skipped time and UI, both sinks, a worker as a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="rung-demo-"))
    server = DevServer(ui_port=ui_port, skip_time=True, log=folder / "temporal.log")
    try:
        async with MailSink() as mail, HttpSink() as http, server:
            people = folder / "people.yaml"
            people.write_text(PEOPLE.read_text(encoding="utf-8").replace("HTTP_SINK", http.url), encoding="utf-8")
            url = f"sqlite:///{folder / JOURNAL}"
            shown = settings.model_copy(update={"ui_url": f"http://127.0.0.1:{ui_port}", "journal_url": url})
            gateway, directory, entrance = Gateway(server.client, catalog()), YamlDirectory(people), door()
            environment = {**variables(folder, people, mail, http), **entrance_variables(entrance)}
            async with entrance.open(gateway, directory), child_worker(server, environment):
                roster = await directory.roster()
                yield Stack(gateway, VirtualTime(server.client), mail, http, entrance, directory, roster, shown)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def variables(folder: Path, people: Path, mail: MailSink, http: HttpSink) -> dict[str, str]:
    """The worker's environment: every channel ends at a sink."""
    return {
        "RUNG_DATA_DIR": str(folder), "RUNG_JOURNAL_URL": f"sqlite:///{folder / JOURNAL}", "RUNG_PEOPLE": str(people),
        "RUNG_SMTP_HOST": "127.0.0.1", "RUNG_SMTP_PORT": str(mail.port), "RUNG_SMTP_TLS": "none",
        "RUNG_TWILIO_URL": http.url, "RUNG_TWILIO_ACCOUNT": "AC-demo", "RUNG_TWILIO_TOKEN": "demo",
        "RUNG_TWILIO_FROM": "+15550100", "RUNG_HELPDESK_URL": http.url, "RUNG_CREDITS_URL": http.url,
        "RUNG_REVIEWS_URL": http.url, "RUNG_LOG_LEVEL": "warning", "NO_PROXY": "127.0.0.1",
        # its tickets live in skipped time: nobody waits there for others, or for a provider's receipt
        "RUNG_AUDIT_MINUTES": "0", "RUNG_BUNDLE_SECONDS": "0", "RUNG_RECEIPT_SECONDS": "0",
        "RUNG_POLICIES": str(POLICIES),
    }  # fmt: skip


def entrance_variables(entrance: Door) -> dict[str, str]:
    """What the worker needs for messages with links."""
    return {"RUNG_PUBLIC_URL": entrance.url, "RUNG_LINK_SECRET": SECRET}


def catalog() -> Catalog:
    """The demo's own policy, then the published ones."""
    return Catalog(POLICIES, PUBLISHED)


async def tell(gateway: Gateway, ticket: Ticket, event: Event) -> None:
    """One happening, as a helpdesk or an operator would send it."""
    if event.kind == ESCALATED:
        await gateway.command(
            ticket.tenant, ticket.id, "escalate", actor=event.actor, level=event.level, as_level=3,
            reason=event.reason, request_id=event.event_id,
        )  # fmt: skip
        return
    await gateway.tell(
        ticket.tenant, ticket.id, event.kind, event_id=event.event_id, occurred_at=moment(event.at).isoformat(),
        actor=event.actor, reason=event.reason, to=event.to,
    )  # fmt: skip


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
