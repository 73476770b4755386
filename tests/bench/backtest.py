"""`make bench-backtest ARGS=<log>`: how fast past tickets are played under `standard`, and in how much memory.

Prints one JSON object: the whole log and its first fifth, each in a process of its own, so that their memory can be
compared. Without the file it says so and does nothing. Nothing is asserted here: machines differ.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from policies.catalog import Catalog
from policies.ticket_log import LogMap
from starter.backtesting import Job, back_test, default_workers
from starter.ticket_logs import open_log

ZONE = "Asia/Seoul"


def measured(path: Path, workers: int) -> dict[str, Any]:
    """In a fresh process: seconds and the most memory of it and of its largest worker."""
    begun = time.perf_counter()
    log = open_log(path, LogMap(), ZONE)
    lines, last = log.span()
    report = back_test(Job(log, (Catalog().policy("standard.v1"),), ZONE, last), lines, workers)
    seconds = time.perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peaks = [one.ru_maxrss // 1024 for one in used]
    return {
        "tickets": lines - report.found.bad, "workers": workers, "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(one.ru_utime + one.ru_stime for one in used), 1),
        "tickets_per_s": round(lines / seconds), "max_rss_mb": peaks[0], "max_rss_mb_of_a_worker": peaks[1],
    }  # fmt: skip


def alone(path: Path, workers: int) -> dict[str, Any]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measured, path, workers).result()


def main(path: Path) -> None:
    if not path.is_file():
        print(f"skipped: no log at {path}; name one with ARGS=<log.jsonl.gz>")
        return
    log = open_log(path, LogMap(), ZONE)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as part:
        count = log.span()[0] // 5
        part.writelines(str(line) for _, line in islice(log.lines(), count))
        part.flush()
        report = {"a_fifth": alone(Path(part.name), default_workers()), "all": alone(path, default_workers())}
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("skipped: name a log with ARGS=<log.jsonl.gz>")
    else:
        main(Path(sys.argv[1]))
