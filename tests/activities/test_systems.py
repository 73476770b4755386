"""The contracts of Helpdesk, Credits and Reviews, kept by the fakes and by the adapters over a real server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from activities.adapters.credits_http import HttpCredits
from activities.adapters.helpdesk_http import HttpHelpdesk
from activities.adapters.http import Http
from activities.adapters.reviews_http import HttpReviews
from activities.ports import Busy, Credit, Credits, Ended, Helpdesk, Receipt, Refused, Review, Reviews, Unreachable
from starter.http_sink import HttpSink
from starter.sink import Fault
from tests.support.fakes import FakeCredits, FakeHelpdesk, FakeReviews, Faults

CREDIT = Credit("acme/1/1/breach/credit", "acme/1", "Hanbit", "gold", "10", "resolution broken")
REVIEW = Review(
    "acme/1/1/breach/review", "acme/1", "Review of #1", datetime(2026, 3, 31, 1, 0, tzinfo=UTC), 60, "What happened?",
    ("kim@rung.example", "lee@rung.example"), "# Review",
)  # fmt: skip


@dataclass
class Rig:
    """The three systems, and what became of them: `done` lists key and what was done."""

    helpdesk: Helpdesk
    credits: Credits
    reviews: Reviews
    done: Callable[[], list[tuple[str, str]]]
    fail: Callable[[str], None]

    def calls(self) -> dict[str, Callable[[], Awaitable[Receipt]]]:
        return {
            "flags": lambda: self.helpdesk.flag("acme/1", "SLA caution", "k/flag"),
            "comments": lambda: self.helpdesk.comment("acme/1", "half is gone", "k/comment"),
            "assignee": lambda: self.helpdesk.reassign("acme/1", "lee", "k/reassign"),
            "priority": lambda: self.helpdesk.priority("acme/1", "P1", "k/priority"),
            "granted": lambda: self.credits.grant(CREDIT),
            "revoked": lambda: self.credits.revoke(CREDIT.key, "waived"),
            "scheduled": lambda: self.reviews.schedule(REVIEW),
        }


KEYS = {
    "flags": "k/flag", "comments": "k/comment", "assignee": "k/reassign", "priority": "k/priority",
    "granted": CREDIT.key, "revoked": f"{CREDIT.key}/revoke", "scheduled": REVIEW.key,
}  # fmt: skip


@pytest.fixture(params=["fake", "real"])
def rig(request: pytest.FixtureRequest, http: Http, http_sink: HttpSink) -> Rig:
    return fake_rig() if request.param == "fake" else real_rig(http, http_sink)


@pytest.fixture(params=list(KEYS))
def what(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fake_rig() -> Rig:
    helpdesk, credits, reviews = FakeHelpdesk(), FakeCredits(), FakeReviews()

    def done() -> list[tuple[str, str]]:
        return [
            *((key, what) for key, (what, _, _) in helpdesk.done.items()),
            *((key, "granted") for key in credits.granted),
            *((f"{key}/revoke", "revoked") for key in credits.revoked),
            *((key, "scheduled") for key in reviews.scheduled),
        ]

    def fail(how: str) -> None:
        fakes: tuple[Faults, ...] = (helpdesk, credits, reviews)
        for fake in fakes:
            errors = {"refused": Refused("no"), "busy": Busy("later", 30), "lost": Unreachable("lost")}
            fake.fail_next(errors[how], taken_first=how == "lost")

    return Rig(helpdesk, credits, reviews, done, fail)


def real_rig(http: Http, sink: HttpSink) -> Rig:
    def done() -> list[tuple[str, str]]:
        names = {"credit revoked": "revoked", "Review of #1": "scheduled", "credit of 10 %": "granted"}
        return [(item.key, names.get(item.subject, item.subject)) for item in sink.received]

    def fail(how: str) -> None:
        faults = {"refused": Fault(422), "busy": Fault(503, {"Retry-After": "30"}), "lost": Fault(lost=True)}
        sink.fail_next(faults[how])

    base = sink.url
    return Rig(HttpHelpdesk(http, base, "t"), HttpCredits(http, base, "t"), HttpReviews(http, base, "t"), done, fail)


async def test_every_change_is_made_once_however_often_its_key_is_sent(rig: Rig, what: str) -> None:
    for _ in range(2):
        assert (await rig.calls()[what]()).provider

    assert rig.done() == [(KEYS[what], what)]


async def test_a_refused_change_is_not_made(rig: Rig, what: str) -> None:
    rig.fail("refused")

    with pytest.raises(Refused):
        await rig.calls()[what]()

    assert rig.done() == []


async def test_a_busy_system_says_how_long_and_nothing_is_changed(rig: Rig, what: str) -> None:
    rig.fail("busy")

    with pytest.raises(Busy) as busy:
        await rig.calls()[what]()

    assert (busy.value.retry_after, rig.done()) == (30, [])


async def test_after_a_lost_answer_the_second_attempt_changes_nothing_more(rig: Rig, what: str) -> None:
    rig.fail("lost")

    with pytest.raises(Unreachable):
        await rig.calls()[what]()
    await rig.calls()[what]()

    assert rig.done() == [(KEYS[what], what)]


async def test_a_ticket_without_a_tenant_is_refused_before_anything_is_sent(rig: Rig) -> None:
    with pytest.raises(Refused, match="tenant/id"):
        await rig.helpdesk.flag("4711", "SLA caution", "k")

    assert rig.done() == []


async def test_a_review_without_a_zone_is_refused_before_anything_is_sent(rig: Rig) -> None:
    naive = Review("k", "acme/1", "Review", datetime(2026, 3, 31), 60, "")  # noqa: DTZ001

    with pytest.raises(Refused, match="without a zone"):
        await rig.reviews.schedule(naive)

    assert rig.done() == []


@pytest.mark.parametrize(
    ("ticket", "path"),
    [
        ("acme/4711", "/tickets/acme/4711/flags"),
        ("acme/a/b?c#d", "/tickets/acme/a%2Fb%3Fc%23d/flags"),
        ("한빛/티켓 1", "/tickets/%ED%95%9C%EB%B9%9B/%ED%8B%B0%EC%BC%93%201/flags"),
    ],
)
async def test_a_ticket_id_cannot_leave_its_place_in_the_address(
    http: Http, http_sink: HttpSink, ticket: str, path: str
) -> None:
    await HttpHelpdesk(http, http_sink.url, "token").flag(ticket, "x", "k")

    assert [(request.method, request.path) for request in http_sink.requests] == [("POST", path)]


@pytest.mark.parametrize("ticket", ["acme/..", "acme/.", "../1", "acme/", "/1"])
async def test_a_ticket_id_of_dots_or_nothing_is_refused(http: Http, http_sink: HttpSink, ticket: str) -> None:
    with pytest.raises(Refused):
        await HttpHelpdesk(http, http_sink.url).flag(ticket, "x", "k")

    assert http_sink.requests == []


async def test_the_helpdesk_says_which_tickets_it_has_closed(http: Http, http_sink: HttpSink) -> None:
    answer = {"closed": [{"ticket": "acme/1", "at": "2026-03-30T15:00:00+09:00"}, {"ticket": "acme/9",
              "at": "2026-03-30T15:00:00Z"}], "more": 1}  # fmt: skip
    http_sink.fail_next(Fault(200, body=json.dumps(answer)))
    found = await HttpHelpdesk(http, http_sink.url, "t").closed(["acme/1", "acme/a b&ticket=acme/2"])
    assert found == [Ended("acme/1", datetime(2026, 3, 30, 6, 0, tzinfo=UTC))]  # acme/9 was not asked about
    (request,) = http_sink.requests
    assert (request.method, request.path) == (
        "GET", "/closed?ticket=acme%2F1&ticket=acme%2Fa+b%26ticket%3Dacme%2F2"
    )  # fmt: skip


@pytest.mark.parametrize("status", [404, 405])
async def test_a_helpdesk_without_the_question_cannot_be_asked(http: Http, http_sink: HttpSink, status: int) -> None:
    http_sink.fail_next(Fault(status))
    assert await HttpHelpdesk(http, http_sink.url, "t").closed(["acme/1"]) is None


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"closed": ["acme/1"]}',
                                  '{"closed": [{"ticket": "acme/1", "at": "2026-03-30T15:00:00"}]}'])  # fmt: skip
async def test_an_answer_on_closed_tickets_that_is_none_is_refused(http: Http, http_sink: HttpSink, body: str) -> None:
    http_sink.fail_next(Fault(200, body=body))
    with pytest.raises(Refused, match="closed"):
        await HttpHelpdesk(http, http_sink.url, "t").closed(["acme/1"])


async def test_the_calls_carry_token_key_and_content(http: Http, http_sink: HttpSink) -> None:
    rig = real_rig(http, http_sink)
    for call in rig.calls().values():
        await call()

    assert {request.headers["authorization"] for request in http_sink.requests} == {"Bearer t"}
    assert [request.headers["idempotency-key"] for request in http_sink.requests] == list(KEYS.values())
    assert [(request.method, request.path, json.loads(request.body)) for request in http_sink.requests] == [
        ("POST", "/tickets/acme/1/flags", {"text": "SLA caution", "key": "k/flag"}),
        ("POST", "/tickets/acme/1/comments", {"text": "half is gone", "key": "k/comment"}),
        ("PUT", "/tickets/acme/1/assignee", {"assignee": "lee", "key": "k/reassign"}),
        ("PUT", "/tickets/acme/1/priority", {"priority": "P1", "key": "k/priority"}),
        (
            "POST",
            "/credits",
            {
                "key": CREDIT.key, "ticket": "acme/1", "customer": "Hanbit", "tier": "gold", "percent": "10",
                "reason": "resolution broken",
            },
        ),
        ("POST", "/revocations", {"key": CREDIT.key, "reason": "waived"}),
        (
            "POST",
            "/reviews",
            {
                "key": REVIEW.key, "ticket": "acme/1", "title": "Review of #1", "starts_at": "2026-03-31T01:00:00Z",
                "minutes": 60, "agenda": "What happened?", "invitees": ["kim@rung.example", "lee@rung.example"],
                "draft": "# Review",
            },
        ),
    ]  # fmt: skip
