"""A page to one of ours can be acknowledged from the message; nothing else carries a button. Sent again, it is the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from activities.adapters import slack, smtp, teams, webhook
from activities.adapters.http import utc_now
from activities.adapters.slack import BUTTON
from activities.claims import Claims
from activities.notifications import Notifications
from activities.ports import Contact, Message, Press, Receipt, Refused
from activities.pressing import HOUR, Pressing
from activities.requests import NotifyRequest
from activities.wording import Wording
from policies.people import CUSTOMER, Delivery, Roster
from policies.plan import Reason
from starter.sample_messages import BREACH, BROKEN, sample

CLAIMS = Claims(["a secret of ours"])
PRESSING = Pressing(CLAIMS, "https://rung.example.com", 24)
PAGE = NotifyRequest("k", BREACH, Delivery("lee", "email", "team-lead"), sample("en").ticket, BROKEN)
TO = Contact("lee", "Lee", email="lee@example.com", language="ko", zone="Asia/Seoul")


class Desk:
    """A directory with one person and a channel that keeps what it gets."""

    channel = "email"

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def roster(self) -> Roster:
        return Roster()

    async def contact(self, person: str) -> Contact:
        if person != "lee":
            raise Refused(f"no {person}")
        return TO

    async def send(self, message: Message, to: Contact) -> Receipt:
        self.sent.append(message)
        return Receipt("desk")


async def sent(request: NotifyRequest, pressing: Pressing | None = PRESSING) -> Message:
    desk = Desk()
    await Notifications({"email": desk}, desk, Wording(), pressing).notify(request)
    return desk.sent[0]


def page(**changes: object) -> NotifyRequest:
    effect = replace(PAGE.effect, kind="page", due=1_774_224_000, late=120, cycle="resolution.1")
    return replace(PAGE, effect=replace(effect, **changes))  # type: ignore[arg-type]


async def test_a_page_carries_a_claim_of_its_ticket_round_and_person() -> None:
    request = page()
    message = await sent(request)
    claim = CLAIMS.read(message.press.token, 1_774_224_000)
    assert (claim.tenant, claim.ticket) == (request.ticket.tenant, request.ticket.id)
    assert (claim.round, claim.person, claim.until) == ("resolution.1", "lee", 1_774_224_120 + 24 * HOUR)
    assert message.press.link == f"https://rung.example.com/a/{message.press.token}"
    assert message.press.label == "확인하고 담당하기"
    assert (await sent(request)).press == message.press


async def test_what_informs_and_what_customers_read_has_nothing_to_press() -> None:
    assert (await sent(page(kind="inform"))).press.link == ""
    assert (await sent(page(), None)).press.link == ""
    assert (
        await sent(page(reason=Reason("approval", to="grant")))
    ).press.link == ""  # it asks for a decision, not for a taker
    assert PRESSING.button(replace(page(), delivery=replace(page().delivery, role=CUSTOMER)), "x").link == ""


def button(message: Message, answers: bool) -> dict[str, Any]:
    """The one in the Slack card."""
    card: Any = slack.card(message, answers)
    (found,) = [e for b in card["attachments"][0]["blocks"] if b["type"] == "actions" for e in b["elements"]]
    return dict(found)


async def test_each_channel_shows_it_in_its_own_way() -> None:
    message = await sent(page())
    mail = smtp.compose(message, TO, "rung@example.com", utc_now())
    text, html = (part.get_content() for part in mail.walk() if not part.is_multipart())
    assert f"확인하고 담당하기: {message.press.link}" in text
    assert f'<a href="{message.press.link}"' in html

    opens, tells = button(message, False), button(message, True)
    assert (opens["url"], "value" in opens) == (message.press.link, False)
    assert (tells["value"], "url" in tells, tells["action_id"]) == (message.press.token, False, BUTTON)

    card: Any = teams.card(message)
    (action,) = card["attachments"][0]["content"]["actions"]
    assert action == {"type": "Action.OpenUrl", "title": "확인하고 담당하기", "url": message.press.link}
    assert webhook.content(message, TO)["acknowledge"] == message.press.link


async def test_a_bundle_shows_one_for_each_of_its_tickets() -> None:
    presses = (
        Press("Acknowledge #<1>", "https://rung.example.com/a/1", "t1"),
        Press("Acknowledge #2", "https://rung.example.com/a/2", "t2"),
    )
    message = replace(await sent(page()), press=Press(), presses=presses)
    mail = smtp.compose(message, TO, "rung@example.com", utc_now())
    text, html = (part.get_content() for part in mail.walk() if not part.is_multipart())
    assert "Acknowledge #<1>: https://rung.example.com/a/1\nAcknowledge #2: https://rung.example.com/a/2\n" in text
    assert html.count("<a href=") == 2
    assert "Acknowledge #&lt;1&gt;</a>" in html
    blocks: Any = slack.card(message, True)["attachments"]
    found = [e["value"] for b in blocks[0]["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert found == ["t1", "t2"]
    content: Any = teams.card(message)["attachments"]
    assert [action["url"] for action in content[0]["content"]["actions"]] == [one.link for one in presses]
    each: Any = webhook.content(message, TO)["acknowledge_each"]
    assert [one["link"] for one in each] == [one.link for one in presses]


async def test_without_a_button_no_channel_shows_one() -> None:
    message = await sent(page(kind="inform"))
    assert "<a href" not in smtp.page(message)
    assert '"actions"' not in str(slack.card(message, True))
    assert "actions" not in str(teams.card(message))
