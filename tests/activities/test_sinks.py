"""The sinks stand in for the world, so they must be trusted: they take once, tell at once and stop at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from activities.adapters.http import Call, Http
from activities.adapters.slack import SlackNotifier
from activities.ports import Contact, Message, Refused, Unreachable
from starter.http_sink import HttpSink
from starter.mail_sink import MailSink
from starter.sink import Fault, Received

NOW = datetime(2026, 3, 27, 4, 0, tzinfo=UTC)


async def test_an_item_is_told_once_and_waited_for(http: Http) -> None:
    told: list[Received] = []
    async with HttpSink(on_received=told.append, now=lambda: NOW) as sink:
        waiting = asyncio.create_task(sink.until(1))
        for _ in range(2):
            await SlackNotifier(http).send(Message("k", "Title", "Body"), Contact("x", slack=f"{sink.url}/slack/x"))
        items = await waiting

    assert items == told == [Received("slack", "k", "x", "Title", "Body\nk", NOW)]
    assert sink.attempts == 2


async def test_a_path_that_nobody_serves_is_not_found(http: Http, http_sink: HttpSink) -> None:
    with pytest.raises(Refused, match="404: nothing at"):
        await http.send(Call("x", f"{http_sink.url}/elsewhere", "k"))

    assert http_sink.received == []


@pytest.mark.parametrize("body", [b"not json", b"{}", b"[]", b'{"attachments": 1}', b"\xff"])
async def test_a_request_that_makes_no_sense_is_refused_and_harms_nothing(
    http: Http, http_sink: HttpSink, body: bytes
) -> None:
    for path in ("slack/x", "teams/x", "2010-04-01/Accounts/a/Calls.json", "webhook/x", "tickets/a/1/flags", "credits"):
        with pytest.raises(Refused, match="answered 400: cannot be read"):
            await http.send(Call("x", f"{http_sink.url}/{path}", "k", body=body))

    revocation = Call("x", f"{http_sink.url}/revocations", "k", body=b'{"key":"k","reason":"r"}')
    assert (await http.send(revocation)).status == 201
    assert [item.channel for item in http_sink.received] == ["credits"]


async def test_stopping_breaks_off_what_hangs(http: Http) -> None:
    sink = await HttpSink().start()
    sink.fail_next(Fault(delay=float("inf")))
    hanging = asyncio.create_task(http.send(Call("x", f"{sink.url}/slack/x", "k")))
    await sink.until_tried(1)
    await sink.stop()

    with pytest.raises(Unreachable):
        await hanging


async def test_two_sinks_may_be_started_and_stopped_on_the_same_port() -> None:
    for kind in (HttpSink, MailSink):
        first = await kind().start()
        await first.stop()
        second = await kind(port=first.port).start()
        assert second.port == first.port
        await second.stop()
        await second.stop()
