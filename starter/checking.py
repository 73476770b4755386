"""Policies and calendars checked before anybody relies on them: published ones by name, drafts by file.

Gathers what the catalog and the policies' checks find; must never find anything of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.calendar_check import check_calendar
from policies.calendar_doubt import calendar_doubts
from policies.catalog import Catalog, UnknownName, read_file
from policies.document import CalendarDocument
from policies.doubt import doubts
from policies.draft import MOST_PAGES, Draft
from policies.fault import Fault, Faulty, in_order
from policies.written import Written, read_sound


@dataclass(frozen=True)
class Checked:
    """One policy or calendar, what is wrong with it, and what it probably does not mean."""

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

    def check(self, name: str) -> Checked:
        """A policy by name, or a policy or calendar by file. Warnings are looked for where nothing is wrong."""
        try:
            if name.endswith((".yaml", ".yml")) or "/" in name:
                return self._file(name, Path(name))
            return self._policy(self.catalog, name, self.catalog.path(self.catalog.latest(name)))
        except UnknownName as error:
            return Checked(name, (Fault(name, 0, "", str(error)),))
        except Faulty as error:
            return Checked(name, error.faults)

    def _file(self, name: str, path: Path) -> Checked:
        written = read_file(path)
        if "calendar" in written.data and not {"policy", "language", "rungs"} & written.data.keys():
            return self._calendar(name, written)
        return self._policy(Catalog(path.parent, *self.catalog.folders), name, path)

    def _calendar(self, name: str, written: Written) -> Checked:
        document, sound = read_sound(written, CalendarDocument)
        faults = [*sound.faults, *(check_calendar(sound, document, self.now) if document else ())]
        if faults or document is None:
            return Checked(name, tuple(in_order(faults)))
        return Checked(name, (), tuple(calendar_doubts(sound, document, self.now)))

    def _policy(self, catalog: Catalog, name: str, path: Path) -> Checked:
        examined = catalog.examine(path, self.now, self.roles)
        policy = examined.policy
        if examined.faults or policy is None:
            return Checked(name, examined.faults)
        found = doubts(Draft(examined.written, policy, self.now, self.most_pages))
        for calendar, document in policy.calendars.items():
            found += calendar_doubts(catalog.written_calendar(calendar), document, self.now)
        return Checked(name, (), tuple(in_order(found)))


def check(catalog: Catalog, wanted: Sequence[str], now: int, roles: Sequence[str] = (),
          most_pages: int = MOST_PAGES) -> list[Checked]:  # fmt: skip
    """Each of `wanted` (name or file); all policies when nothing is named."""
    checker = Checker(catalog, now, roles, most_pages)
    return [checker.check(name) for name in wanted or catalog.policy_names()]


def unchanged(catalog: Catalog) -> Checked:
    """Whether what was published is as it was."""
    return Checked("published files", tuple(catalog.changed()))


def told(fault: Fault) -> dict[str, Any]:
    """A fault or warning for programs: `code` and `ticket` where it has them."""
    facts = {"file": fault.file, "line": fault.line, "key": fault.key, "message": fault.message,
             "code": fault.code, "ticket": fault.ticket}  # fmt: skip
    return {name: value for name, value in facts.items() if value or name in ("file", "line", "key", "message")}
