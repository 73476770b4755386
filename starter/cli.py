"""The `rung` command: gathers the nouns, turns every error into one message and an exit code.

Nothing heavy is imported before a command runs, so that `rung --help` answers at once. Must never return to the
interpreter after talking to Temporal: see `main`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from starter.answering import INTERRUPTED, OK, tell
from starter.commands import (
    action,
    audit,
    calendar,
    doctor,
    maintenance,
    migrate,
    news,
    oncall,
    outage,
    people,
    policy,
    report,
    select,
    settings,
    stack,
    template,
    ticket,
)


class Commands(TyperGroup):
    """Typer's group with our exit codes and messages instead of tracebacks."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Always ends with SystemExit."""
        given = sys.argv[1:] if args is None else list(args)
        try:
            code = super().main(given, prog_name or "rung", complete_var, False, windows_expand_args, **extra)
        except (KeyboardInterrupt, typer.Abort):
            code = INTERRUPTED
        except Exception as error:
            code = tell(error, "--json" in given)
        sys.exit(code if isinstance(code, int) else OK)


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Keep the promises made to customers in business time.",
    epilog="Every command has --help with an example, and --json. Exit codes: 0 done and well; 1 understood, but "
    "refused, failed or found faulty; 2 the command line, a file or a variable cannot be used, nothing was done.",
)  # fmt: skip
news.add_to(ticket.app)
ticket.app.add_typer(action.app, name="action")
ticket.app.command("report", epilog=report.EPILOG)(report.report)
policy.app.command("select", epilog=select.EPILOG)(select.select)
policy.app.command("migrate", epilog=migrate.EPILOG)(migrate.migrate)
app.add_typer(ticket.app, name="ticket")
app.add_typer(policy.app, name="policy")
app.add_typer(calendar.app, name="calendar")
app.add_typer(people.app, name="people")
app.add_typer(oncall.app, name="oncall")
app.add_typer(outage.app, name="outage")
app.add_typer(maintenance.app, name="maintenance")
app.add_typer(template.app, name="template")
app.command("doctor", epilog=doctor.EPILOG)(doctor.doctor)
app.command("audit", epilog=audit.EPILOG)(audit.audit)
app.command("settings", epilog=settings.EPILOG)(settings.settings)
stack.add_to(app)


def main() -> NoReturn:
    """The console script.

    TRAP: a process that ends soon after its last call to Temporal crashes in the interpreter's own shutdown four
    times in ten (sdk-python#300). So everything is flushed and the interpreter is not asked to shut down at all.
    """
    code = OK
    try:
        app(prog_name="rung")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else OK
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        _flush()
        os._exit(code)


def _flush() -> None:
    """A reader that has gone away (`rung ... | head`) is no fault."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue


if __name__ == "__main__":
    main()
