"""Doubts about rules on major incidents: those that find nothing, raise nothing, or leave a proposal to nobody.

Must never count a ticket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policies.condition import fits
from policies.declaration import unnamed
from policies.document import MajorIncident
from policies.draft import Draft, fitting
from policies.fault import Fault
from policies.major_incident_check import HERE
from policies.promise import prioritised
from policies.ticket import PRIORITIES, TIERS, URGENCIES


def major_incident_doubts(draft: Draft) -> Iterator[Fault]:
    """Rules that find nothing, raise nothing, or tell nobody what to decide."""
    for index, one in enumerate(draft.policy.document.major_incidents):
        key: list[object] = [HERE, index]
        if not _fits_any(draft, one):
            message = f"'{one.name}' never fires: its only_for fits no ticket under this policy's table of priorities"
            yield draft.doubt("never-fires", [*key, "only_for"], message)
        for name in ("urgency", "priority"):
            yield from _raises_nothing(draft, index, one, name)
        if not one.tell and one.does == "propose":
            message = f"'{one.name}' proposes and tells nobody; add tell, or nobody decides"
            yield draft.doubt("no-effect", key, message)
        if one.does == "declare" and (one.effect or one.set_urgency) and (vague := unnamed(one)):
            message = f"'{one.name}' is only proposed: an outage's scope cannot name {', '.join(vague)}"
            yield draft.doubt("no-effect", key, message)


def _raises_nothing(draft: Draft, index: int, one: MajorIncident, name: str) -> Iterator[Fault]:
    """Tickets that are all as high already: P1 and critical stand first."""
    wanted, having = getattr(one, f"set_{name}"), getattr(one.only_for, name) if one.only_for else []
    order = [*URGENCIES, *PRIORITIES]
    if wanted and having and all(order.index(value) <= order.index(wanted) for value in having):
        message = f"'set_{name}' has no effect: only_for names tickets that are {wanted} or higher; take it away"
        yield draft.doubt("no-effect", [HERE, index, f"set_{name}"], message)


def _fits_any(draft: Draft, one: MajorIncident) -> bool:
    example = fitting(one.only_for)
    document = draft.policy.document
    tickets = (replace(example, tier=tier, urgency=urgency) for tier in TIERS for urgency in URGENCIES)
    return any(
        fits(one.only_for, prioritised(document, replace(ticket, priority=priority)))
        for ticket in tickets
        for priority in ("", example.priority)
    )
