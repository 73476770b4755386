"""Policies, calendars and selections checked before anybody relies on them: published ones by name, drafts by file.

Gathers what the catalog and the policies' checks find; must never find anything of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policies.calendar_check import check_calendar
from policies.calendar_doubt import calendar_doubts
from policies.catalog import Catalog, UnknownName, read_file
from policies.document import CalendarDocument
from policies.doubt import doubts
from policies.draft import MOST_PAGES, Draft
from policies.fault import Fault, Faulty, in_order
from policies.suggestion import did_you_mean
from policies.written import Written, read_sound

SELECTIONS = "selections"
"""The folder of the rules that choose a policy; `selections/default` names one."""


@dataclass(frozen=True)
class Checked:
    """One policy, calendar or selection, what is wrong with it, and what it probably does not mean."""

    name: str
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...] = ()

    def strict(self) -> Checked:
        """With its warnings as faults."""
        return Checked(self.name, (*self.faults, *self.warnings))


@dataclass(frozen=True)
class Checker:
    """How to check: as of `now` (UTC seconds), against the roles of the directory if they are known."""

    catalog: Catalog
    now: int
    roles: Sequence[str] = ()
    most_pages: int = MOST_PAGES
    doubting: bool = True
    """Whether to look for warnings, which takes a second a policy."""

    def check(self, name: str) -> Checked:
        """A policy by name, a selection like `selections/default`, or any of the three kinds by file.

        Warnings are looked for where nothing is wrong.
        """
        try:
            if (path := selection_named(self.catalog, name)) is not None:
                return Checked(name, tuple(self.catalog.examine_selection(path)[1]))
            if name.endswith((".yaml", ".yml")) or "/" in name:
                return self._file(name, Path(name))
            return self._policy(self.catalog, name, self.catalog.path(self.catalog.latest(name)))
        except UnknownName as error:
            return Checked(name, (Fault(name, 0, "", str(error)),))
        except Faulty as error:
            return Checked(name, error.faults)

    def _file(self, name: str, path: Path) -> Checked:
        written = read_file(path)
        keys = written.data.keys()
        if {"selection", "rules"} & keys and not {"policy", "rungs"} & keys:
            return Checked(name, tuple(self._beside(home_of(path)).examine_selection(path)[1]))
        if "calendar" in keys and not {"policy", "language", "rungs"} & keys:
            return self._calendar(name, written)
        return self._policy(self._beside(path.parent), name, path)

    def _beside(self, folder: Path) -> Catalog:
        return Catalog(folder, *self.catalog.folders)

    def _calendar(self, name: str, written: Written) -> Checked:
        document, sound = read_sound(written, CalendarDocument)
        faults = [*sound.faults, *(check_calendar(sound, document, self.now) if document else ())]
        if faults or document is None:
            return Checked(name, tuple(in_order(faults)))
        return Checked(name, (), tuple(calendar_doubts(sound, document, self.now)))

    def _policy(self, catalog: Catalog, name: str, path: Path) -> Checked:
        examined = catalog.examine(path, self.now, self.roles)
        policy = examined.policy
        if examined.faults or policy is None or not self.doubting:
            return Checked(name, examined.faults)
        found = doubts(Draft(examined.written, policy, self.now, self.most_pages))
        for calendar, document in policy.calendars.items():
            found += calendar_doubts(catalog.written_calendar(calendar), document, self.now)
        return Checked(name, (), tuple(in_order(found)))


def selection_named(catalog: Catalog, name: str) -> Path | None:
    """The file of `selections/default`; None when `name` names no selection. Raises UnknownName."""
    kind, _, wanted = name.rpartition("/")
    if kind != SELECTIONS or name.endswith((".yaml", ".yml")):
        return None
    path = catalog.selection_path(wanted) if wanted else None
    if path is None:
        raise UnknownName(f"no selection '{wanted}'{did_you_mean(wanted, catalog.selection_names())}")
    return path


def home_of(selection: Path) -> Path:
    """The folder of the policies that a selection file names: the one around `selections/`, else its own."""
    folder = selection.resolve().parent
    return folder.parent if folder.name == SELECTIONS else folder


def check(catalog: Catalog, wanted: Sequence[str], now: int, roles: Sequence[str] = (),
          most_pages: int = MOST_PAGES, doubting: bool = True) -> list[Checked]:  # fmt: skip
    """Each of `wanted` (name or file); all policies and selections when nothing is named.

    Of all, those that are published are not held against the roles: they are frozen, perhaps for somebody else, and
    which of their roles nobody holds is said of the people (starter.people.unheld).
    """
    checker = Checker(catalog, now, roles, most_pages, doubting)
    if wanted:
        return [checker.check(name) for name in wanted]
    frozen = replace(checker, roles=())
    policies = [(frozen if catalog.published(name) else checker).check(name) for name in catalog.policy_names()]
    return policies + [checker.check(f"{SELECTIONS}/{name}") for name in catalog.selection_names()]


def unchanged(catalog: Catalog) -> Checked:
    """Whether what was published is as it was."""
    return Checked("published files", tuple(catalog.changed()))


def told(fault: Fault) -> dict[str, Any]:
    """A fault or warning for programs: `code` and `ticket` where it has them."""
    facts = {"file": fault.file, "line": fault.line, "key": fault.key, "message": fault.message,
             "code": fault.code, "ticket": fault.ticket}  # fmt: skip
    return {name: value for name, value in facts.items() if value or name in ("file", "line", "key", "message")}
