"""Finds and reads policy and calendar files.

The only module of this room that touches the disk. A published file never changes: its hash stands in `PUBLISHED`
and a difference is a fault (semantics 5.1). Must never write.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.calendar_check import check_calendar
from policies.checking import check_authoring, check_policy
from policies.compiler import Policy
from policies.document import REGIONS, CalendarDocument, PolicyDocument, SelectionDocument
from policies.fault import Fault, Faulty, in_order
from policies.selection import Selected, check_selection, select
from policies.selection_check import check_policies, check_rules
from policies.suggestion import did_you_mean
from policies.ticket import Ticket
from policies.written import Written, read_model, read_sound, read_yaml
from policies.yaml_text import MOST_BYTES, too_big

PUBLISHED = Path(__file__).parent / "published"
LEDGER = "PUBLISHED"
"""One line a file: `sha256  name`."""
_NAME = re.compile(r"^(?P<name>[a-z0-9-]+)\.v(?P<version>\d+)$")


class UnknownName(LookupError):
    """No such policy or calendar; the message names what exists."""


@dataclass(frozen=True)
class Examined:
    """A policy file with all that is wrong with it and its calendars; `policy` is made of what is sound in it."""

    written: Written
    policy: Policy | None
    faults: tuple[Fault, ...]


class Catalog:
    """Policies and calendars in one or more folders; an earlier folder wins."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders or (PUBLISHED,)
        self._read: dict[str, Policy] = {}

    def policy_names(self) -> list[str]:
        """All of them, `standard.v1` style, sorted by name and version."""
        return _sorted(path.stem for folder in self.folders for path in folder.glob("*.v*.yaml"))

    def calendar_names(self) -> list[str]:
        return _sorted(path.stem for folder in self.folders for path in folder.glob("calendars/*.v*.yaml"))

    def latest(self, policy: str) -> str:
        """`standard` -> `standard.v3`; a full name is returned as it is. Raises UnknownName."""
        names = _sorted({*self.policy_names(), *self._read})
        mine = [name for name in names if name == policy or name.rpartition(".v")[0] == policy]
        if not mine:
            raise UnknownName(f"no policy '{policy}'{did_you_mean(policy, names)}")
        return mine[-1]

    def policy(self, name: str) -> Policy:
        """A policy with its calendars. Raises UnknownName, or Faulty with every fault of its files."""
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def calendar(self, name: str) -> CalendarDocument:
        """One calendar. Raises UnknownName or Faulty."""
        return read_model(self.written_calendar(name), CalendarDocument)

    def written_calendar(self, name: str) -> Written:
        """A calendar's file. Raises UnknownName or Faulty."""
        return read_file(self._find(f"calendars/{name}.yaml", name, "calendar", self.calendar_names()))

    def selection(self) -> SelectionDocument | None:
        """The newest rules of the first folder that has any. Raises Faulty."""
        path = self.selection_path()
        if path is None:
            return None
        written = read_file(path)
        document = read_model(written, SelectionDocument)
        faults = [*check_selection(written, document), *check_policies(written, document, self.policy_names())]
        if faults:
            raise Faulty(faults)
        return document

    def selection_path(self, name: str = "") -> Path | None:
        """The file the rules stand in; `name` asks for others than those in force, `default` for its newest version."""
        for folder in self.folders:
            names = _sorted(path.stem for path in folder.glob("selections/*.v*.yaml"))
            mine = [one for one in names if not name or name in (one, one.rpartition(".v")[0])]
            if mine:
                return folder / "selections" / f"{mine[-1]}.yaml"
        return None

    def selection_names(self) -> list[str]:
        """All of them, `default.v1` style, sorted by name and version."""
        return _sorted(path.stem for folder in self.folders for path in folder.glob("selections/*.v*.yaml"))

    def examine_selection(self, path: Path) -> tuple[SelectionDocument | None, list[Fault]]:
        """A selection file as its author must see it: every fault, by line. Raises Faulty for no YAML mapping."""
        document, written = read_sound(read_file(path), SelectionDocument)
        faults = list(written.faults)
        if document is not None:
            name = f"{document.selection}.v{document.version}"
            faults += _misnamed(written, path, name, "selection")
            faults += check_policies(written, document, self.policy_names())
            faults += check_rules(written, document)
        return document, in_order(faults)

    def selected(self, ticket: Ticket) -> Selected:
        """The policy for a ticket that names none: by the rules, or `standard` where there are none. Raises Faulty."""
        rules = self.selection()
        return select(rules, ticket) if rules else Selected("standard", 0, ())

    def path(self, name: str) -> Path:
        """Where a policy's file is. Raises UnknownName."""
        return self._find(f"{name}.yaml", name, "policy", self.policy_names())

    def _load(self, name: str) -> Policy:
        return self.read(self.path(name))

    def read(self, path: Path) -> Policy:
        """A policy file from anywhere; its calendars come from the catalog. Raises Faulty."""
        examined = self.examine(path)
        if examined.faults or examined.policy is None:
            raise Faulty(examined.faults)
        return examined.policy

    def take(self, path: Path) -> str:
        """Know the policy of a file by its own name, whatever the file is called. Raises Faulty."""
        policy = self.read(path)
        self._read[policy.name] = policy
        return policy.name

    def examine(self, path: Path, now: int | None = None, roles: Sequence[str] = ()) -> Examined:
        """A policy file with its calendars and every fault of them; with `now` as its author must see it.

        Raises Faulty for a file that is no YAML mapping.
        """
        document, written = read_sound(read_file(path), PolicyDocument)
        if document is None:
            return Examined(written, None, tuple(written.faults))
        faults, calendars = list(written.faults), {}
        for key, name in _calendars_of(document):
            calendar, found = self._calendar(written, key, name, now)
            faults += found
            if calendar is not None:
                calendars[name] = calendar
        faults += _misnamed(written, path, document.name)
        policy = Policy(document, calendars, hashlib.sha256(path.read_bytes()).hexdigest())
        faults += check_policy(written, policy)
        if now is not None:
            faults += check_authoring(written, policy, roles)
        return Examined(written, policy, tuple(in_order(faults)))

    def _calendar(
        self, policy: Written, key: list[str | int], name: str, now: int | None
    ) -> tuple[CalendarDocument | None, Sequence[Fault]]:
        if not policy.whole(*key):
            return None, ()
        try:
            document, written = read_sound(self.written_calendar(name), CalendarDocument)
        except UnknownName as error:
            return None, [policy.fault(key, str(error))]
        except Faulty as error:
            return None, error.faults
        faults = list(written.faults)
        if document is not None and now is not None:
            faults += check_calendar(written, document, now)
        return (None if written.faults else document), faults

    def check(self, name: str, now: int, roles: Sequence[str] = ()) -> list[Fault]:
        """Every fault of a policy and its calendars; empty = good. Raises UnknownName."""
        try:
            return list(self.examine(self.path(name), now, roles).faults)
        except Faulty as error:
            return list(error.faults)

    def published(self, name: str) -> bool:
        """Whether a policy stands in the ledger of its folder. Raises UnknownName."""
        path = self.path(name)
        return path.name in entered(path.parent)

    def changed(self) -> list[Fault]:
        """Published files that differ from the ledger, are missing from it, or gone."""
        return [fault for folder in self.folders if (folder / LEDGER).exists() for fault in _against_ledger(folder)]

    def _find(self, relative: str, name: str, kind: str, known: Sequence[str]) -> Path:
        for folder in self.folders:
            if (folder / relative).exists():
                return folder / relative
        raise UnknownName(f"no {kind} '{name}'{did_you_mean(name, known)}")


