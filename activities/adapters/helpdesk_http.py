"""A helpdesk behind a small REST interface; the translation to a particular product lives on its side.

    POST {base}/tickets/{tenant}/{id}/flags      {"text", "key"}
    POST {base}/tickets/{tenant}/{id}/comments   {"text", "key"}
    PUT  {base}/tickets/{tenant}/{id}/assignee   {"assignee", "key"}
    PUT  {base}/tickets/{tenant}/{id}/priority   {"priority", "key"}

Every call carries `Idempotency-Key`; a helpdesk that has seen it answers 2xx, or 409 naming the key. Must
never read from the helpdesk: facts come in as signals.
"""

from __future__ import annotations

from activities.adapters.http import Call, Http, as_json, bearer, under
from activities.ports import Receipt, Refused


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
