"""Where scenarios come from, and the plan maker that tests play them with."""

from __future__ import annotations

import os
from pathlib import Path

from policies.catalog import PUBLISHED, Catalog
from policies.compiler import compile_plan
from policies.plan import Plan
from policies.rehearsal import Rehearsal, rehearse
from policies.scenario import Scenario, read_scenario
from policies.ticket import Ticket
from tests.support.world import TEST_POLICIES, everybody

FOLDER = Path(__file__).parent.parent / "scenarios"
CATALOG = Catalog(PUBLISHED, TEST_POLICIES)


def scenario_files() -> list[Path]:
    """Ours, the golden rehearsals of published policies, and those of `RUNG_SCENARIOS`."""
    extra = os.environ.get("RUNG_SCENARIOS")
    folders = [FOLDER, PUBLISHED / "rehearsals", *([Path(extra)] if extra else [])]
    return sorted(path for folder in folders for path in folder.rglob("*.timeline"))


def storm_files() -> list[Path]:
    """Arrivals of many tickets, and what is recognised in them."""
    return sorted((FOLDER.parent / "storms").glob("*.storm"))


def load(path: Path) -> Scenario:
    return read_scenario(path.read_text(encoding="utf-8"), path.stem)


def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
    return compile_plan(CATALOG.policy(CATALOG.latest(policy)), ticket, opened_at, now)


def played(scenario: Scenario) -> Rehearsal:
    """The scenario on the pure core."""
    return rehearse(
        make_plan, scenario.policy, scenario.ticket, scenario.opened_at, scenario.happenings, scenario.until,
        scenario.begun_at, everybody(),
    )  # fmt: skip
