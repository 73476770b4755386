"""How a command answers: text for people, JSON for programs, one clear message when it cannot.

Exit codes, one rule for every command: 0 it is done and all is well; 1 it was understood, and refused, failed or found
something wrong; 2 what it was given (command line, file, variable) cannot be used, and nothing was done. What another
room raises on purpose is told line by line; anything else is a fault of Rung and says so. Must never show a traceback
unasked, and must stay cheap to import: every command does.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar, cast

import typer

T = TypeVar("T")
OK, FAILED, USAGE = 0, 1, 2
INTERRUPTED = 130
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Tenant = Annotated[str, typer.Option(metavar="TENANT", help="Whose ticket it is.")]
# TRAP: Typer carries its own copy of click or uses the installed one, by version; this is the right one in both.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_UNUSABLE = (
    ("starter.settings", "BadSettings"), ("starter.gateway", "BadTicket"), ("policies.written", "Faulty"),
    ("policies.catalog", "UnknownName"), ("policies.promise", "Uncompilable"), ("policies.scenario", "BadScenario"),
    ("policies.duration", "BadDuration"), ("policies.public_holidays", "UnknownCountry"),
    ("workflows.contract", "Unreadable"),
)  # fmt: skip
"""Errors that say what was given and what to write instead. By name: importing them all would cost every command a
second."""
_TOLD = (
    ("starter.gateway", "GatewayError"), ("activities.ports", "Refused"), ("activities.ports", "Unreachable"),
    ("temporalio.service", "RPCError"),
)  # fmt: skip
"""Errors that say why it could not be."""


class _Lines(Exception):
    """One message a line."""

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__("\n".join(lines))


class Unfit(_Lines):
    """What was given cannot be used: one fault a line, each with what to write."""


class Unable(_Lines):
    """It was understood and cannot be done: why, and the next step."""


class Attempt:
    """Reads several things and tells all their faults at once: `attempt(read, text)` for each, then `done()`."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def __call__(self, read: Callable[..., T], *given: Any) -> T:
        """What `read` makes of it. TRAP: None when it cannot be used; only `done` says that all could be."""
        try:
            return read(*given)
        except Exception as error:
            if not _unusable(error):
                raise
            self.faults += faults_of(error)
            return cast(T, None)

    def done(self) -> None:
        """Raises Unfit with every fault."""
        if self.faults:
            raise Unfit(self.faults)


def say(data: Any) -> None:
    """JSON on stdout, for programs."""
    print(json.dumps(data, indent=2, ensure_ascii=False))


def warn(warnings: Iterable[str]) -> None:
    """On stderr: it was done, but look at this."""
    for line in warnings:
        print(f"warning: {line}", file=sys.stderr)


def faults_of(error: BaseException) -> list[str]:
    """What to tell about an error: its own lines, or that Rung is at fault."""
    if isinstance(error, UsageError):
        return [str(getattr(error, "format_message", lambda: error)())]
    if _unusable(error) or isinstance(error, Unable) or _among(error, _TOLD):
        return [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    if isinstance(error, OSError) and error.strerror:
        return [f"{error.filename}: {error.strerror}" if error.filename else error.strerror]
    return [
        f"{type(error).__name__}: {error}",
        "this is a fault of Rung; RUNG_LOG_LEVEL=debug shows where it happened",
    ]


def tell(error: BaseException, as_json: bool) -> int:
    """Say what went wrong, to stderr or as JSON; returns the exit code."""
    faults = faults_of(error)
    if as_json:
        say({"error": "\n".join(faults), "faults": faults})
    elif isinstance(error, UsageError) and hasattr(error, "show"):
        error.show()
    else:
        for fault in faults:
            print(f"error: {fault}", file=sys.stderr)
    if os.environ.get("RUNG_LOG_LEVEL", "").lower() == "debug":
        traceback.print_exception(error)
    return USAGE if isinstance(error, UsageError) or _unusable(error) else FAILED


def _unusable(error: BaseException) -> bool:
    return isinstance(error, Unfit) or _among(error, _UNUSABLE)


def _among(error: BaseException, named: Iterable[tuple[str, str]]) -> bool:
    known = (getattr(sys.modules[module], name) for module, name in named if module in sys.modules)
    return isinstance(error, tuple(known))
