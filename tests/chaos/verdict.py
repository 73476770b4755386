"""What came of it all, held against the pure core's rehearsal: key by key, line by line.

Only what the providers took counts as arrived, and a page may only have gone another way when something was done to its
own message. Must never ask a ticket whether it kept its promise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from policies.case import FIRED, Case, Entry
from policies.duration import parse_duration
from policies.rehearsal import OURS
from tests.chaos.story import CLEAR, Story
from tests.support.simulator import FINE, REFUSED, Asked

LATE = re.compile(r" \((?P<late>[\dhms ]+) late\)$")
BY_THE_HAND = ("not_sent", "passed_on")
"""Lines that stand at the instant of the looking, which may be seconds after the due one."""
ON_THE_WIRE = 2.0
"""Seconds that a message may still lie in a socket after its sender was killed."""
REPORTED = 5.0
"""Seconds after which the server has heard of an answer that the sender has."""


@dataclass(frozen=True)
class Line:
    """A line of the time line; `late` are the seconds that it says it is late."""

    at: int
    text: str
    late: int = 0


def lines_of(entries: Sequence[Entry]) -> list[Line]:
    """Our own lines, in an order that does not depend on who was asked first."""
    found = []
    for entry in entries:
        if entry.kind in OURS:
            late = LATE.search(entry.text)
            seconds = parse_duration(late["late"]) if late else 0
            at = 0 if entry.kind in BY_THE_HAND else entry.at
            found.append(Line(at, entry.text[: late.start()] if late else entry.text, seconds))
    return sorted(found, key=lambda line: (line.at, line.text, line.late))


def differences(on_paper: Sequence[Entry], on_server: Sequence[Entry]) -> list[str]:
    """Lines that only one of them has. A decision may come later than on paper by what a killed worker costs."""
    wanted, found = lines_of(on_paper), lines_of(on_server)
    ours, theirs = (Counter((line.at, line.text) for line in lines) for lines in (wanted, found))
    told = [f"only on paper: {at} {text}" for at, text in (ours - theirs).elements()]
    told += [f"only on the server: {at} {text}" for at, text in (theirs - ours).elements()]
    return told or [
        f"{their.at} {their.text}: {their.late} s late instead of {our.late} s"
        for our, their in zip(wanted, found, strict=True)
        if not 0 <= their.late - our.late <= CLEAR
    ]


def while_paused(story: Story, entries: Sequence[Entry], case: Case) -> list[str]:
    """Rungs that fired though their own clock stood still, by when they were due or by when they were decided."""
    due = [(entry.rung, entry.at, "due") for entry in entries if entry.kind == FIRED]
    decided = [
        (name.partition("@")[0], record.at, "decided") for name, record in case.records.items() if record.outcome == FIRED
    ]  # fmt: skip
    return [f"{story.name}: {rung} {how} at {at}" for rung, at, how in (*due, *decided) if story.paused(rung, at)]


class Reckoning:
    """All keys of all stories against all that the providers were asked."""

    def __init__(self, stories: Sequence[Story], asked: Sequence[Asked], deaths: Sequence[float]) -> None:
        self.deaths = deaths
        self.by_key: Mapping[str, list[Asked]] = defaultdict(list)
        for one in asked:
            self.by_key[one.key].append(one)
        self.wanted = {key for story in stories for key in story.wanted}
        self.taken = {key for key, times in self.by_key.items() if any(one.taken for one in times)}
        self.pages = {sent.effect.key for story in stories for sent in story.paper.sent if sent.effect.kind == "page"}

    @property
    def fell_back(self) -> list[str]:
        """Wanted messages of a page that did not arrive, whose page was taken by another channel or person."""
        return sorted(key for key in self.wanted - self.taken if self._had_trouble(key) and self._others(key))

    @property
    def lost(self) -> list[str]:
        return sorted(self.wanted - self.taken - {*self.fell_back})

    @property
    def instead(self) -> list[str]:
        """Messages that nobody planned, of a page one of whose own messages was in trouble."""
        return sorted(key for key in self.taken - self.wanted if any(map(self._had_trouble, self._planned_beside(key))))

    @property
    def extra(self) -> list[str]:
        return sorted(self.taken - self.wanted - {*self.instead})

    @property
    def asked_again(self) -> int:
        """Requests beyond the first of each key."""
        return sum(len(times) - 1 for times in self.by_key.values())

    @property
    def repeated(self) -> dict[str, int]:
        """Keys that were taken more than once, which a provider that minds keys drops: how often beyond the first."""
        again = {key: sum(one.taken for one in times) - 1 for key, times in self.by_key.items()}
        return {key: times for key, times in again.items() if times > 0}

    @property
    def without_cause(self) -> list[str]:
        """Keys that were asked again although the sender had its answer and nobody had died."""
        return sorted(
            key
            for key, times in self.by_key.items()
            if any(not self._has_cause(first, then) for first, then in pairwise(times))
        )

    def _has_cause(self, first: Asked, then: Asked) -> bool:
        answered = first.known and (first.taken or first.fault == REFUSED)
        return not answered or self._died_between(first.at - ON_THE_WIRE, then.at)

    def _had_trouble(self, key: str) -> bool:
        """Whether something was done to that very message: a fault, or a death while it was under way."""
        return any(
            one.fault != FINE or self._died_between(one.at - ON_THE_WIRE, one.at + REPORTED)
            for one in self.by_key.get(key, ())
        )

    def _died_between(self, since: float, until: float) -> bool:
        return any(since <= death <= until for death in self.deaths)

    def _others(self, key: str) -> list[str]:
        """Messages of the same page that were taken."""
        page = page_of(key)
        return [one for one in self.taken if page in self.pages and page_of(one) == page and one != key]

    def _planned_beside(self, key: str) -> list[str]:
        page = page_of(key)
        return [one for one in self.wanted if page in self.pages and page_of(one) == page]


def page_of(key: str) -> str:
    """The effect whose message it is: the key without person and channel."""
    return key.rsplit("/", 2)[0]
