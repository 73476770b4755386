"""A review invites each of its people once, whatever becomes of the others' mails - on a real server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from activities.ports import Refused, Unreachable
from tests.support.histories import open_ticket
from tests.support.stage import Stage
from tests.workflows.test_commands import HOUR, MONDAY, TENANT, Told, a_ticket

BROKEN = MONDAY + 9 * HOUR
"""The end of the day, when the promise of a gold ticket is broken and a review is scheduled."""
SECOND = "kim"
"""Of lee (the team's lead), kim (the assignee) and the head of department."""


@contextmanager
def failing(stage: Stage, times: int, error: Callable[[], Exception]) -> Iterator[None]:
    """The mail to the second of them fails so many times."""
    left = [error() for _ in range(times)]
    stage.world.fault = lambda kind, key: left.pop() if left and key.endswith(f"/review/{SECOND}/email") else None
    try:
        yield
    finally:
        stage.world.fault = lambda kind, key: None


async def a_broken_promise(stage: Stage, id: str) -> Told:
    one = Told(stage, id)
    await open_ticket(stage, a_ticket(id), "standard.v1", MONDAY)
    await one.forward(BROKEN)
    return one


def invited(stage: Stage, one: Told) -> Counter[str]:
    """Person -> attempts at their invitation."""
    found = {key: times for key, times in stage.world.attempts.items() if "/review/" in key and f"/{one.id}/" in key}
    return Counter({key.split("/")[-2]: times for key, times in found.items()})


async def test_a_mail_that_fails_is_tried_again_without_the_others(stage: Stage) -> None:
    with failing(stage, 3, lambda: Unreachable("connection reset")):
        one = await a_broken_promise(stage, "invited-again")
    assert invited(stage, one) == {"lee": 1, SECOND: 4, "department-head": 1}
    assert stage.world.attempts[f"{TENANT}/{one.id}/resolution.1/resolution-breach/review"] == 1
    assert (await one.status())["undelivered"] == []


async def test_a_refused_mailbox_keeps_nobody_else_from_being_invited(stage: Stage) -> None:
    with failing(stage, 1, lambda: Refused("no such mailbox")):
        one = await a_broken_promise(stage, "invited-but-one")
    assert invited(stage, one) == {"lee": 1, SECOND: 1, "department-head": 1}
    assert [key.rpartition("/")[2] for key in (await one.status())["undelivered"]] == ["review"]
    assert "no such mailbox" in (await one.lines("undelivered"))[0]
