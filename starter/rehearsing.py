"""Rehearsals as people ask for them: a script from a file or from options, played by the core, compared line by line.

Must never play anything itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from policies.business_time import zone_of
from policies.catalog import Catalog
from policies.compiler import compile_plan
from policies.explanation import Reading, readings
from policies.people import Roster
from policies.plan import Plan
from policies.rehearsal import Rehearsal, rehearse
from policies.scenario import Scenario, lines_of, read_scenario, say_instant
from policies.ticket import Ticket
from starter.answering import Unfit
from starter.reading import EXAMPLE, seconds

Expected = tuple[int, str]


@dataclass(frozen=True)
class Played:
    """A script, what came of it, and where the two differ (nothing when it expects nothing)."""

    scenario: Scenario
    rehearsal: Rehearsal
    readings: tuple[Reading, ...]
    missing: tuple[Expected, ...] = ()
    unexpected: tuple[Expected, ...] = ()


def read(path: Path) -> Scenario:
    """A script from a file. Raises BadScenario with the line, Unfit for a file that is none."""
    try:
        return read_scenario(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise Unfit([f"{path}: {error.strerror}; name a .timeline file"]) from None
    except UnicodeDecodeError:
        raise Unfit([f"{path} is not UTF-8 text; name a .timeline file"]) from None


def drafted(catalog: Catalog, policy: str) -> tuple[Catalog, str]:
    """A catalog that knows the draft in a file, and its name; names are left alone. Raises Faulty."""
    if not policy.endswith((".yaml", ".yml")):
        return catalog, policy
    path = Path(policy)
    wider = Catalog(path.parent, *catalog.folders)
    return wider, wider.take(path)


def inline(catalog: Catalog, policy: str, ticket: str, opened: str, events: Sequence[str], until: str) -> Scenario:
    """A script from options. Without `until` it goes on until every promise would be broken."""
    faults = [f"{name} is missing; write it like {example}" for name, given, example in (
        ("--ticket", ticket, "'tier=gold urgency=high'"), ("--opened", opened, EXAMPLE)
    ) if not given]  # fmt: skip
    if faults:
        raise Unfit([*faults, "or name a .timeline file"])
    found = catalog.policy(catalog.latest(policy))
    zone = found.calendars[found.document.calendar].zone
    text = "\n".join(_script(found.name, zone, ticket, opened, events))
    scenario = read_scenario(text, "rehearsal", zone)
    if until:
        return replace(scenario, until=seconds(until, "--until"))
    return replace(scenario, until=max(scenario.until, _last_due(catalog, scenario)))


def _script(policy: str, zone: str, ticket: str, opened: str, events: Sequence[str]) -> Iterator[str]:
    yield from (f"policy {policy}", f"zone {zone}", f"ticket {ticket}")
    yield f"{_stamp(opened, '--opened', zone)} opened"
    for event in events:
        at, _, what = event.strip().partition(" ")
        if not what:
            raise Unfit([f"--event '{event}': write an instant and what happens, like '{EXAMPLE} pause customer'"])
        yield f"{_stamp(at, '--event', zone)} {what}"


def _stamp(text: str, name: str, zone: str) -> str:
    """An instant as scripts write it; the second 02:30 of an autumn night has a plus."""
    at = seconds(text, name)
    fold = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)).fold
    return say_instant(at, zone) + ("+" if fold else "")


def play(catalog: Catalog, scenario: Scenario, roster: Roster | None = None) -> Played:
    """Raises UnknownName, Uncompilable or Faulty when there is no plan to play."""
    rehearsal = _play(catalog, scenario, roster)
    found = readings(rehearsal.plan, rehearsal.case, scenario.until)
    if not scenario.expected:
        return Played(scenario, rehearsal, found)
    wanted, got = Counter(scenario.expected), Counter(lines_of(rehearsal.ours))
    return Played(scenario, rehearsal, found, _sorted(wanted - got), _sorted(got - wanted))


def _play(catalog: Catalog, scenario: Scenario, roster: Roster | None) -> Rehearsal:
    def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        return compile_plan(catalog.policy(catalog.latest(policy)), ticket, opened_at, now)

    return rehearse(
        make_plan, scenario.policy, scenario.ticket, scenario.opened_at, scenario.happenings, scenario.until,
        scenario.begun_at, roster,
    )  # fmt: skip


def _last_due(catalog: Catalog, scenario: Scenario) -> int:
    """The latest due of all clocks as things stand after the last event."""
    rehearsal = _play(catalog, scenario, None)
    dues = [
        reading.due or 0 for reading in readings(rehearsal.plan, rehearsal.case, scenario.until) if not reading.stop
    ]
    return max(dues, default=0)


def _sorted(lines: Counter[Expected]) -> tuple[Expected, ...]:
    return tuple(sorted(lines.elements()))
