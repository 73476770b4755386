"""The API as one application, to be mounted beside the doors: its own errors, its own proof of who calls.

Must never show pages about itself, and never let anybody in without a token.
"""

from __future__ import annotations

from fastapi import Depends, FastAPI

from starter.api.callers import Callers, known_caller
from starter.api.outages import Room, outages
from starter.api.problems import answer_problems


def api(room: Room, callers: Callers) -> FastAPI:
    """Every route asks who calls before it reads anything."""
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, dependencies=[Depends(known_caller)]
    )
    app.state.room, app.state.callers = room, callers
    answer_problems(app)
    app.include_router(outages())
    return app
