"""What must not be published in a selection: rules that are never reached, and names that nothing has.

A rule is never reached when earlier ones take all its tickets, each of them or all together. Must never be asked of
a selection in force: open tickets came in by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from policies.condition import LISTS, OnlyFor
from policies.document import Rule, SelectionDocument
from policies.fault import Fault
from policies.suggestion import did_you_mean
from policies.written import Written

_BOUNDS = ("risk_from", "complexity_from")
MOST_KINDS = 2_000
"""A rule whose lists combine to more kinds of tickets is only held against each earlier rule by itself."""


def check_rules(written: Written, document: SelectionDocument) -> Iterator[Fault]:
    """Faults across rules, of those that are whole; a rule is named by its number in the file, from 1."""
    numbers = {index: _number(written, index) for index in range(len(document.rules))}
    sound = [index for index in numbers if written.whole("rules", index)]
    for place, index in enumerate(sound):
        rule = document.rules[index]
        yield from _unmatched(written, index, rule)
        takers = _takers([(numbers[other], document.rules[other]) for other in sound[:place]], rule)
        if takers:
            yield written.fault(["rules", index], _say_takers(takers, rule))
    if written.whole("rules") and not any(takes_all(rule.only_for) for rule in document.rules):
        message = "no rule takes the tickets that are left: add one without only_for, like '- {policy: standard}'"
        yield written.fault(["rules", len(document.rules) - 1], message)


def check_policies(written: Written, document: SelectionDocument, known: Sequence[str]) -> Iterator[Fault]:
    """Every policy that a rule names must be there: `standard`, or one version of it, `standard.v1`."""
    names = [*dict.fromkeys(name.rpartition(".v")[0] for name in known), *known]
    for index, rule in enumerate(document.rules):
        if rule.policy not in names and written.whole("rules", index, "policy"):
            message = f"no policy '{rule.policy}'{did_you_mean(rule.policy, names)}"
            yield written.fault(["rules", index, "policy"], message)


def takes_all(condition: OnlyFor | None) -> bool:
    """Whether nothing is asked for."""
    return condition is None or not condition.model_dump(exclude_defaults=True)


def _number(written: Written, index: int) -> int:
    place = written.place(["rules", index])[-1]
    return place + 1 if isinstance(place, int) else index + 1


def _unmatched(written: Written, index: int, rule: Rule) -> Iterator[Fault]:
    if rule.only_for and rule.only_for.predicted_from:
        message = "never holds here: it is a share of a target, and there is none before the policy is chosen"
        yield written.fault(["rules", index, "only_for", "predicted_from"], f"{message}; take it away")


def _takers(earlier: Sequence[tuple[int, Rule]], rule: Rule) -> list[tuple[int, Rule]]:
    """The rules before this one that leave it nothing: the first that does by itself, else those that do together."""
    alone = next((other for other in earlier if _covers(other[1].only_for, rule.only_for)), None)
    if alone is not None:
        return [alone]
    found: dict[int, tuple[int, Rule]] = {}
    kinds = _kinds(rule.only_for)
    for kind in kinds:
        taker = next((other for other in earlier if _covers(other[1].only_for, kind)), None)
        if taker is None:
            return []
        found[taker[0]] = taker
    return [found[number] for number in sorted(found)]


def _say_takers(takers: Sequence[tuple[int, Rule]], rule: Rule) -> str:
    if len(takers) > 1:
        numbers = ", ".join(str(number) for number, _ in takers[:-1])
        return f"never reached: rules {numbers} and {takers[-1][0]} take all its tickets; move it before them"
    ((number, other),) = takers
    if takes_all(other.only_for) and not takes_all(rule.only_for):
        return f"never reached: rule {number} takes every ticket; move that one last"
    if not _covers(rule.only_for, other.only_for):
        return f"never reached: rule {number} takes all its tickets; move it before rule {number} or remove it"
    if rule.policy == other.policy:
        return f"never reached: rule {number} takes the same tickets; remove one of them"
    return f"never reached: rule {number} takes the same tickets for '{other.policy}'; keep one of them"


def _covers(wide: OnlyFor | None, narrow: OnlyFor | None) -> bool:
    """Whether every ticket that fits `narrow` fits `wide`; in doubt it does not."""
    if wide is None or takes_all(wide):
        return True
    if narrow is None or wide.predicted_from:
        return False
    lists = all(_within(getattr(narrow, name), getattr(wide, name)) for name in (*LISTS, "tags"))
    bounds = all(_reaches(getattr(narrow, name), getattr(wide, name)) for name in _BOUNDS)
    return lists and bounds and _says_one_of(narrow.keywords, wide.keywords)


def _within(narrow: Sequence[str], wide: Sequence[str]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _reaches(narrow: int | None, wide: int | None) -> bool:
    return not wide or (narrow is not None and narrow >= wide)


def _says_one_of(narrow: Sequence[str], wide: Sequence[str]) -> bool:
    return not wide or (bool(narrow) and all(any(_implies(word, other) for other in wide) for word in narrow))


def _implies(word: str, other: str) -> bool:
    """Whether a summary that says `word` says `other`: `data leak` says `leak`, `bleak` does not."""
    if not other.isascii():
        return other.casefold() in word.casefold()
    return word.isascii() and re.search(rf"(?<!\w){re.escape(other)}(?!\w)", word, re.IGNORECASE) is not None


def _kinds(condition: OnlyFor | None) -> list[OnlyFor]:
    """The condition split into ones with a single value in each list: together they are the same tickets."""
    lists = {name: getattr(condition, name) for name in (*LISTS, "tags", "keywords")} if condition else {}
    given = {name: values for name, values in lists.items() if values}
    if condition is None or not given or prod(map(len, given.values())) > MOST_KINDS:
        return [condition or OnlyFor()]
    single = [dict(zip(given, ([value] for value in values), strict=True)) for values in product(*given.values())]
    return [condition.model_copy(update=update) for update in single]
