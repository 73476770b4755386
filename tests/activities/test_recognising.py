"""What people hear of a major incident, and what is kept of it: in words, once, with the way on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError

from activities.recognising import RecognitionDesk, Recognitions, message_of
from activities.requests import Links, Recognised, RecognisedNotice
from policies.outage import Outage, Scope
from policies.people import Delivery
from policies.plan import Target
from tests.support.world import MemoryDirectory, MemoryJournal, MemoryNotifier, MemoryWorld

OUTAGE = Outage("mail-1", Scope(("mail",)), "pause_clock", since=1_790_000_000)
WHAT = "3 tickets in less than 15m share service mail"
ONE = Recognised(WHAT, ("acme/T-1", "acme/T-2", "acme/T-3"), OUTAGE)


class Nothing:
    """The port `Declarations`, unused here."""

    async def declare(self, outage: Outage) -> Outage:
        return outage

    async def end(self, outage: str, at: int, by: str) -> Outage:
        return Outage(outage)


def hands(world: MemoryWorld, otherwise: str = "") -> Recognitions:
    channels = {"email": MemoryNotifier(world, "email")}
    return Recognitions(RecognitionDesk(Nothing(), MemoryDirectory(world), channels, MemoryJournal(world), otherwise))


def test_a_proposal_lists_the_tickets_and_the_command() -> None:
    found = message_of(ONE, "k")
    assert found.subject == f"{WHAT}: one major incident?"
    assert found.body == (
        "- acme/T-1\n- acme/T-2\n- acme/T-3\n\n"
        "It is one? rung outage declare mail-1 --service mail --effect pause_clock --occurred-at 2026-09-21T14:13:20+00:00\n"
        "It is not? Nothing is to be done; it is asked once."
    )
    assert found.short.endswith("The mail says how to declare mail-1.")


def test_a_declared_one_says_what_stands_and_how_to_end_it() -> None:
    found = message_of(replace(ONE, declared=True), "k")
    assert "Outage mail-1 stands: pause_clock for service mail." in found.body
    assert found.body.endswith("No incident, or over? rung outage end mail-1")


def test_many_tickets_are_counted_and_one_without_a_scope_asks_for_a_look() -> None:
    found = message_of(Recognised(WHAT, tuple(f"acme/T-{n}" for n in range(23))), "k")
    assert "- acme/T-19\n- and 3 more\n" in found.body
    assert "No outage is proposed" in found.body


@pytest.mark.parametrize(
    ("targets", "otherwise", "people"),
    [
        ((Target("duty-manager", ("email",)),), "lee", ["duty-manager"]),
        ((), "lee", ["lee", "lee"]),
        ((), "", []),
    ],
)
async def test_the_operator_hears_of_it_where_the_rule_names_nobody(
    targets: tuple[Target, ...], otherwise: str, people: list[str]
) -> None:
    world = MemoryWorld()
    world.roster_now = replace(world.roster_now, roles={**world.roster_now.roles, "lee": ("lee",)})
    found = await hands(world, otherwise).address_recognised(replace(ONE, targets=targets, at=1_790_000_000))
    assert [one.person for one in found.deliveries] == people


async def test_lines_that_are_written_twice_stand_there_once() -> None:
    world = MemoryWorld()
    links = Links("recognised/mail/acme/T-1", ONE.tickets, 1_790_000_000, "one of them")
    assert [await hands(world).link_recognised(links) for _ in range(2)] == [3, 3]
    assert [(line.ticket, line.kind, line.text) for line in world.lines.values()] == [
        (ticket, "recognised", "one of them") for ticket in ONE.tickets
    ]


async def test_a_channel_that_nobody_configured_is_final() -> None:
    notice = RecognisedNotice("k", ONE, Delivery("lee", "sms", "lee"))
    with pytest.raises(ApplicationError, match="no channel 'sms' is configured") as caught:
        await hands(MemoryWorld()).tell_recognised(notice)
    assert caught.value.non_retryable
