"""Doubts about quiet hours: what waits for nothing, hours in which nothing waits, a broken promise that waits.

Must never look at a ticket's plan: quiet hours are doubted as they are written.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.draft import Draft
from policies.fault import Fault


def quiet_doubts(draft: Draft) -> Iterator[Fault]:
    """Of `quiet_hours` and of every `can_wait`."""
    document = draft.policy.document
    waiting: list[list[str | int]] = [["rungs", n] for n, rung in enumerate(document.rungs) if rung.can_wait]
    waiting += [["cadences", n] for n, cadence in enumerate(document.cadences) if cadence.can_wait]
    if waiting and not document.quiet_hours:
        for key in waiting:
            message = 'has no effect: there are no quiet_hours; add them, like ["22:00-07:00"], or take it away'
            yield draft.doubt("no-effect", [*key, "can_wait"], message)
    if document.quiet_hours and not waiting:
        yield draft.doubt("no-effect", ["quiet_hours"], "has no effect: nothing has can_wait; write it where it holds")
    for number, rung in enumerate(document.rungs):
        if rung.can_wait and rung.when.share == "100%":
            message = "tells of a broken promise only when the quiet hours are over; is that meant?"
            yield draft.doubt("breach-waits", ["rungs", number, "can_wait"], message)
