"""All doors behind one router, for whoever serves HTTP: `rung up` today.

Must never hold a door's rules.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from starter.api.outages import PLACE
from starter.webhooks.buttons import buttons
from starter.webhooks.doors import Doors
from starter.webhooks.links import links
from starter.webhooks.receipts import receipts
from starter.webhooks.replies import Owner, replies


def router(doors: Doors, owner: Owner) -> APIRouter:
    """Links, buttons, replies, receipts, and `/healthz`."""
    found = APIRouter()
    for part in (links(doors), buttons(doors), replies(doors, owner), receipts(doors)):
        found.include_router(part)

    @found.get("/healthz", include_in_schema=False)
    async def healthy() -> dict[str, bool]:
        return {"ok": True}

    return found


def application(doors: Doors, owner: Owner, api: FastAPI | None = None) -> FastAPI:
    """The router, and the API beneath its place; no pages about itself."""
    # TRAP: a redirect to the address without its slash would go where the Host header says
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.include_router(router(doors, owner))
    if api is not None:
        app.mount(PLACE, api)
    return app
