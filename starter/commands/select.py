"""`rung policy select`: which policy a ticket would get, and why none of the rules before it.

Needs no server. Must never open anything.
"""

from __future__ import annotations

from typing import Annotated

import typer

from starter.answering import Json, Unfit, say

EPILOG = "Example: rung policy select 'tier=gold urgency=high type=change_request'"


def select(
    facts: Annotated[str, typer.Argument(metavar="FACTS", help="The ticket, like 'tier=gold urgency=high tags=vip'.")],
    as_json: Json = False,
) -> None:
    """Which policy a ticket that names none would get, by the newest rules in selections/."""
    from policies.scenario import read_facts
    from starter.settings import load

    catalog = load().catalog()
    try:
        ticket = read_facts(facts)
    except ValueError as error:
        raise Unfit([str(error)]) from error
    found = catalog.selected(ticket)
    path = catalog.selection_path()
    name = catalog.latest(found.policy)
    rules = path.stem if path else ""
    if as_json:
        say({
            "policy": name, "rules": rules, "rule": found.rule,
            "passed": [{"rule": p.rule, "policy": p.policy, "reasons": list(p.reasons)} for p in found.passed],
        })  # fmt: skip
        return
    for passed in found.passed:
        print(f"rule {passed.rule} ({passed.policy}) does not fit: {'; '.join(passed.reasons)}")
    print(f"{name}" + (f", by rule {found.rule} of {rules}" if rules else ": no folder has rules for the choice"))
