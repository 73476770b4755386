"""What could not be, as RFC 9457 has it: `application/problem+json`, one fault a line in `faults`.

A status says what to do: 401, 404, 409, 422 stay as they are however often it is sent; after 503 the same call is sent
again as it is. Must never show what went wrong inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from temporalio.service import RPCError

from activities import ports
from starter.answering import Unable, Unfit, faults_of
from starter.gateway import BadTicket, GatewayError, Refused
from starter.outages import NoSuchOutage

MEDIA = "application/problem+json"
NO_CALL = "there is no such call with {}; docs/reference/api.md has every one"
RETRY_AFTER = "10"
"""Seconds."""
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NoSuchOutage, 404), (BadTicket, 422), (Unfit, 422), (Refused, 409), (GatewayError, 503), (Unable, 503),
    (ports.Refused, 503), (ports.Busy, 503), (ports.Unreachable, 503), (RPCError, 503),
)  # fmt: skip
"""The first that fits counts."""
_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?: NAME)?")
log = structlog.get_logger("api")


class Problem(Exception):
    """A status and its faults."""

    def __init__(self, status: int, faults: Sequence[str], headers: Mapping[str, str] | None = None) -> None:
        super().__init__("\n".join(faults))
        self.status, self.faults, self.headers = status, tuple(faults), dict(headers or {})


def spoken(fault: str) -> str:
    """In the words of a call: `--approved-by NAME` is written `"approved_by"` here."""
    return _OPTION.sub(lambda found: f'"{found[1].replace("-", "_")}"', fault)


def said(problem: Problem) -> Response:
    """As it goes out."""
    faults = [spoken(fault) for fault in problem.faults]
    body = {
        "type": "about:blank", "title": HTTPStatus(problem.status).phrase, "status": problem.status,
        "detail": "; ".join(faults), "faults": faults,
    }  # fmt: skip
    headers = {**problem.headers, **({"Retry-After": RETRY_AFTER} if problem.status == 503 else {})}
    return JSONResponse(body, problem.status, headers, MEDIA)


def answer_problems(app: FastAPI) -> None:
    """Every error of this application becomes a problem."""
    for known in (kind for kind, _ in STATUS):
        app.add_exception_handler(known, _known)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _query)
    app.add_exception_handler(Exception, _unknown)


async def _known(request: Request, error: Exception) -> Response:
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    if status == 503:
        log.warning("not answered", path=request.url.path, error=str(error))
    return said(Problem(status, faults_of(error)))


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return said(error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    fault = NO_CALL.format(request.method) if error.status_code in (404, 405) else str(error.detail)
    return said(Problem(error.status_code, [fault], error.headers))


async def _query(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return said(Problem(422, [f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors()]))


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("a fault of Rung", path=request.url.path, exc_info=error)
    return said(Problem(500, ["this is a fault of Rung; its log says where it happened"]))
