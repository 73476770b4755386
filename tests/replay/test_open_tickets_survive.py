"""What open tickets stand on turns a check red when it changes: messages, published policies, a pure core."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from policies.catalog import PUBLISHED, Catalog
from tests.replay.ledger import LEDGER, described, faults

ROOT = Path(__file__).parents[2]
KNOWN = json.loads(LEDGER.read_text(encoding="utf-8"))


def test_messages_only_grow() -> None:
    assert faults(KNOWN, described()) == []


def test_a_removed_a_retyped_and_a_required_field_are_faults_that_say_what_to_do() -> None:
    changed = copy.deepcopy(described())
    del changed["Opening"]["policy"]
    changed["Event"]["at"]["type"] = "float"
    changed["Case"]["level"]["default"] = False
    changed["Plan"]["colour"] = {"type": "str", "default": False}
    assert sorted(faults(KNOWN, changed)) == [
        "Case.level lost its default: older histories do not have it",
        "Event.at was int, is float: add a new field instead",
        "Opening.policy was removed: bring it back and stop using it",
        "Plan.colour is new and has no default: give it one",
    ]


def test_what_is_published_has_not_changed() -> None:
    assert [str(fault) for fault in Catalog().changed()] == []


def test_a_changed_published_policy_and_rehearsal_are_faults(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    shutil.copytree(PUBLISHED, folder)
    policy, golden = folder / "standard.v1.yaml", folder / "rehearsals" / "standard.v1" / "gold-high-friday.timeline"
    policy.write_text(
        policy.read_text(encoding="utf-8").replace("resolution: 8h}", "resolution: 9h}", 1), encoding="utf-8"
    )
    golden.unlink()
    said = [str(fault) for fault in Catalog(folder).changed()]
    assert said == [
        "rehearsals/standard.v1/gold-high-friday.timeline  is published but gone; open tickets need it: restore it",
        "standard.v1.yaml  was changed after publication; restore it and write the change as the next version",
    ]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [str(program), "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_an_impure_import_in_the_policies_breaks_a_contract(tmp_path: Path) -> None:
    for name in ("policies", "workflows", "activities", "starter"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert lint_imports(tmp_path).returncode == 0
    clock = tmp_path / "policies" / "clock.py"
    clock.write_text("import time\nimport temporalio\n" + clock.read_text(encoding="utf-8"), encoding="utf-8")
    outcome = lint_imports(tmp_path)
    assert outcome.returncode != 0
    assert "policies.clock -> time" in outcome.stdout
    assert "policies.clock -> temporalio" in outcome.stdout
