"""Back-tests as people ask for them: a log is cut into pieces, pieces are counted side by side and added in order.

A few pieces are in flight at a time, so memory does not grow with the log. Must never count anything itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from policies.backtest import Backtest, Tally, weeks_between
from policies.catalog import Catalog
from policies.compiler import Policy
from policies.people import Roster
from policies.plan_maker import PlanMaker
from policies.promise import Uncompilable
from policies.replay import Replay, replay
from policies.ticket_log import BadRecord, Past
from starter.answering import Unfit
from starter.ticket_logs import Line, TicketLog

PIECE = 100
"""Lines of a log that are counted in one go."""
MOST_POLICIES = 2
RUBBISH = 50_000
"""Objects made before a worker looks for cycles among them: a replay makes thousands and hardly a cycle."""
IN_FLIGHT = 3
"""Pieces waiting for each worker."""
Piece = Sequence[tuple[int, Line]]
Progress = Callable[[int], None]
"""Told how many lines more have been counted."""


@dataclass(frozen=True)
class Report:
    """A back-test with what its readers need: whose log, which policies, which zone and weeks."""

    log: str
    policies: tuple[str, ...]
    zone: str
    log_end: int
    found: Backtest

    @property
    def weeks(self) -> int:
        return weeks_between(self.found.first, max(self.log_end, self.found.first), self.zone)


@dataclass(frozen=True)
class Job:
    """Everything a worker needs: the log's map and end, the policies, who is there, what is local."""

    log: TicketLog
    policies: tuple[Policy, ...]
    zone: str
    log_end: int
    roster: Roster | None = None

    def empty(self) -> Backtest:
        return Backtest([Tally() for _ in self.policies])


def find_policy(catalog: Catalog, name: str) -> Policy:
    """A policy by name, or from a draft anywhere. Raises UnknownName or Faulty."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise Unfit([f"{name}: no such file; name a policy or a YAML file"])
        return catalog.read(path)
    return catalog.policy(catalog.latest(name))


def find_policies(catalog: Catalog, names: Sequence[str]) -> tuple[Policy, ...]:
    """One policy or two. Raises Unfit for more, and for two that cannot be told apart."""
    if len(names) > MOST_POLICIES:
        raise Unfit([f"{len(names)} policies are too many; name one, or two to compare"])
    found = tuple(find_policy(catalog, name) for name in names)
    if len({policy.name for policy in found}) < len(found):
        raise Unfit([f"both policies are called {found[0].name}; raise the version of one"])
    return found


def default_workers() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def back_test(job: Job, lines: int, workers: int, progress: Progress = lambda _: None) -> Report:
    """Count the whole log. Raises Unfit when not one line of it can be read."""
    found = run(job, lines, workers, progress)
    return Report(job.log.path.name, tuple(policy.name for policy in job.policies), job.zone, job.log_end, found)


def run(job: Job, lines: int, workers: int, progress: Progress = lambda _: None) -> Backtest:
    """Count the whole log. Raises Unfit when not one line of it can be read.

    `lines` (how many there are) decides whether workers are worth their start.
    """
    total = job.empty()
    counted = _inline(job) if workers < 2 or lines <= PIECE else _spread(job, workers)
    for found in counted:
        total.merge(found)
        progress(found.lines)
    if total.bad == total.lines:
        shown = [f"{job.log.path}:{number}  {message}" for number, message in total.faults]
        raise Unfit(
            [*shown, f"none of the {total.lines} lines can be used; is it a log of ticket-history/1, or a table?"]
        )
    return total


def _inline(job: Job) -> Iterator[Backtest]:
    count = Count(job)
    for piece in pieces(job.log):
        yield count(piece)


def _spread(job: Job, workers: int) -> Iterator[Backtest]:
    """In the order of the log, whoever is faster."""
    # TRAP: not fork: the progress bar has a thread, and a copy of its lock may stay closed for ever
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(job,)) as pool:
        waiting: deque[Future[Backtest]] = deque()
        try:
            for piece in pieces(job.log):
                waiting.append(pool.submit(_counted, piece))
                if len(waiting) >= workers * IN_FLIGHT:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise Unfit(["a worker process ended early (memory?); try again with --workers 1"]) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def pieces(log: TicketLog, size: int = PIECE) -> Iterator[Piece]:
    """The log, cut."""
    lines = log.lines()
    while piece := list(islice(lines, size)):
        yield piece


class Count:
    """Counts pieces with what is the same for all of them made once."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.make_plan = PlanMaker({policy.name: policy for policy in job.policies})

    def __call__(self, piece: Piece) -> Backtest:
        found = self.job.empty()
        for number, line in piece:
            found.lines += 1
            try:
                past = self.job.log.past(line)
            except BadRecord as error:
                found.fault(number, str(error))
                continue
            found.first = min(found.first or past.opened_at, past.opened_at)
            found.unused.update(past.unused)
            found.take([self._replay(policy, past) for policy in self.job.policies], self.job.zone)
        return found

    def _replay(self, policy: Policy, past: Past) -> Replay | None:
        try:
            return replay(self.make_plan, policy.name, past, self.job.log_end, self.job.roster)
        except Uncompilable:
            return None


_count: Count | None = None


def _begin(job: Job) -> None:
    """In a worker: Ctrl-C is for the one who started it."""
    global _count
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _count = Count(job)
    gc.freeze()  # what is there now stays: looking at it again and again costs a tenth of the time
    gc.set_threshold(RUBBISH)


def _counted(piece: Piece) -> Backtest:
    assert _count is not None
    return _count(piece)
