"""Storms: one text that is a script of arrivals and what is recognised in them, so that neither can hide anything.

    # The fifth ticket within the quarter of an hour makes it a major incident
    policy  storms.v1

    Fri 27 Mar 2026 16:00   T-1 service=mail
    Fri 27 Mar 16:14:59     T-2 service=mail
    Fri 27 Mar 16:14:59     -> proposed mail/mail/default/T-1: T-1 T-2; email duty-manager
    Fri 27 Mar 18:00        time passes
    Fri 27 Mar 17:14:59     -> ended mail/mail/default/T-1

Lines without an arrow are tickets, in the order in which they are heard of; an instant before the line above means late
news. Lines with an arrow are what the line above them leads to. Must never know a rule of the recognition.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies.business_time import zone_of
from policies.recognition import Arrival, Finding, Rule, State, arrive, begin, settle
from policies.scenario import STAMP, BadScenario, Stamps, read_facts, shown

PASSES = "time passes"


@dataclass(frozen=True)
class Storm:
    """A script with its expectation. `steps` hold an arrival, or the instant to which time has come, each with the
    lines it is to lead to: instant (UTC seconds) and words."""

    title: str
    policy: str
    zone: str
    steps: tuple[tuple[Arrival | int, tuple[tuple[int, str], ...]], ...]


def read_storm(text: str, name: str = "storm", zone: str = "Asia/Seoul") -> Storm:
    """Parse; raises BadScenario with the line's number."""
    reader = _Reader(zone)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            reader.line(line.strip())
        except ValueError as error:
            raise BadScenario(f"{name}:{number}  {line.strip()!r}: {error}") from error
    if not reader.steps:
        raise BadScenario(f"{name}: no ticket arrives; write a line like 'Fri 27 Mar 2026 16:00  T-1 service=mail'")
    return Storm(reader.title, reader.policy, reader.zone, tuple((step, tuple(led)) for step, led in reader.steps))


class _Reader(Stamps):
    def __init__(self, zone: str) -> None:
        super().__init__(zone)
        self.title = self.policy = ""
        self.steps: list[tuple[Arrival | int, list[tuple[int, str]]]] = []

    def line(self, text: str) -> None:
        if text.startswith("#"):
            self.title = self.title or text.lstrip("# ")
        elif stamp := STAMP.match(text):
            self.entry(self.instant(stamp), text[stamp.end() :].strip())
        elif text:
            self.header(*text.partition(" ")[::2])

    def header(self, word: str, rest: str) -> None:
        if word == "policy":
            self.policy = rest.strip()
        elif word == "zone":
            self.zone = zone_of(rest.strip()).key
        else:
            raise ValueError("write 'policy', 'zone', or a line that begins like 'Fri 27 Mar 16:00'")

    def entry(self, at: int, text: str) -> None:
        if text.startswith("->") and self.steps:
            self.steps[-1][1].append((at, text[2:].strip()))
        elif text == PASSES:
            self.steps.append((at, []))
        else:
            name, _, facts = text.partition(" ")
            if not name or "=" in name or name == "->":
                raise ValueError("write the ticket that arrives, like 'T-1 service=mail'")
            self.steps.append((Arrival(read_facts(facts, name), at), []))


def told(finding: Finding) -> str:
    """A finding in the words of a script: `joined mail/mail/default/T-1: T-6; urgency high`."""
    tickets = " ".join(ticket.removeprefix("default/") for ticket in finding.tickets)
    parts = [f"{finding.kind} {finding.incident}" + (f": {tickets}" if tickets else "")]
    parts += [f"{name} {value}" for name in ("urgency", "priority") if (value := getattr(finding, name))]
    return "; ".join([*parts, *(f"{'+'.join(target.via)} {target.who}" for target in finding.tell)])


def difference(storm: Storm, rules: tuple[Rule, ...]) -> str:
    """Nothing when every line leads to what it is to lead to; else the first that does not, with both."""
    state = begin(rules)
    for step, expected in storm.steps:
        state, found = _step(state, step)
        got = [(finding.at, told(finding)) for finding in found]
        if got != list(expected):
            what = step.ticket.id if isinstance(step, Arrival) else PASSES
            wanted, came = (shown(list(lines), storm.zone) or "nothing" for lines in (expected, got))
            return f"after {what} expected\n{wanted}\ngot\n{came}"
    return ""


def _step(state: State, step: Arrival | int) -> tuple[State, tuple[Finding, ...]]:
    return arrive(state, step) if isinstance(step, Arrival) else settle(state, step)
