"""Doubts about factors: so large or so small that a digit was probably slipped, or without any effect.

Must never look at a ticket's plan: a factor is doubted as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.condition import OnlyFor
from policies.draft import Draft
from policies.duration import say_duration
from policies.fault import Fault

MOST, LEAST = 500, 10
"""Per cent: what is beyond makes another promise of it."""
EXAMPLE = 8 * 3600


def weight_doubts(draft: Draft) -> Iterator[Fault]:
    """Of weights and of adjustments."""
    document = draft.policy.document
    lists: list[tuple[list[object], str | None, OnlyFor | None]] = [
        (["targets", "weights", n], one.factor, one.only_for) for n, one in enumerate(document.targets.weights)
    ]
    lists += [(["adjustments", n], one.factor, one.only_for) for n, one in enumerate(document.adjustments)]
    for key, factor, only_for in lists:
        if factor and not LEAST <= int(factor[:-1]) <= MOST:
            becomes = say_duration(EXAMPLE * int(factor[:-1]) // 100)
            message = f"{factor} turns a target of {say_duration(EXAMPLE)} into {becomes}; is it a slip?"
            yield draft.doubt("odd-factor", [*key, "factor"], message)
        if factor and only_for and only_for.predicted_from:
            message = "has no effect: predicted_from is a share of the target, which is not made yet; take it away"
            yield draft.doubt("no-effect", [*key, "only_for", "predicted_from"], message)
