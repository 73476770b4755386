"""The dead man's switch: a service that raises the alarm when this address is not asked for a while.

Healthchecks and its like want a GET. Must never be asked unless all is well, and never show the address: its path is
its password.
"""

from __future__ import annotations

from activities.adapters.http import Call, Http
from activities.ports import Receipt


class HttpDeadMan:
    """`url` is the whole address; empty = nobody listens."""

    def __init__(self, http: Http, url: str = "") -> None:
        self._http = http
        self._url = url

    async def alive(self, key: str) -> Receipt:
        """Say that all is well. An empty receipt when nobody listens."""
        if not self._url:
            return Receipt("")
        await self._http.send(Call("dead man's switch", self._url, key, method="GET"))
        return Receipt("dead man's switch")
