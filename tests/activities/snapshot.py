"""`python -m tests.activities.snapshot --write`: every message, language and channel as a text file, friendly and hostile.

Read the difference before it is committed: it is what people will get.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from activities.adapters import slack, smtp, teams, twilio
from activities.parts import MESSAGES
from activities.phrases import COMPLETE
from activities.ports import Message
from activities.requests import (
    MUTED,
    OVER,
    PAUSED,
    REPRIORITISED,
    RESUMED,
    UNMUTED,
    DigestRequest,
    DigestRow,
    OutageUpdate,
)
from activities.segments import length
from policies.outage import Scope
from starter.sample_messages import KEY, NOW, Sample, sample

FOLDER = Path(__file__).parent / "snapshots"
MOODS = ("friendly", "hostile")
LONG = "Ω名" * 5_000
"""10,000 letters."""
EVIL = (
    "<script>alert(1)</script>\r\nBcc: all@rung.example\n\n<!channel> <@U1> & *b* [bank](https://evil.example)\x00\x1b[31m "
    "\u202egnp.exe \u2066x\u2069 </Say><Dial>+1900</Dial> {{ 7*7 }} {% raw %} \ud800 \U0001f468\u200d\U0001f469 \"'"
)
ARABIC = "\u202bشركة الأمل\u202c <b>\n\u2028 עברית"


def hostile(language: str) -> Sample:
    """Everything a stranger can write is against us."""
    friendly = sample(language)
    ticket = replace(
        friendly.ticket, id="47<1>\n1" + LONG, summary=EVIL + LONG, customer=ARABIC + LONG, service=EVIL, assignee=EVIL,
        tier=EVIL, urgency=ARABIC,
    )  # fmt: skip
    return replace(
        friendly, ticket=ticket, to=replace(friendly.to, name=ARABIC + EVIL), why=EVIL + LONG, item=EVIL + LONG
    )  # fmt: skip


@cache
def made(language: str, mood: str) -> dict[str, Message]:
    """Name -> message."""
    source = sample(language) if mood == "friendly" else hostile(language)
    return {name: source.message(name) for name in MESSAGES}


def written(language: str, mood: str) -> str:
    """What stands in the file."""
    return "\n".join(_told(name, message) for name, message in made(language, mood).items())


def written_of_outages(language: str) -> str:
    """All that is said of outages: each kind of digest, updates to stakeholders, mails to customers."""
    source = sample(language)
    word, to, lasts = source.wording, source.to, source.lasting()
    over, unknown = replace(lasts, ended_at=lasts.since + 9000), replace(lasts, expected=0, scope=Scope())
    row = DigestRow("4711", source.ticket.customer, source.ticket.summary, lasts.expected, unsent=2)
    kinds = (PAUSED, RESUMED, MUTED, UNMUTED, REPRIORITISED, OVER)
    digests = {
        kind: word.outage(DigestRequest(KEY, "kim", "email", kind, "INC-7", lasts.reason, (row,)), to) for kind in kinds
    }
    stand = {"lasting": lasts, "over": over, "without a scope or an end": unknown}
    updates = {f"update, {name}": word.outage_update(OutageUpdate(KEY, "kim", "email", one, NOW, 120), to)
               for name, one in stand.items()}  # fmt: skip
    many = tuple(str(number) for number in range(4711, 4753))
    mails = {f"customer, {name}": word.disruption(KEY, one, many[:2], to) for name, one in stand.items()}
    mails["customer of many tickets"] = word.disruption(KEY, lasts, many, to)
    statuses = "\n".join(f"===== status, {name} =====\n{word.status(one, to, NOW)}\n" for name, one in stand.items())
    return "\n".join(_told(name, message) for name, message in (digests | updates | mails).items()) + statuses


def file_of(language: str, mood: str) -> Path:
    return FOLDER / f"{language}.{mood}.txt"


def _told(name: str, message: Message) -> str:
    measured = length(message.short)
    parts = {
        "subject": message.subject,
        "body": message.body.strip(),
        f"sms, {measured.units} of {measured.encoding}, parts: {measured.parts}": twilio.text_message(message),
        "voice": twilio.speech(message),
        "slack": _json(slack.card(message)),
        "teams": _json(teams.card(message)),
        "html": re.sub(r' style="[^"]*"', "", smtp.page(message).partition("<h1")[2].partition("</div>\n</body>")[0]),
    }
    return f"===== {name} =====\n" + "\n".join(f"--- {part}\n{text}" for part, text in parts.items()) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    if "--write" not in sys.argv:
        sys.exit(__doc__)
    for language in COMPLETE:
        for mood in MOODS:
            file_of(language, mood).write_text(written(language, mood), encoding="utf-8")
        file_of(language, "outages").write_text(written_of_outages(language), encoding="utf-8")
