"""What importing the core brings along: `holidays` takes longer than all of it, and comes when a calendar asks."""

import subprocess
import sys

import pytest

CORE = ("catalog", "compiler", "lifecycle", "office_hours", "public_holidays", "rehearsal")
OWN = """
from policies.catalog import Catalog
from policies.compiler import narrow
calendar = Catalog().calendar("kr-office.v1").model_copy(update={"public_holidays": "%s"})
narrow(calendar, "", 1767225600, 1767225600 + 86400)
"""


def imported(program: str) -> set[str]:
    """Names of all modules that a fresh Python imports for it."""
    command = [sys.executable, "-X", "importtime", "-c", program]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("module", CORE)
def test_importing_the_core_does_not_import_holidays(module: str) -> None:
    found = imported(f"import policies.{module}")
    assert f"policies.{module}" in found
    assert "holidays" not in found


def test_holidays_come_when_a_calendar_asks_for_them() -> None:
    assert "holidays" not in imported(OWN % "")
    assert "holidays" in imported(OWN % "KR")
