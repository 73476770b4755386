"""SMS and voice calls through Twilio, or anything that speaks its 2010-04-01 API.

Must never cut a word in a text message without saying so, nor let a ticket's text act as TwiML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.sax.saxutils import escape

from activities.adapters.http import Answer, Call, Http, as_form, basic, header_key, under
from activities.fitting import fit, one_line
from activities.ports import Contact, Message, Receipt, Refused
from activities.segments import within

RECEIPTS = "/receipts/twilio"
"""Where our doors take them."""
_LONGEST_SPEECH = 1000
_VOICES = {
    "ko": "ko-KR", "en": "en-US", "ja": "ja-JP", "es": "es-ES", "fr": "fr-FR", "zh": "zh-CN", "de": "de-DE",
}  # fmt: skip


@dataclass(frozen=True)
class TwilioAccount:
    """Who pays: the account, its token, and the number (or messaging service) that messages come from."""

    sid: str
    token: str = field(repr=False)
    sender: str = ""
    base: str = "https://api.twilio.com"
    name: str = "twilio"
    """What it is called where there are two."""
    receipts: str = ""
    """Where it says what became of a message, as it reaches us; empty = nowhere."""


class SmsNotifier:
    """Channel `sms`: the message's short line, at most two parts of a text message."""

    channel = "sms"

    def __init__(self, http: Http, account: TwilioAccount) -> None:
        self._http = http
        self._account = account

    async def send(self, message: Message, to: Contact) -> Receipt:
        """The reference is Twilio's message sid."""
        form = {"To": _number(to), **_sender(self._account), "Body": text_message(message)}
        answer = await _post(self._http, self._account, "Messages.json", message.key, form)
        return _receipt(self._account, answer)


class PhoneNotifier:
    """Channel `phone`: a call that reads the spoken text out twice, in the recipient's language."""

    channel = "phone"

    def __init__(self, http: Http, account: TwilioAccount) -> None:
        self._http = http
        self._account = account

    async def send(self, message: Message, to: Contact) -> Receipt:
        """The reference is Twilio's call sid. That the call was placed does not mean that it was answered.

        Where receipts come, Twilio also listens whether a human answers: a mailbox acknowledges nothing.
        """
        form = {"To": _number(to), "From": self._account.sender, "Twiml": speech(message)}
        if self._account.receipts:
            form["MachineDetection"] = "Enable"
        answer = await _post(self._http, self._account, "Calls.json", message.key, form)
        return _receipt(self._account, answer)


def text_message(message: Message) -> str:
    """One line of at most two parts: 306 letters of GSM-7, or 134 units as soon as one letter is another."""
    return within(one_line(message.short or message.subject))


def speech(message: Message) -> str:
    """TwiML that says the spoken text twice; a dialled sleeper misses the first one."""
    text = fit(one_line(message.voice or message.short or message.subject), _LONGEST_SPEECH, escape)
    language = message.language.replace("_", "-")
    voice = language if "-" in language else _VOICES.get(language.lower(), "en-US")
    return f'<Response><Say language="{escape(voice, _QUOTES)}" loop="2">{text}</Say></Response>'


_QUOTES: Mapping[str, str] = {'"': "&quot;"}


def receipts_at(base: str, key: str) -> str:
    """The address for the receipts of one message. It is signed with the call, so both sides must write it alike."""
    return f"{base}?key={quote(key, safe='')}"


def _receipt(account: TwilioAccount, answer: Answer) -> Receipt:
    return Receipt(account.name, answer.value("sid"), awaited=bool(account.receipts))


async def _post(http: Http, account: TwilioAccount, what: str, key: str, form: Mapping[str, str]) -> Answer:
    if account.receipts:
        form = {**form, "StatusCallback": receipts_at(account.receipts, key)}
    call = Call(
        account.name,
        under(account.base, "2010-04-01", "Accounts", account.sid, what),
        key,
        body=as_form(form),
        content_type="application/x-www-form-urlencoded",
        headers={**basic(account.sid, account.token), "I-Twilio-Idempotency-Token": header_key(key)},
        secrets=(account.token,),
    )
    return await http.send(call)


def _number(to: Contact) -> str:
    if not to.phone:
        raise Refused(f"{to.person} has no phone number; set `phone` in the directory")
    return to.phone


def _sender(account: TwilioAccount) -> dict[str, str]:
    return {("MessagingServiceSid" if account.sender.startswith("MG") else "From"): account.sender}
