"""A page says what its reader may decide and spend (E3), and says nothing where the policy says nothing."""

from __future__ import annotations

from activities.ports import Contact
from activities.requests import NotifyRequest, Situation
from activities.wording import Wording
from policies.people import Delivery
from policies.plan import Effect
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
