"""`python -m tests.replay.ledger --write`: the fields of everything that stands in histories.

Tickets stay open for weeks: a field may be added with a default, never removed, retyped or stripped of it. The ledger
turns that rule into a test; `--write` accepts additions.
"""

from __future__ import annotations

import json
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from activities import requests
from policies import (
    action_item,
    approval,
    audit,
    business_time,
    case,
    event,
    explanation,
    maintenance,
    outage,
    people,
    plan,
    recognition,
    ticket,
)
from workflows import contract

LEDGER = Path(__file__).parent / "messages.json"
MESSAGES: tuple[Any, ...] = (
    contract.Opening, contract.Verdict, contract.Answer, contract.Command,
    requests.PlanRequest, requests.AddressRequest, requests.NotifyRequest, requests.ActRequest, requests.Past, requests.JournalRequest,
    requests.CardView, requests.Situation, requests.Done, requests.DigestRequest, requests.DigestRow,
    case.Case, case.Record, case.Breach, case.Settled, case.Entry, approval.Asked, event.Event, ticket.Ticket,
    plan.Plan, plan.ClockPlan, plan.RungPlan, plan.LevelPlan, plan.Target, plan.Act, plan.ApprovalPlan, plan.ItemPlan, plan.Effect, plan.Reason,
    business_time.WorkingTime, people.Addressed, people.Delivery, people.NotSent, people.Disturbed,
    explanation.Standing, explanation.Reading, explanation.Deadline, explanation.Ahead,
    action_item.Item, requests.ItemOpening, requests.OwnerRequest, requests.RemindRequest, requests.NoteRequest,
    requests.Look, requests.Looked, requests.Pokes, requests.Alarm, audit.Finding, audit.Paged, audit.Round,
    outage.Outage, outage.Scope, contract.OutageEnd, contract.OutageExtension, contract.OutageAnswer,
    contract.OutageProgress, requests.Call, requests.FiringRequest, requests.Cleared, requests.Push, requests.Pushed,
    requests.OutageNotice, requests.Recognising, requests.Links, requests.Recognised, requests.RecognisedNotice,
    recognition.Rule, recognition.Arrival, recognition.Seen, recognition.Group, recognition.Incident,
    recognition.State,
    requests.DigestPlan, requests.DigestPage, requests.UpdatePlan, requests.OutageUpdate,
    maintenance.Maintenance, contract.Maintaining, contract.MaintenanceStop, contract.MaintenanceAnswer,
    requests.WindowsRequest, requests.Windows,
    requests.CustomerRound, requests.CustomersTold,
)  # fmt: skip

Fields = dict[str, dict[str, dict[str, Any]]]


def described(messages: tuple[Any, ...] = MESSAGES) -> Fields:
    """Message -> field -> type and whether it has a default."""
    return {
        message.__name__: {
            field.name: {
                "type": str(field.type).replace("<class '", "").replace("'>", ""),
                "default": field.default is not MISSING or field.default_factory is not MISSING,
            }
            for field in fields(message)
        }
        for message in messages
    }


def faults(known: Fields, now: Fields) -> list[str]:
    """What would hurt an open ticket, each with what to do."""
    found = []
    for message, old in known.items():
        new = now.get(message)
        if new is None:
            found.append(f"{message} is gone: open tickets carry it; bring it back")
            continue
        for name, was in old.items():
            if name not in new:
                found.append(f"{message}.{name} was removed: bring it back and stop using it")
            elif new[name]["type"] != was["type"]:
                found.append(f"{message}.{name} was {was['type']}, is {new[name]['type']}: add a new field instead")
            elif was["default"] and not new[name]["default"]:
                found.append(f"{message}.{name} lost its default: older histories do not have it")
        for name in new.keys() - old.keys():
            if not new[name]["default"]:
                found.append(f"{message}.{name} is new and has no default: give it one")
            else:
                found.append(f"{message}.{name} is new: enter it with 'python -m tests.replay.ledger --write'")
    return found


if __name__ == "__main__":
    if "--write" in sys.argv:
        LEDGER.write_text(json.dumps(described(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    else:
        sys.stdout.write("\n".join(faults(json.loads(LEDGER.read_text(encoding="utf-8")), described())) + "\n")
