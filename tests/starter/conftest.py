"""What the tests of the command line share: an empty folder, no settings, no server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment in which nothing is set and nobody answers; the working folder is the one returned."""
    for name in list(os.environ):
        if name.startswith(("RUNG_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    nothing = tmp_path / "temporal.toml"
    nothing.touch()
    for name, value in {
        "TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": str(nothing), "COLUMNS": "100", "NO_COLOR": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path
