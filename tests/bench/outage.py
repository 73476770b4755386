"""`make bench-outage`: thousands of open tickets stopped and started again by one outage, beside Temporal's batch job.

Prints one JSON object; progress and a summary with the goals go to the error output. What is slow is only reported; a
rung that fired where none may, or a due that is wrong, ends it with 1. Ends every process it started.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from policies.outage import Outage, Scope
from starter.gateway import GatewayError
from tests.bench.outage_crowd import BEAT, OTHER_SERVICE, REGION, SERVICE, Watched, crowd, opened
from tests.bench.outage_rounds import SETTLE, batch, checked, declared_and_ended, wrong_dues
from tests.bench.outage_stage import Place, Stage, Stuck, folder, stage
from tests.support import postgres

WARM, COLD = Outage("WARM", Scope((SERVICE,), (REGION,))), Outage("COLD", Scope((OTHER_SERVICE,)))


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-outage ARGS=...", description=__doc__)
    whole = {"type": int, "metavar": "N"}
    parser.add_argument("--tickets", default=10_000, help="open tickets (10000)", **whole)  # type: ignore[arg-type]
    parser.add_argument("--cold", default=1_000, help="of them, told after a restart (1000)", **whole)  # type: ignore[arg-type]
    parser.add_argument("--batch-tickets", default=2_000, help="of them, by Temporal's job (2000)", **whole)  # type: ignore[arg-type]
    parser.add_argument("--workers", default=2, help="worker processes (2)", **whole)  # type: ignore[arg-type]
    parser.add_argument("--cached", default=500, help="tickets in a worker's memory (500)", **whole)  # type: ignore[arg-type]
    parser.add_argument("--seconds-at-most", default=2_400, help="then it ends, whatever it has (2400)", **whole)  # type: ignore[arg-type]
    parser.add_argument("--database", action="store_true", help="the dev server keeps tickets in a file, not in memory")
    parser.add_argument("--postgres", action="store_true", help="the journal in a throw-away PostgreSQL, not in SQLite")
    wanted = parser.parse_args(given)
    wanted.batch_tickets = min(wanted.batch_tickets, wanted.tickets // 2)
    if wanted.tickets < 100 or wanted.cold > wanted.tickets // 2 or wanted.workers < 1:
        parser.error("take at least 100 tickets and 1 worker, and at most half of the tickets as cold ones")
    return wanted


async def measured(wanted: argparse.Namespace, place: Place, report: dict[str, Any]) -> None:
    """Fills the report step by step, so that what was measured is not lost when a later step fails."""
    with folder() as home:
        async with asyncio.timeout(wanted.seconds_at_most), stage(place, home) as running:
            tickets = await _opened(running, wanted, report)
            await _warm(running, tickets, report)
            if wanted.batch_tickets:
                report["batch"] = await batch(running, wanted.batch_tickets)
            await _cold(running, tickets, report)
            running.progress.say("stopping")


async def _opened(running: Stage, wanted: argparse.Namespace, report: dict[str, Any]) -> dict[str, Watched]:
    begun, used = time.monotonic(), running.cpu()
    tickets = await opened(
        running.gateway, crowd(wanted.tickets, wanted.cold, wanted.batch_tickets),
        lambda count: running.progress.now_and_then(f"opened: {count} of {wanted.tickets}"),
    )  # fmt: skip
    await running.until("RungNextDue IS NOT NULL", len(tickets), "planned")
    seconds = time.monotonic() - begun
    workers, server = (after - before for before, after in zip(used, running.cpu(), strict=True))
    report["opening"] = {
        "tickets": len(tickets), "seconds": round(seconds, 1), "per_s": round(len(tickets) / seconds, 1),
        "worker_cpu_ms_per_ticket": round(1000 * workers / len(tickets), 1),
        "server_cpu_ms_per_ticket": round(1000 * server / len(tickets), 1), **running.memory(),
    }  # fmt: skip
    running.progress.say("every ticket that is to fire has fired once")
    await asyncio.sleep(BEAT)
    return tickets


async def _warm(running: Stage, tickets: dict[str, Watched], report: dict[str, Any]) -> None:
    covered = {name for name, one in tickets.items() if one.covered}
    report["covered"], report["soon"] = len(covered), sum(tickets[name].soon for name in covered)
    told = sum(one.told for one in tickets.values())
    report["warm"] = await declared_and_ended(running, WARM, told, len(covered), report["soon"])
    running.progress.say("rungs go on")
    await asyncio.sleep(BEAT + SETTLE)
    report["checks"] = await checked(running, tickets, report["warm"])
    report["checks"]["wrong_dues"] = await wrong_dues(running, tickets, covered, _lasted(report["warm"]))


async def _cold(running: Stage, tickets: dict[str, Watched], report: dict[str, Any]) -> None:
    running.progress.say("workers go and come back")
    await running.stop_workers()
    await running.start_workers()
    others = {name: one for name, one in tickets.items() if one.ticket.service == OTHER_SERVICE}
    soon = sum(one.soon for one in others.values())
    report["cold"] = await declared_and_ended(running, COLD, len(others), len(others), soon)
    report["cold"]["tickets"] = len(others)
    report["checks"]["wrong_dues_cold"] = await wrong_dues(running, others, others, _lasted(report["cold"]))


def _lasted(done: dict[str, Any]) -> int:
    return int(done["ended_at"] - done["since"])


# --- the report --------------------------------------------------------------------------------------------


def right(report: dict[str, Any]) -> bool:
    """Whether nothing fired where nothing may, something did where it must, and every due is exact."""
    checks = report.get("checks", {})
    return bool(
        checks
        and checks["fired_within_scope_after_occurred_at"] == checks["of_these_before_the_answer"]
        and checks["fired_outside_meanwhile"]
        and checks["went_on_firing_after_the_end"]
        and checks["paused_at_occurred_at"] == checks["covered"]
        and not checks["paused_outside"]
        and checks.get("wrong_dues") == checks.get("wrong_dues_cold") == 0
    )


def goals(report: dict[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """What is wanted, what was measured, whether that is enough; as far as it was measured."""
    if "checks" in report:
        fired = report["checks"]["fired_within_scope_after_occurred_at"]
        yield "no rung within the scope after occurred_at", fired, fired == 0
        yield (
            "rungs of other tickets fire in time, to 5 s",
            report["checks"]["latest_outside_s"],
            (report["checks"]["latest_outside_s"] <= 5),
        )
    for round_ in ("warm", "cold"):
        if round_ in report:
            seconds = report[round_]["declared"]["soon_paused_s"]
            yield f"{round_}: due within the hour are paused in under 10 s", seconds, seconds < 10
    if "batch" in report:
        for name, rate in (("telling", "signals_per_s"), ("until they stand still,", "paused_per_s")):
            ratio = round(report["warm"]["declared"][rate] / report["batch"][rate], 1)
            yield f"{name} at least 5 x Temporal's batch job", ratio, ratio >= 5


def summary(report: dict[str, Any]) -> str:
    lines = [f"{'met    ' if met else 'NOT MET'}  {text}: {value:,}" for text, value, met in goals(report)]
    if "batch" in report and report["batch"]["tickets"] < report["covered"]:
        lines.append(f"Temporal's job told {report['batch']['tickets']} tickets; rates a second are compared.")
    if "unfinished" in report:
        lines.append(f"NOT FINISHED: {report['unfinished']}")
    lines.append("all as it must be" if right(report) else "WRONG or not known: see checks")
    return "\n".join(lines) + "\n"


async def run(wanted: argparse.Namespace, place: Place, report: dict[str, Any]) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await measured(wanted, place, report)
    except TimeoutError:
        report["unfinished"] = f"{wanted.seconds_at_most} s are over; give it more with --seconds-at-most"
    except (Stuck, GatewayError) as error:
        report["unfinished"] = str(error)
    except asyncio.CancelledError:
        report["unfinished"] = "it was told to stop"
    await asyncio.sleep(0.05)


def main(given: Sequence[str]) -> int:
    wanted, begun = arguments(given), time.monotonic()
    report: dict[str, Any] = {
        "machine": {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()},
        "server": "dev server, " + ("database file" if wanted.database else "in memory"),
        "journal": "PostgreSQL" if wanted.postgres else "SQLite",
        **{name: getattr(wanted, name) for name in ("workers", "cached")},
    }
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.server()) if wanted.postgres else ""
        except pytest.skip.Exception as error:
            sys.stderr.write(f"{error}\n")
            return 1
        asyncio.run(run(wanted, Place(wanted.workers, wanted.cached, wanted.database, url), report))
    report["goals"] = [{"goal": text, "measured": value, "met": met} for text, value, met in goals(report)]
    report["right"], report["seconds"] = right(report), round(time.monotonic() - begun, 1)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    sys.stderr.write(summary(report))
    return 0 if report["right"] and "unfinished" not in report else 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # TRAP: the interpreter crashes in about half of all exits after temporalio was used
