"""5,000 real tickets, counted by the back-test: the four rows of an independent program (tests/data/README.md)."""

from __future__ import annotations

import pytest

from policies.backtest import Backtest
from policies.ticket_log import LogMap
from starter.backtesting import Job, default_workers, run
from starter.ticket_logs import open_log
from tests.support.scenarios import CATALOG
from tests.support.ticket_histories import FILE

LOG = FILE.with_name("ticket_history_5000.jsonl.gz")
TABLE = {
    "real-l-unpaused.v1": ((2031, 1801, 1774, 1654), (33, 38, 1558, 25)),
    "real-l.v1": ((1627, 1370, 1339, 1224), (32, 33, 1142, 17)),
    "real-s-unpaused.v1": ((2522, 2435, 2395, 2249), (36, 44, 2132, 37)),
    "real-s.v1": ((2228, 2121, 2068, 1889), (35, 40, 1785, 29)),
}
"""Past 50, 75, 80, 100 %; breaches of P1 to P4."""


@pytest.fixture(scope="module")
def found() -> Backtest:
    log = open_log(LOG, LogMap(reprioritised="ignore"), "UTC")
    lines, last = log.span()
    return run(Job(log, tuple(CATALOG.policy(name) for name in TABLE), "UTC", last), lines, default_workers())


@pytest.mark.parametrize("which", range(4), ids=list(TABLE))
def test_crossings_and_breaches_are_those_of_an_independent_program(which: int, found: Backtest) -> None:
    tally, (crossed, broken) = found.tallies[which], list(TABLE.values())[which]
    assert tuple(tally.past(share) for share in (50, 75, 80, 100)) == crossed
    assert tuple(tally.broken["resolution", priority] for priority in ("P1", "P2", "P3", "P4")) == broken
    assert tally.breaches() == crossed[-1]


@pytest.mark.parametrize("which", range(4), ids=list(TABLE))
def test_the_rungs_that_fired_are_the_shares_that_were_crossed_or_just_reached(which: int, found: Backtest) -> None:
    """A ticket that is resolved in the minute in which a rung is due has had that rung, but did not pass the share."""
    tally = found.tallies[which]
    for share in (50, 75, 80, 100):
        reached = sum(
            sample.minutes[target // 60 * share // 100]
            for (_, _, _, target), sample in tally.attainments.samples.items()
        )
        assert tally.rungs[f"share-{share}", 0, "fired"] == tally.past(share) + reached, share


def test_every_line_was_read(found: Backtest) -> None:
    assert (found.lines, found.bad) == (5000, 0)
