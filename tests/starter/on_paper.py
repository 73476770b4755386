"""A gateway without a server: a rehearsed ticket answers, and what is sent is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from typer.testing import CliRunner, Result

from policies.case import Case, Entry, evolve
from policies.catalog import Catalog
from policies.explanation import Ahead, Deadline, Standing, ahead, explain, stand
from policies.rehearsal import Rehearsal
from policies.scenario import read_scenario
from starter.cli import app
from starter.gateway import Gateway, NoSuchTicket, Opened
from starter.rehearsing import play
from workflows.contract import Answer, Dossier, read_news

PAUSED = """
# A pause over the weekend
ticket  id=4711 summary="VPN is down in the Seoul office" tier=gold urgency=high assignee=kim team=support
Fri 27 Mar 2026 16:00   opened
Fri 27 Mar 17:30        pause customer
"""
RESUMED = f"""{PAUSED}
Mon 30 Mar 09:00        resume customer
Mon 30 Mar 09:10        replied by=kim
Mon 30 Mar 11:45        contacted
"""


def paper_client(server: str = "127.0.0.1:7233") -> Any:
    """As much of a client as addresses are made of."""
    config = SimpleNamespace(target_host=server)
    return SimpleNamespace(namespace="default", service_client=SimpleNamespace(config=config))


def rehearsed(text: str) -> Rehearsal:
    return play(Catalog(), read_scenario(text, "paper")).rehearsal


@dataclass
class PaperGateway:
    """The questions are answered by the core, as a ticket would."""

    rehearsal: Rehearsal
    answer: Answer = field(default_factory=lambda: Answer(text="done"))
    sent: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    answers: bool = True
    """Whether a worker is there."""
    client: Any = field(default_factory=paper_client)
    lacking: str = ""
    """Why a ticket that is opened is not taken up."""

    @classmethod
    def of(cls, text: str) -> PaperGateway:
        return cls(rehearsed(text))

    def _at(self, at: datetime | None) -> int:
        if at:
            return int(at.timestamp())
        return max((event.at for event in self.rehearsal.case.events), default=self.rehearsal.case.opened_at)

    async def standing(self, tenant: str, ticket: str, at: datetime | None = None) -> Standing:
        return stand(self.rehearsal.plan, self.rehearsal.case, self._at(at))

    async def deadlines(self, tenant: str, ticket: str, at: datetime | None = None) -> tuple[Deadline, ...]:
        return explain(self.rehearsal.plan, self.rehearsal.case, self._at(at))

    async def ahead(self, tenant: str, ticket: str, at: datetime | None = None) -> tuple[Ahead, ...]:
        return ahead(self.rehearsal.plan, self.rehearsal.case, self._at(at))

    async def time_line(self, tenant: str, ticket: str) -> tuple[Entry, ...]:
        return self.rehearsal.case.time_line

    async def dossier(self, tenant: str, ticket: str) -> Dossier:
        if not self.answers:
            raise NoSuchTicket(f"no ticket {tenant}/{ticket}")
        return Dossier(self.rehearsal.case, self.rehearsal.plan, self._at(None))

    async def tell(self, tenant: str, ticket: str, kind: str, **fields: str | int) -> str:
        self.sent.append((tenant, ticket, kind, fields))
        event_id = str(fields.get("event_id", f"cli-{len(self.sent)}"))
        now = self._at(None) + 60
        event = read_news(kind, [{**fields, "event_id": event_id}], now)
        self.rehearsal = replace(self.rehearsal, case=evolve(self.rehearsal.case, event))
        return event_id

    async def remembered(self, tenant: str, ticket: str, seconds: float) -> Case | None:
        return self.rehearsal.case if self.answers else None

    async def command(self, tenant: str, ticket: str, name: str, **fields: Any) -> Answer:
        self.sent.append((tenant, ticket, name, fields))
        return self.answer

    async def open(self, ticket: Any, policy: str, opened_at: datetime | None, **more: Any) -> Opened:
        moment = opened_at or datetime.fromisoformat("2026-03-27T16:00:00+09:00")
        plan = Gateway(self.client, Catalog()).check(ticket, policy, moment, moment)
        self.sent.append((ticket.tenant, ticket.id, "open", {"ticket": ticket, "opened_at": opened_at, **more}))
        return Opened(f"ticket/{ticket.key}", "run-1", False, plan)

    async def waits_for(self, tenant: str, ticket: str, seconds: float) -> str:
        return self.lacking


def rung(*words: str, stdin: str | None = None) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, list(words), input=stdin)


def refused(*words: str, stdin: str | None = None) -> str:
    """What it says when it refuses or fails: exit code 1, nothing on stdout, no traceback."""
    return _said(1, words, stdin)


def unfit(*words: str, stdin: str | None = None) -> str:
    """What it says to a command line, a file or a variable that cannot be used: the same with exit code 2."""
    return _said(2, words, stdin)


def _said(code: int, words: tuple[str, ...], stdin: str | None) -> str:
    result = rung(*words, stdin=stdin)
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr
    return result.stderr
