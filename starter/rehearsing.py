"""Rehearsals as people ask for them: a script from a file or from options, played by the core, compared line by line.

Must never play anything itself.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from policies.business_time import zone_of
from policies.catalog import Catalog
from policies.compiler import Policy, compile_plan
from policies.document import PAUSE_KINDS
from policies.event import PAUSE, RESUME, Event
from policies.explanation import Reading, readings
from policies.people import Roster
from policies.plan import Plan
from policies.rehearsal import Rehearsal, rehearse
from policies.scenario import BadScenario, Scenario, lines_of, read_scenario, say_instant
from policies.suggestion import did_you_mean
from policies.ticket import TIERS, URGENCIES, Ticket
from starter.answering import Attempt, Unfit
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
    budgets: tuple[tuple[str, int], ...] = ()
    """Who is paged in it and bears so many pages a week only: not played, as nobody knows what else they get."""


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
    """A script from options. Without `until` it goes on until every promise would be broken. Raises Unfit with every
    fault of them all."""
    attempt = Attempt()
    missing = [f"{name} is missing; write it like {example}" for name, given, example in (
        ("--ticket", ticket, "'tier=gold urgency=high'"), ("--opened", opened, EXAMPLE)
    ) if not given]  # fmt: skip
    found: Policy | None = attempt(lambda: catalog.policy(catalog.latest(policy)))
    zone = found.calendars[found.document.calendar].zone if found else "UTC"
    script = list(_script(attempt, found.name if found else policy, zone, ticket, opened, events))
    scenario = attempt(_read_script, script, zone)
    attempt(_check_facts, ticket)
    end = attempt(seconds, until, "--until") if until else 0
    attempt.faults += [*missing, "or name a .timeline file"] if missing else []
    attempt.done()
    return replace(scenario, until=end or max(scenario.until, _last_due(catalog, scenario)))


Said = tuple[str, str]
"""The option that a line of the script comes from, and the line."""


def _script(
    attempt: Attempt, policy: str, zone: str, ticket: str, opened: str, events: Sequence[str]
) -> Iterator[Said]:
    yield from (("--policy", f"policy {policy}"), ("--policy", f"zone {zone}"))
    yield f"--ticket '{ticket}'", f"ticket {_one_line(ticket)}"
    yield "--opened", f"{(opened and attempt(_stamp, opened, '--opened', zone)) or ANY} opened"
    for event in events:
        at, _, what = _one_line(event).strip().partition(" ")
        if not what:
            wanted = f"write an instant and what happens, like '{EXAMPLE} pause customer'"
            attempt.faults.append(f"--event '{event}': {wanted}")
            continue
        yield f"--event '{event}'", f"{attempt(_stamp, at, '--event', zone) or ANY} {what}"


ANY = "Thu 01 Jan 2026 00:00"
"""Stands for an instant that cannot be read, so that the rest of its line still is."""


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _read_script(script: Sequence[Said], zone: str) -> Scenario:
    """Raises Unfit: faults are told by the option, for nobody has seen the lines."""
    try:
        scenario = read_scenario("\n".join(line for _, line in script), "rehearsal", zone)
    except BadScenario as error:
        raise Unfit([f"{script[number - 1][0]}: {fault}" for number, fault in error.faults]) from None
    _check_pauses(scenario)
    return scenario


def _check_facts(ticket: str) -> None:
    """Tier and urgency, which every promise needs. What is no fact at all is told by the script."""
    try:
        given = dict(word.partition("=")[::2] for word in shlex.split(ticket))
    except ValueError:
        return
    wrong = [
        f"--ticket: {name} '{given[name]}' is unknown{did_you_mean(given[name], known)}"
        if given.get(name)
        else f"--ticket: the {name} is missing; write {name}= with one of {', '.join(known)}"
        for name, known in (("tier", TIERS), ("urgency", URGENCIES))
        if ticket and given.get(name, "") not in known
    ]
    if wrong:
        raise Unfit(wrong)


def _check_pauses(scenario: Scenario) -> None:
    """A ticket would ignore a pause of no known kind, and a resume of one."""
    told = [happening.event for happening in scenario.happenings if happening.event]
    unknown = [event.reason for event in told if event.kind in (PAUSE, RESUME) and _kind(event) not in PAUSE_KINDS]
    if unknown:
        raise Unfit([f"--event: pause '{name}' is unknown{did_you_mean(name, PAUSE_KINDS)}" for name in unknown])


def _kind(event: Event) -> str:
    return event.reason.split(":")[0]


def _stamp(text: str, name: str, zone: str) -> str:
    """An instant as scripts write it; the second 02:30 of an autumn night has a plus."""
    at = seconds(text, name)
    fold = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone)).fold
    return say_instant(at, zone) + ("+" if fold else "")


def play(catalog: Catalog, scenario: Scenario, roster: Roster | None = None) -> Played:
    """Raises UnknownName, Uncompilable or Faulty when there is no plan to play."""
    rehearsal = _play(catalog, scenario, roster)
    found = readings(rehearsal.plan, rehearsal.case, scenario.until)
    budgets = _budgets(rehearsal, roster) if roster else ()
    if not scenario.expected:
        return Played(scenario, rehearsal, found, budgets=budgets)
    wanted, got = Counter(scenario.expected), Counter(lines_of(rehearsal.ours))
    return Played(scenario, rehearsal, found, _sorted(wanted - got), _sorted(got - wanted), budgets)


def _budgets(rehearsal: Rehearsal, roster: Roster) -> tuple[tuple[str, int], ...]:
    paged = (to.person for sent in rehearsal.sent if sent.effect.kind == "page" for to in sent.deliveries)
    known = ((id, roster.people[id].pages_per_week) for id in sorted(set(paged)) if id in roster.people)
    return tuple((id, budget) for id, budget in known if budget)


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