def digests(folder: Path) -> dict[str, str]:
    """Relative name -> sha256 of every file that is published in `folder`."""
    patterns = ("*.v*.yaml", "calendars/*.v*.yaml", "selections/*.v*.yaml", "rehearsals/*/*.timeline")
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def entered(folder: Path) -> dict[str, str]:
    """Relative name -> sha256 of what stands in the ledger of `folder`."""
    if not (folder / LEDGER).exists():
        return {}
    lines = (folder / LEDGER).read_text(encoding="utf-8").split("\n")
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines if line.strip())}


def _against_ledger(folder: Path) -> list[Fault]:
    known = entered(folder)
    found = digests(folder)
    faults = []
    for name in sorted(known.keys() | found.keys()):
        if name not in found:
            faults.append(Fault(name, 0, "", "is published but gone; open tickets need it: restore it"))
        elif name not in known:
            faults.append(Fault(name, 0, "", f"is not in {LEDGER}; publish it with 'rung policy publish'"))
        elif known[name] != found[name]:
            message = "was changed after publication; restore it and write the change as the next version"
            faults.append(Fault(name, 0, "", message))
    return faults


def read_file(path: Path) -> Written:
    """Any YAML file as far as it can be read; its size is looked at first. Raises Faulty."""
    try:
        if path.exists() and not path.is_file():
            raise Faulty([Fault(path.name, 0, "", "is not a file; name a policy or a YAML file")])
        if (size := path.stat().st_size) > MOST_BYTES:
            raise too_big(path.name, size)
        content = path.read_bytes()
        return read_yaml(content.decode("utf-8"), path.name)
    except OSError as error:
        message = f"{error.strerror}; name a policy or a YAML file that can be read"
        raise Faulty([Fault(str(path), 0, "", message)]) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Faulty([Fault(path.name, line, "", "is not UTF-8 text; save it as UTF-8")]) from error


def _misnamed(written: Written, path: Path, name: str, key: str = "policy") -> list[Fault]:
    named = written.whole(key) and written.whole("version")
    if path.stem == name or not named or not _NAME.match(path.stem):
        return []
    return [written.fault(["version"], f"the file is called {path.name} but says {name}; rename one of them")]


def _calendars_of(document: PolicyDocument) -> list[tuple[list[str | int], str]]:
    found: list[tuple[list[str | int], str]] = [(["calendar"], document.calendar)]
    for name, clock in document.clocks.items():
        if clock.calendar and clock.calendar != REGIONS:
            found.append((["clocks", name, "calendar"], clock.calendar))
    for index, region in enumerate(document.follow_the_sun.regions if document.follow_the_sun else ()):
        found.append((["follow_the_sun", "regions", index, "calendar"], region.calendar))
    return found


def _sorted(names: object) -> list[str]:
    parsed = [(m["name"], int(m["version"]), n) for n in set(names) if (m := _NAME.match(n))]  # type: ignore[call-overload]
    return [name for _, _, name in sorted(parsed)]
