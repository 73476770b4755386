"""Logs of a process: structured, one line each, to standard error.

Libraries' records go the same way. Workflow code does not log: its time line is the record. Must never hold an address
or a secret.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure(level: str = "info", style: str = "console") -> None:
    """`style` is `console` (for people) or `json`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback, colors=sys.stderr.isatty())
    # TRAP: the default formatter of exceptions prints local variables, addresses of people among them.
    show = structlog.processors.JSONRenderer(default=str) if style == "json" else plain
    steps: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if style == "json":
        steps.append(structlog.processors.format_exc_info)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[*steps, show],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("temporalio").setLevel(max(root.level, logging.WARNING))
    quiet = logging.NOTSET if root.level == logging.DEBUG else max(root.level, logging.WARNING)
    logging.getLogger("alembic").setLevel(quiet)  # its progress is of use to nobody who does not debug
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )  # fmt: skip
