"""Drafts of reviews as files that people fill in.

Must never overwrite one that somebody has filled in, unless told to.
"""

from __future__ import annotations

from pathlib import Path

from starter.answering import Unable, Unfit


def file_for(out: str, force: bool) -> Path | None:
    """Where to write; None for the terminal. Raises Unfit when the file is there and nobody said to overwrite it."""
    file = Path(out) if out else None
    if file is not None and file.exists() and not force:
        raise Unfit([f"{out} is there already, perhaps filled in; name another file or write --force"])
    return file


def write(file: Path | None, text: str) -> None:
    """Raises Unable when it cannot be written."""
    if file is None:
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unable([f"{file} cannot be written: {error.strerror or error}"]) from None
