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
from activities.segments import length
from starter.sample_messages import Sample, sample

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
