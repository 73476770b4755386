"""Serving the doors from this process, and the secret of a house that was given none.

Must never end the process: a Ctrl-C is for whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from starter.gateway import GatewayError, settled

SECRET = "link.secret"
BEGUN_WITHIN = 10.0


class _Quiet(uvicorn.Server):
    """Leaves the signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: FastAPI, port: int, host: str = "127.0.0.1") -> AsyncIterator[None]:
    """Yields when it listens. Raises GatewayError when it cannot."""
    server = _Quiet(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    with closing(_listening(host, port)) as door:
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            await settled(lambda: _begun(server, serving), BEGUN_WITHIN)
            yield
        finally:
            server.should_exit = True
            await serving


async def _begun(server: uvicorn.Server, serving: asyncio.Task[None]) -> bool:
    return server.started or serving.done()


def _listening(host: str, port: int) -> socket.socket:
    """TRAP: uvicorn ends the whole process when it cannot listen, so we take the port for it."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise GatewayError(f"port {port} cannot be used ({error.strerror}); choose another with --web-port") from None
    return door


def kept_secret(folder: Path) -> str:
    """Made once, then kept in the data folder, so that links survive a restart. For nobody else to read."""
    file = folder / SECRET
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(32))
    return file.read_text(encoding="utf-8").strip()
