"""A throw-away PostgreSQL for the tests that need the real thing; says why when there is none.

The server refuses to run as root, so then it runs as an unprivileged user. Reached by a socket in a temporary
directory only; nothing of it is left behind.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SETTINGS = "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40"


def _program(name: str) -> str | None:
    """From PATH, or from where distributions keep the server's programs."""
    found = shutil.which(name)
    if found:
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else None


def _demoted() -> tuple[list[str], int | None]:
    """The command that changes to an unprivileged user, and that user's id; nothing when we are one already."""
    if os.geteuid() != 0:
        return [], None
    runuser = shutil.which("runuser")
    names = [user.pw_name for user in pwd.getpwall()]
    user = next((name for name in ("postgres", "nobody") if name in names), None)
    if not runuser or not user:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser or no unprivileged user")
    return [runuser, "-u", user, "--"], pwd.getpwnam(user).pw_uid


@contextmanager
def server() -> Iterator[str]:
    """The URL of a fresh database, for as long as the block lasts."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("no PostgreSQL server is installed (initdb and pg_ctl are not to be found)")
    prefix, owner = _demoted()
    with tempfile.TemporaryDirectory(prefix="rung-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        if owner is not None:
            os.chown(home, owner, -1)
        data = str(home / "data")
        _run(
            [*prefix, initdb, "-D", data, "-U", "rung", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            home,
        )
        options = f"-k {home} -h '' " + " ".join(f"-c {setting}" for setting in _SETTINGS)
        _run([*prefix, pg_ctl, "-D", data, "-w", "-l", str(home / "log"), "-o", options, "start"], home)
        try:
            yield f"postgresql+psycopg://rung@/postgres?host={home}"
        finally:
            _run([*prefix, pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], home)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
