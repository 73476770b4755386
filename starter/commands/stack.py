"""`rung up`, `rung demo`, `rung worker`, `rung web`: start what keeps running. Thin: the work is in other modules.

Must never import the composition root: nothing may (design 6), so the worker becomes a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from starter.answering import OK, Json, say


def add_to(app: typer.Typer) -> None:
    """The commands that keep running."""
    app.command("up", epilog="Example: rung up --ui-port 8233")(up)
    app.command("demo", epilog="Example: rung demo --once")(demo)
    app.command("worker", epilog="Example: TEMPORAL_ADDRESS=temporal:7233 rung worker")(worker)
    app.command("web", epilog="Example: rung web --host 0.0.0.0 --port 8234")(web)


def up(
    port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65_535, help="Where Temporal listens.")] = 7233,
    ui_port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65_535, help="Where its UI is.")] = 8233,
    web_port: Annotated[
        int, typer.Option(metavar="PORT", min=1, max=65_535, help="Where links and buttons of messages lead.")
    ] = 8234,
    db: Annotated[
        str, typer.Option(metavar="FILE", help="The file that keeps the tickets.  [default: in RUNG_DATA_DIR]")
    ] = "",
    as_json: Json = False,
) -> None:
    """A server, its UI and a worker on this machine.

    Ctrl-C ends it.
    """
    from starter import embedded
    from starter.settings import load

    settings = load()
    if as_json:
        say(
            {
                "temporal": f"127.0.0.1:{port}",
                "ui": f"http://127.0.0.1:{ui_port}",
                "web": f"http://127.0.0.1:{web_port}",
            }
        )
    file = Path(db) if db else None
    asyncio.run(embedded.up(settings, port=port, ui_port=ui_port, database=file, web_port=web_port))


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End when it is over, instead of staying for a look around.")
    ] = False,
    ui_port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65_535, help="Where the Temporal UI is.  [default: any]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tickets' whole lives in a minute, on a real server."""
    from starter import demo as play
    from starter.settings import load

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        code = asyncio.run(play.run(load(), once=once, ui_port=ui_port))
    if as_json:
        say({"ok": code == OK})
    raise typer.Exit(code)


def web(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where it listens; 0.0.0.0 = everywhere.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65_535, help="On which port.")] = 8234,
    as_json: Json = False,
) -> None:
    """Where links and buttons of messages lead, and the API, for the workers of other processes.

    RUNG_PUBLIC_URL is how people reach it; put something that speaks https before it. Ctrl-C ends it.
    """
    from starter.embedded import stop_on_signals
    from starter.settings import load
    from starter.webhooks.house import web as serve

    settings = load()

    async def until_told() -> None:
        await serve(settings, host, port, stop_on_signals())

    if as_json:
        say({"web": f"http://{host}:{port}", "public": settings.public_url})
    asyncio.run(until_told())


def worker(as_json: Json = False) -> None:
    """A worker for the server of TEMPORAL_ADDRESS.

    SIGTERM ends it once the messages it is sending are out.
    """
    from starter.settings import load

    load()
    if as_json:
        os.environ["RUNG_LOG_FORMAT"] = "json"
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "worker"])
