"""A page says what its reader may decide and spend (E3), and says nothing where the policy says nothing."""

from __future__ import annotations

import pytest

from activities.phrases import COMPLETE
from activities.ports import Contact, Message
from activities.requests import NotifyRequest, Situation
from activities.wording import Wording
from policies.people import Delivery
from policies.plan import Effect, Reason
from policies.ticket import Ticket


def body(situation: Situation) -> str:
    effect = Effect("t/1/resolution.1/half", "page", "half", "resolution.1", 0, level=2)
    ticket = Ticket("1", tier="gold", urgency="high")
    request = NotifyRequest(effect.key, effect, Delivery("lee", "email", "team-lead"), ticket, situation)
    return Wording().message(request, Contact(person="lee", name="Lee", zone="Asia/Seoul")).body


def test_authority_stands_in_the_page():
    lines = body(Situation(may_decide="call in the vendor", may_spend=12_000)).splitlines()
    assert "You may decide: call in the vendor" in lines
    assert "You may spend: up to 12,000" in lines


def test_without_authority_the_page_is_silent_about_it():
    assert "You may" not in body(Situation())


def approval(language: str, otherwise: str) -> Message:
    waits = "a service credit of 10% waits 4h for level 3, then it is granted"
    reason = Reason("approval", "resolution", seconds=14_400, level=3, of="10%", to=otherwise)
    effect = Effect(
        "t/1/resolution.1/breach/credit/approval", "page", "approve-breach", "", 0, why=waits, reason=reason
    )
    delivery = Delivery("choi", "email", "department-head")
    request = NotifyRequest(effect.key, effect, delivery, Ticket("1", tier="gold", urgency="high"), Situation())
    return Wording().message(request, Contact(person="choi", name="Choi", language=language))


@pytest.mark.parametrize("language", COMPLETE)
def test_who_is_asked_for_a_credit_hears_how_much_how_long_and_what_happens_otherwise(language: str) -> None:
    granted, withheld = approval(language, "grant"), approval(language, "withhold")
    assert all("10%" in part for part in (granted.text, granted.short))
    assert "4" in granted.text
    assert (granted.text == withheld.text) is (language == "en")  # English readers get the core's own sentence
    asked = {approval(one, "grant").action for one in COMPLETE}
    assert len(asked) == len(COMPLETE)  # nobody falls back to English
