"""What the simulated providers were asked, held against the rehearsal on paper: one row a fault, one verdict.

Must never ask the ticket itself whether its pages arrived: only what was taken counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from policies.people import Delivery
from policies.plan import Effect
from policies.rehearsal import Rehearsal
from tests.support.receipts import LOST, Receipts
from tests.support.simulator import FAULTS, TLS, Asked, Log

CATCH_ALL = "duty-manager"
ROW = (
    "keys", "requests", "taken", "again", "first", "to channel", "to another", "to person", "to catch-all", "nobody",
)  # fmt: skip
"""`keys` by their fault; `requests` by what each met; keys `taken`, and taken `again` after an unknown outcome.

Then, of those whom a rung names: whom its `first` channels reached, who was reached by another channel of theirs, for
whom somebody else named by the rung was reached, for whom the next person, or the catch-all, was; and `nobody`.
"""
Row = dict[str, int]


class Counts:
    """The reckoning of one play."""

    def __init__(
        self, log: Log, papers: Sequence[Rehearsal], catch_all: Sequence[str], receipts: Receipts | None = None
    ) -> None:
        self.log, self.catch_all, self.receipts = log, catch_all, receipts
        self.pages = [sent for paper in papers for sent in paper.sent if sent.effect.kind == "page"]
        self.by_key: Mapping[str, list[Asked]] = defaultdict(list)
        for one in log.asked:
            self.by_key[one.key].append(one)
        self.by_page: Mapping[str, list[str]] = defaultdict(list)
        for key in self.by_key:
            self.by_page[key.rsplit("/", 2)[0]].append(key)

    @property
    def strange(self) -> list[str]:
        """Keys of pages that nobody planned, or with more than one address."""
        planned = {sent.effect.key for sent in self.pages}
        unplanned = [key for page, keys in self.by_page.items() if page not in planned for key in keys]
        return unplanned + [key for key, asked in self.by_key.items() if len({one.to for one in asked}) > 1]

    @property
    def reached_nobody(self) -> list[str]:
        """Pages that no provider took for anybody, or none of which arrived."""
        return [sent.effect.key for sent in self.pages if not self._takers(sent.effect)]

    @property
    def taken_twice(self) -> list[str]:
        """Keys that were new to a provider again although the sender had been answered."""
        return [key for key, asked in self.by_key.items() if any(one.taken and one.known for one in asked[:-1])]

    @property
    def asked_after_a_refusal(self) -> list[str]:
        """Keys that were sent again although the provider had said never."""
        return [key for key, asked in self.by_key.items() if any(one.fault == "refused" for one in asked[:-1])]

    def rows(self) -> dict[str, Row]:
        """One row a fault, and their sum."""
        rows = {fault: dict.fromkeys(ROW, 0) for fault in (*FAULTS, "all")}
        for fault, column, number in self._cells():
            rows[fault][column] += number
            rows["all"][column] += number
        return rows

    def table(self) -> str:
        """The rows as people read them."""
        lines = [f"{'':20}" + "".join(f"{column:>13}" for column in ROW)]
        lines += [f"{name:20}" + "".join(f"{row[c]:13}" for c in ROW) for name, row in self.rows().items()]
        return "\n".join(lines)

    def _cells(self) -> Iterator[tuple[str, str, int]]:
        for protocol in self.log.bad_handshakes.values():
            yield TLS, "requests", protocol
        for key, asked in self.by_key.items():
            fault, taken = self.log.dice.fault(key), sum(one.taken for one in asked)
            yield fault, "keys", 1
            yield fault, "taken", min(taken, 1)
            yield fault, "again", max(taken - 1, 0)
        for fault, number in Counter(one.fault for one in self.log.asked).items():
            yield fault, "requests", number
        for sent in self.pages:
            for person, deliveries in groupby(sent.deliveries, key=lambda delivery: delivery.person):
                yield self._outcome(sent.effect, person, list(deliveries))

    def _outcome(self, effect: Effect, person: str, deliveries: Sequence[Delivery]) -> tuple[str, str, int]:
        first = [f"{effect.key}/{person}/{delivery.channel}" for delivery in deliveries]
        fault = self.log.dice.fault(first[0]) if first[0] in self.by_key else TLS
        heard = [key for key in first if any(one.taken and one.known for one in self._arrived(key))]
        if heard:
            return self.log.dice.fault(heard[0]), "first", 1
        takers = self._takers(effect)
        named = {delivery.person for sent in self.pages if sent.effect == effect for delivery in sent.deliveries}
        for column, people in (
            ("to channel", {person}), ("to another", named), ("to catch-all", set(self.catch_all)), ("to person", takers),
        ):  # fmt: skip
            if people & takers:
                return fault, column, 1
        return fault, "nobody", 1

    def _takers(self, effect: Effect) -> set[str]:
        """Who was reached, by whatever channel."""
        keys = self.by_page.get(effect.key, ())
        return {key.split("/")[-2] for key in keys if any(one.taken for one in self._arrived(key))}

    def _arrived(self, key: str) -> Sequence[Asked]:
        """What was asked under that key; nothing when it was lost after it had been taken."""
        lost = self.receipts is not None and key in self.receipts.posted and self.receipts.fate(key) == LOST
        return () if lost else self.by_key.get(key, ())

    def elsewhere(self, key: str) -> bool:
        """Whether the page of that key reached somebody."""
        page = key.rsplit("/", 2)[0]
        return any(any(one.taken for one in self._arrived(other)) for other in self.by_page[page])
