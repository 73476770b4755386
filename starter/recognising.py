"""Logs of past tickets as arrivals, under the rules of a policy and beside them under rules to try.

The log is read once for all of them. Must never count anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from policies.compiler import Policy
from policies.condition import Document
from policies.document import MajorIncident
from policies.major_incident import rule_of, rules_of
from policies.major_incident_check import HERE, check_rules
from policies.recognised import Tally
from policies.ticket_log import BadRecord
from policies.written import Faulty, read_sound, read_yaml
from starter.answering import Unfit
from starter.ticket_logs import TicketLog

Progress = Callable[[int], None]
EXAMPLES = 10
STEP = 100


@dataclass
class Recognition:
    """What was found by each set of rules, by the policy's own first; lines that could not be read are counted."""

    log: str
    policy: str
    zone: str
    log_end: int
    tallies: dict[str, Tally]
    lines: int = 0
    bad: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


class Tried(Document):
    """One rule on its own, as a policy has it."""

    major_incidents: list[MajorIncident]


def tried(text: str, number: int) -> MajorIncident:
    """`tickets=5 within=15m same=service,region` as a rule of a policy. Raises Unfit or Faulty."""
    keys = [f"name: try-{number}", "does: propose"]
    for word in text.split():
        name, is_, value = word.partition("=")
        if not is_ or not value or name in ("name", "does"):
            raise Unfit([f"--try '{word}' cannot be tried; write it like 'tickets=5 within=15m customers=3'"])
        keys.append(f"{name}: [{value}]" if name == "same" else f"{name}: {value}")
    document, written = read_sound(read_yaml(f"{HERE}: [{{{', '.join(keys)}}}]\n", "--try"), Tried)
    faults = [*written.faults, *(check_rules(written, document.major_incidents) if document else ())]
    if faults or document is None:
        raise Faulty(faults)
    return document.major_incidents[0]


def tallies(policy: Policy, tries: Sequence[str]) -> dict[str, Tally]:
    """One for the policy if it has rules, one for each rule to try. Raises Unfit where there is none at all."""
    found = {}
    if rules := rules_of(policy):
        found[policy.name] = Tally.of(rules, policy.document)
    for number, text in enumerate(tries, 1):
        found[text] = Tally.of([rule_of(policy, tried(text, number))], policy.document)
    if not found:
        raise Unfit([
            f"{policy.name} has no major_incidents; name another policy, or rules to try: "
            "--try 'tickets=5 within=15m customers=3'"
        ])  # fmt: skip
    return found


def recognise(log: TicketLog, found: Recognition, progress: Progress = lambda _: None) -> Recognition:
    """Read the log line by line into every tally. Raises Unfit when not one line can be read."""
    for number, line in log.lines():
        found.lines += 1
        try:
            past = log.past(line)
        except BadRecord as error:
            found.bad += 1
            found.faults += [(number, str(error))] if len(found.faults) < EXAMPLES else []
        else:
            for tally in found.tallies.values():
                tally.take(past)
        if found.lines % STEP == 0:
            progress(STEP)
    progress(found.lines % STEP)
    if found.bad == found.lines:
        shown = [f"{log.path}:{number}  {message}" for number, message in found.faults]
        raise Unfit(
            [*shown, f"none of the {found.lines} lines can be used; is it a log of ticket-history/1, or a table?"]
        )
    return found
