"""Service credits in a billing system behind a small REST interface.

    POST {base}/credits       {"key", "ticket", "customer", "tier", "percent", "reason"}
    POST {base}/revocations   {"key", "reason"}        `key` is the one of the credit

Every call carries `Idempotency-Key`; billing that has seen it answers 2xx, or 409 naming the key. Must never
decide whether a credit is owed or how much: the policy did.
"""

from __future__ import annotations

from activities.adapters.http import Call, Http, as_json, bearer, under
from activities.ports import Credit, Receipt


class HttpCredits:
    """`base` is the address under which `/credits` lies, `token` a bearer token."""

    def __init__(self, http: Http, base: str, token: str = "") -> None:
        self._http = http
        self._base = base
        self._token = token

    async def grant(self, credit: Credit) -> Receipt:
        """Book the credit once."""
        content: dict[str, object] = {
            "key": credit.key,
            "ticket": credit.ticket,
            "customer": credit.customer,
            "tier": credit.tier,
            "percent": credit.percent,
            "reason": credit.reason,
        }
        return await self._post("credits", credit.key, content)

    async def revoke(self, key: str, reason: str) -> Receipt:
        """Take back the credit that was granted under `key`; the call itself is known as `key/revoke`."""
        return await self._post("revocations", f"{key}/revoke", {"key": key, "reason": reason})

    async def _post(self, what: str, key: str, content: dict[str, object]) -> Receipt:
        url = under(self._base, what)
        call = Call("credits", url, key, body=as_json(content), headers=bearer(self._token))
        return Receipt("credits", (await self._http.send(call)).value("id"))
