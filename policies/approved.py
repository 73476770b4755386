"""Credits that were asked for: the page that asks, and what becomes of it - by somebody's word, or without one.

Must never decide whether a credit is owed: the rung has.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies import event as news
from policies.approval import GRANT, Asked, granted, settled, withheld, word_on
from policies.case import Case
from policies.duration import say_duration
from policies.occurrence import Occurrence
from policies.plan import COMMAND, Act, Plan, Reason, RungPlan

WITHOUT = {GRANT: "then it is granted", "withhold": "then it is withheld"}


def credits_asked_for(plan: Plan, case: Case) -> Iterator[Occurrence]:
    """For each that is not settled: first the page, then what follows."""
    for asked in case.asked:
        if settled(case, asked):
            continue
        if asked.page not in case.records and not case.closed and not case.waived(asked.clock):
            yield _page(plan, asked)
        else:
            yield _outcome(case, asked)


def _page(plan: Plan, asked: Asked) -> Occurrence:
    """The level is paged; without such a level in the plan the catch-all, who knows whom to ask."""
    level = plan.level(asked.level)
    waits = f"waits {say_duration(asked.within)} for level {asked.level}, {WITHOUT[asked.otherwise]}"
    rung = RungPlan(
        name=f"approve-{asked.rung}", clock="", track=COMMAND, until="never",
        targets=(level.target if level else plan.catch_all,), why=f"a service credit of {asked.value} {waits}",
    )  # fmt: skip
    note = f'credit "{asked.value}" {waits}'
    return Occurrence(rung, None, asked.page, asked.page, asked.at, reason=_reason(asked), note=note)


def _outcome(case: Case, asked: Asked) -> Occurrence:
    at, grants, by = _ruled(case, asked)
    rung = RungPlan(
        name=f"approve-{asked.rung}", clock="", track=COMMAND, until="never",
        acts=(Act("credit", asked.value),) if grants else (), why=f"{asked.why}; {by}" if asked.why else by,
    )  # fmt: skip
    record = granted(asked) if grants else withheld(asked)
    note = by if grants else f'credit "{asked.value}" withheld: {by}'
    return Occurrence(rung, None, record, asked.key, at, own_key=True, reason=_reason(asked), note=note)


def _reason(asked: Asked) -> Reason:
    return Reason(
        "approval", asked.clock, seconds=asked.within, level=asked.level, of=asked.value, to=asked.otherwise
    )  # fmt: skip


def _ruled(case: Case, asked: Asked) -> tuple[int, bool, str]:
    """(when it is decided, whether it is granted, by whom or why): a waiver first, then the first word, then time."""
    waivers = [e for e in case.events if e.kind == news.WAIVED and e.to in ("", asked.clock)]
    if waivers:
        return max(waivers[0].at, asked.at), False, "waived"
    word = word_on(case, asked)
    if word is not None:
        said = f"{'granted' if word.kind == news.APPROVED else 'refused'} by {word.actor or 'somebody'}"
        return max(word.at, asked.at), word.kind == news.APPROVED, f"{said}: {word.reason}" if word.reason else said
    grants = asked.otherwise == GRANT
    ends = [e.at for e in case.events if e.kind in (news.CLOSED, news.MERGED)]
    if ends and max(ends) < asked.due:
        return max(*ends, asked.at), grants, "the ticket was closed before anybody decided"
    return asked.due, grants, f"nobody decided within {say_duration(asked.within)}"
