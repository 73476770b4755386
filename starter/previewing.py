"""What a message would look like on each channel, as the adapters make it. Must never send anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from activities.adapters import slack, smtp, teams, twilio, webhook
from activities.adapters.people_yaml import YamlDirectory
from activities.parts import MESSAGES
from activities.phrases import COMPLETE, languages
from activities.ports import Message, Refused
from activities.segments import length
from activities.wording import Wording
from policies.business_time import zone_of
from policies.suggestion import did_you_mean
from starter.answering import Unfit
from starter.sample_messages import Sample, sample
from starter.settings import Settings

CHANNELS = ("email", "sms", "phone", "slack", "teams", "webhook")


@dataclass(frozen=True)
class Preview:
    """One message in one language, and what each asked channel makes of it."""

    name: str
    language: str
    zone: str
    message: Message
    channels: dict[str, dict[str, Any]]


def preview(name: str, language: str, channel: str, zone: str) -> Preview:
    """Raises Unfit with every word that cannot be used."""
    faults = [
        f"{what} '{given}' is unknown{did_you_mean(given, known)}"
        for what, given, known in (
            ("message", name, MESSAGES), ("--lang", language, languages()), ("--channel", channel, (*CHANNELS, "all")),
        )
        if given not in known
    ]  # fmt: skip
    try:
        zone_of(zone)
    except (KeyError, ValueError, OSError):
        faults.append(f"--zone '{zone}' is no time zone; write one like Asia/Seoul")
    if faults:
        raise Unfit(faults)
    found = sample(language, zone)
    message = found.message(name)
    asked = CHANNELS if channel == "all" else (channel,)
    return Preview(name, language, zone, message, {one: shown_on(one, message, found) for one in asked})


def shown_on(channel: str, message: Message, about: Sample) -> dict[str, Any]:
    """What the adapter of `channel` would send."""
    if channel == "email":
        return {"subject": message.subject, "text": message.body, "html": smtp.page(message)}
    if channel == "sms":
        text = twilio.text_message(message)
        return {"text": text, **vars(length(text))}
    if channel == "phone":
        return {"says": message.voice, "twiml": twilio.speech(message)}
    if channel == "slack":
        return slack.card(message)
    return teams.card(message) if channel == "teams" else webhook.content(message, about.to)


@dataclass(frozen=True)
class Checked:
    """What falls back to English, what cannot be right, what is worth knowing."""

    missing: list[str]
    faults: list[str]
    notes: list[str]


async def check(settings: Settings) -> Checked:
    """Every phrase and template of every language, and the languages of the people."""
    wording = Wording()
    faults = [*wording.faults(), *_unrenderable(wording)]
    return Checked(wording.missing(), faults, [*_untold(settings, wording), *await _strangers(settings)])


def _unrenderable(wording: Wording) -> list[str]:
    """Templates that fail with the values there are."""
    found = []
    for language in languages():
        for name in MESSAGES:
            try:
                sample(language, wording=wording).message(name)
            except Exception as error:  # what a template does wrong is told by name
                found.append(f"{language}: {name}.txt cannot be rendered: {type(error).__name__}: {error}")
    return found


def _untold(settings: Settings, wording: Wording) -> list[str]:
    """Sentences of the policies that only English readers get as they were written: others get the facts."""
    catalog = settings.catalog()
    sentences: dict[str, str] = {}
    for name in catalog.policy_names():
        document = catalog.policy(name).document
        for why in (rung.why for rung in document.rungs if rung.why and rung.when.on and rung.track != "customer"):
            sentences.setdefault(why, name)
    return [
        f"{language}: no translation of '{why}' ({name}); the facts are told instead"
        for language in COMPLETE
        for why, name in sentences.items()
        if language != "en" and not wording.phrases(language).sentence(why)
    ]


async def _strangers(settings: Settings) -> list[str]:
    """People whose language nobody has translated."""
    directory, known = YamlDirectory(settings.people), languages()
    found = []
    try:
        people = (await directory.roster()).people
    except Refused as error:
        return [f"{settings.people.name} cannot be read: {error}".splitlines()[0]]
    for person in people:
        language = (await directory.contact(person)).language
        if language.partition("-")[0] not in known and language not in known:
            found.append(f"{person} reads '{language}', which has no templates: English is sent")
    return found
