"""Where the stack of this data folder is: noted by `rung up`, read by commands that point to its UI.

The note counts only for the server it names: a command that talks to another one must not be sent to this UI. Must
never be needed for anything but an address that is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starter.settings import Settings

NOTE = "up.json"


@contextmanager
def noted(folder: Path, server: str, ui: str) -> Iterator[None]:
    """The note lies in the data folder as long as the stack runs."""
    note = folder / NOTE
    note.write_text(json.dumps({"temporal": server, "ui": ui}), encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def ui_of(settings: Settings, server: str) -> str:
    """The UI of the server at `host:port`: RUNG_UI_URL, else what the note says of it, else the usual place."""
    if "ui_url" in settings.model_fields_set:
        return settings.ui_url
    try:
        note = json.loads((settings.data_dir / NOTE).read_text(encoding="utf-8"))
        return str(note["ui"]) if _same(str(note["temporal"]), server) else settings.ui_url
    except (OSError, ValueError, KeyError, TypeError):
        return settings.ui_url


def _same(one: str, other: str) -> bool:
    return one.replace("localhost", "127.0.0.1") == other.replace("localhost", "127.0.0.1")
