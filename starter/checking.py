"""Policies and calendars checked before anybody relies on them: published ones by name, drafts by file.

Gathers what the catalog and the compiler find; must never find anything of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.catalog import Catalog, UnknownName
from policies.checking import check_calendar
from policies.document import CalendarDocument
from policies.written import Fault, Faulty, read_model, read_yaml


@dataclass(frozen=True)
class Checked:
    """One policy or calendar and what is wrong with it."""

    name: str
    faults: tuple[Fault, ...]


def check(catalog: Catalog, wanted: Sequence[str], now: int, roles: Sequence[str] = ()) -> list[Checked]:
    """Each of `wanted` (name or file); all policies when nothing is named."""
    return [Checked(name, tuple(_faults(catalog, name, now, roles))) for name in wanted or catalog.policy_names()]


def unchanged(catalog: Catalog) -> Checked:
    """Whether what was published is as it was."""
    return Checked("published files", tuple(catalog.changed()))


def _faults(catalog: Catalog, name: str, now: int, roles: Sequence[str]) -> list[Fault]:
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return _faults_of_file(catalog, Path(name), now, roles)
    try:
        return catalog.check(catalog.latest(name), now, roles)
    except UnknownName as error:
        return [Fault(name, 0, "", str(error))]


def _faults_of_file(catalog: Catalog, path: Path, now: int, roles: Sequence[str]) -> list[Fault]:
    try:
        written = read_yaml(path.read_text(encoding="utf-8"), path.name)
        if "calendar" in written.data and "policy" not in written.data:
            return check_calendar(written, read_model(written, CalendarDocument), now)
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        return [Fault(str(path), 0, "", f"{said}; name a policy or a YAML file")]
    except Faulty as error:
        return list(error.faults)
    if path.suffix != ".yaml":
        return [Fault(str(path), 0, "", "policies end in .yaml; rename the file")]
    return Catalog(path.parent, *catalog.folders).check(path.stem, now, roles)
