"""The demo's reader: opens the link of a message and presses its button, over HTTP, as people and their mailers do.

Must never reach a ticket by another way than the door.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from activities.adapters.people_yaml import YamlDirectory
from activities.claims import Claims
from starter.gateway import Gateway, GatewayError
from starter.server import free_port
from starter.sink import Received
from starter.webhooks.doors import Doors
from starter.webhooks.phones import phone_book
from starter.webhooks.router import application
from starter.webhooks.serving import served

SECRET = "a secret of the demo and of nothing but the demo"
HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)


@dataclass
class Door:
    """Where the links of the demo's messages lead. `now` is the clock of the ticket that is shown."""

    port: int
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def open(self, gateway: Gateway, directory: YamlDirectory) -> AsyncIterator[None]:
        """Yields when it can be entered."""
        doors = Doors(gateway, Claims([SECRET]), self.url, now=lambda: self.now)
        async with served(application(doors, phone_book(directory)), self.port):
            yield

    async def press(self, link: str) -> str:
        """Look, then press; what the page says. Raises GatewayError when it is no page of ours."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            looked = await browser.get(link)
            pressed = await browser.post(link) if looked.is_success else looked
        found = HEADING.search(pressed.text)
        if found is None:
            raise GatewayError(f"the link of the message answered {pressed.status_code}")
        return found[1].strip()


def door() -> Door:
    return Door(free_port())


def link_in(received: Sequence[Received], ticket: str, person: str, url: str) -> str:
    """The link of the newest message about `ticket` (`tenant/id`) to `person`. Raises GatewayError without one."""
    mine = [one for one in received if one.key.startswith(f"{ticket}/") and f"/{person}/" in one.key]
    for one in reversed(mine):
        if (found := re.search(rf"{re.escape(url)}/a/\S+", one.body)) is not None:
            return found[0]
    raise GatewayError(f"no message to {person} about {ticket} carries a link")
