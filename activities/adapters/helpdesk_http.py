"""A helpdesk behind a small REST interface; the translation to a particular product lives on its side.

    POST {base}/tickets/{tenant}/{id}/flags      {"text", "key"}
    POST {base}/tickets/{tenant}/{id}/comments   {"text", "key"}
    PUT  {base}/tickets/{tenant}/{id}/assignee   {"assignee", "key"}
    PUT  {base}/tickets/{tenant}/{id}/priority   {"priority", "key"}
    GET  {base}/closed?ticket={tenant}/{id}&...  -> {"closed": [{"ticket": "tenant/id", "at": "2026-03-30T06:00:00Z"}]}

Every call carries `Idempotency-Key`; a helpdesk that has seen it answers 2xx, or 409 naming the key. One that does not
know the last call (404, 405) is not asked. Must never take a fact from the helpdesk: they come in as signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from activities.adapters.http import Call, Http, NoSuchCall, as_json, bearer, under
from activities.ports import Ended, Receipt, Refused


class _Ended(BaseModel):
    ticket: str
    at: AwareDatetime


class _Answer(BaseModel):
    closed: list[_Ended]


_ENDED = TypeAdapter(_Answer)


class HttpHelpdesk:
    """`base` is the address under which `/tickets` lies, `token` a bearer token."""

    def __init__(self, http: Http, base: str, token: str = "") -> None:
        self._http = http
        self._base = base
        self._token = token

    async def flag(self, ticket: str, text: str, key: str) -> Receipt:
        """Mark the ticket for everybody who opens it."""
        return await self._call("POST", ticket, "flags", {"text": text, "key": key})

    async def comment(self, ticket: str, text: str, key: str) -> Receipt:
        """Add an internal note."""
        return await self._call("POST", ticket, "comments", {"text": text, "key": key})

    async def reassign(self, ticket: str, to: str, key: str) -> Receipt:
        """Give the ticket to a person or a group, by the helpdesk's own id."""
        return await self._call("PUT", ticket, "assignee", {"assignee": to, "key": key})

    async def priority(self, ticket: str, value: str, key: str) -> Receipt:
        """Set the priority, in the helpdesk's own words."""
        return await self._call("PUT", ticket, "priority", {"priority": value, "key": key})

    async def closed(self, tickets: Sequence[str]) -> Sequence[Ended] | None:
        """Which of these are closed there, as the audit asks; None for a helpdesk without the question."""
        url = f"{under(self._base, 'closed')}?{urlencode([('ticket', ticket) for ticket in tickets])}"
        call = Call("helpdesk", url, "audit/closed", method="GET", headers=bearer(self._token))
        try:
            answer = await self._http.send(call)
        except NoSuchCall:
            return None
        try:
            found = _ENDED.validate_json(answer.text).closed
        except ValidationError:
            raise Refused('helpdesk: its answer on closed tickets is not {"closed": [{"ticket", "at"}]}') from None
        return [Ended(one.ticket, one.at) for one in found if one.ticket in tickets]

    async def _call(self, method: str, ticket: str, what: str, content: dict[str, object]) -> Receipt:
        tenant, slash, number = ticket.partition("/")
        if not slash:
            raise Refused(f"'{ticket}' is no ticket key; it must read tenant/id")
        call = Call(
            "helpdesk",
            under(self._base, "tickets", tenant, number, what),
            str(content["key"]),
            method=method,
            body=as_json(content),
            headers=bearer(self._token),
        )
        return Receipt("helpdesk", (await self._http.send(call)).value("id"))
