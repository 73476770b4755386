"""Two policies side by side: found by name or file, and played over the same tickets.

Gathers what the core finds; must never play or compare anything itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from policies.catalog import Catalog
from policies.compiler import Policy, compile_plan
from policies.explanation import Reading, readings
from policies.plan import Plan
from policies.rehearsal import Rehearsal, rehearse
from policies.scenario import Scenario
from policies.shifts import DueShift, Shift, due_shifts, shifts
from policies.suggestion import did_you_mean
from policies.ticket import Ticket
from starter.answering import Unfit
from starter.reading import EXAMPLE, seconds

_LENGTHENINGS = 3
_FACTS = tuple(field.name for field in fields(Ticket))


@dataclass(frozen=True)
class Compared:
    """One ticket under both: what each does with it, and where its promises are due."""

    scenario: Scenario
    lines: tuple[Shift, ...]
    dues: tuple[DueShift, ...]


def policy_of(catalog: Catalog, wanted: str) -> Policy:
    """A policy by name (its newest version, or one like bank.v2) or by file. Raises UnknownName or Faulty."""
    if not wanted.endswith((".yaml", ".yml")) and "/" not in wanted:
        return catalog.policy(catalog.latest(wanted))
    path = Path(wanted)
    return Catalog(path.parent, *catalog.folders).read(path)


def tickets(path: Path, zone: str) -> list[Scenario]:
    """Tickets without news from a JSON file: a list of objects with `opened_at`. Raises Unfit with every fault."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unfit([f"{path}: {error.strerror}; name a JSON file"]) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Unfit([f"{path}: not valid JSON ({error}); write a list of tickets"]) from None
    if not isinstance(found, list) or not found:
        raise Unfit([f'{path} must hold a list like [{{"id": "1", "tier": "gold", "opened_at": "{EXAMPLE}"}}]'])
    faults = [fault for place, facts in enumerate(found, 1) for fault in _faults(f"{path}, ticket {place}", facts)]
    if faults:
        raise Unfit(faults)
    return [_scenario(facts, place, zone) for place, facts in enumerate(found, 1)]


def _faults(place: str, facts: Any) -> Iterator[str]:
    if not isinstance(facts, dict):
        yield f"{place}: must be an object with the ticket's facts"
        return
    for name, value in facts.items():
        if name not in (*_FACTS, "opened_at"):
            yield f"{place}: unknown key '{name}'{did_you_mean(name, (*_FACTS, 'opened_at'))}"
        elif name == "tags" and not (isinstance(value, list) and all(isinstance(tag, str) for tag in value)):
            yield f'{place}: tags: must be a list of texts like ["vip"]'
        elif name != "tags" and not isinstance(value, str):
            yield f"{place}: {name}: must be a text in quotes, not {json.dumps(value)}"
    if "opened_at" not in facts:
        yield f"{place}: opened_at is missing; write it like {EXAMPLE}"
    elif isinstance(facts["opened_at"], str):
        try:
            seconds(facts["opened_at"], "opened_at")
        except Unfit as error:
            yield f"{place}: {error}"


def _scenario(facts: dict[str, Any], place: int, zone: str) -> Scenario:
    opened = seconds(facts["opened_at"], "opened_at")
    given = {"id": str(place), **{name: facts[name] for name in _FACTS if facts.get(name)}}
    ticket = Ticket(**{**given, "tags": tuple(facts.get("tags", ()))})
    return Scenario(f"Ticket {ticket.id}", "", ticket, zone, opened, opened, opened, (), ())


def compare(catalog: Catalog, a: Policy, b: Policy, scenario: Scenario) -> Compared:
    """Play both until every promise of both would be broken. Raises Uncompilable when one has no promise for it."""
    until = scenario.until
    for _ in range(_LENGTHENINGS):  # what is due may itself bring a promise about
        until = max([until, *(due for policy in (a, b) for due in _dues(catalog, policy, scenario, until))])
    both = [_play(catalog, policy, scenario, until) for policy in (a, b)]
    found = [_readings(rehearsal, until) for rehearsal in both]
    return Compared(replace(scenario, until=until), shifts(*both), due_shifts(*found))


def _dues(catalog: Catalog, policy: Policy, scenario: Scenario, until: int) -> Iterator[int]:
    found = _readings(_play(catalog, policy, scenario, until), until)
    return (reading.due for reading in found if reading.due is not None and not reading.stop)


def _readings(rehearsal: Rehearsal, until: int) -> Sequence[Reading]:
    return readings(rehearsal.plan, rehearsal.case, until)


def _play(catalog: Catalog, given: Policy, scenario: Scenario, until: int) -> Rehearsal:
    """The scenario under `given`, whatever policy it names; a migration goes where it says."""

    def make_plan(policy: str, ticket: Ticket, opened_at: int, now: int) -> Plan:
        wanted = given if policy in (given.name, scenario.policy) else catalog.policy(catalog.latest(policy))
        return compile_plan(wanted, ticket, opened_at, now)

    return rehearse(
        make_plan, given.name, scenario.ticket, scenario.opened_at, scenario.happenings, until, scenario.begun_at
    )
