"""docker-compose.yml says what the official schema allows, and names only settings and commands that exist.

No container engine is at hand: the images themselves are not started here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from starter.settings import OTHERS, Settings, variable

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_compose_file_fits_the_official_schema() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    checked = subprocess.run(
        [str(checker), "--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_sets_only_settings_that_exist() -> None:
    known = {*(variable(name) for name in Settings.model_fields), *OTHERS}
    given = {
        name for service in SERVICES.values() for name in service.get("environment") or {} if name.startswith("RUNG_")
    }
    assert given
    assert given - known == set()


def test_two_workers_wait_for_schema_and_search_attributes_and_nothing_is_deprecated() -> None:
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    images = {service.get("image", "") for service in SERVICES.values()}
    assert not any("auto-setup" in image for image in images)
    assert any(image.startswith("temporalio/server:") for image in images)
    assert any(image.startswith("temporalio/admin-tools:") for image in images)
    assert any(image.startswith("postgres:") for image in images)
    assert SERVICES["rung-register"]["entrypoint"] == ["rung", "doctor", "--register"]
    assert SERVICES["worker"]["depends_on"]["rung-register"] == {"condition": "service_completed_successfully"}


def test_the_image_starts_the_worker_so_that_it_hears_sigterm() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert 'ENTRYPOINT ["python", "-m", "worker"]' in [line.strip() for line in lines]
