"""The picture of a rehearsal into a file. Must never write anything else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starter.answering import Unfit
from starter.rehearsing import Played
from starter.showing.local_times import by_entry
from starter.showing.picture.drawing import draw


def put(path: Path, played: Played, zones: Mapping[str, str]) -> None:
    """Write the SVG. Raises Unfit when the file cannot be written."""
    times = {key: f"tells {said}" for key, said in by_entry(played, zones).items()} if zones else {}
    try:
        path.write_text(draw(played, times), encoding="utf-8")
    except OSError as error:
        raise Unfit([f"--svg {path}: {error.strerror}; name a file in a folder that exists"]) from None
