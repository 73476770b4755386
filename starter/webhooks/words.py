"""What a door tells whoever came: a name, the facts, and the sentence in their language.

The sentences stand in `activities/templates/<language>/phrases.yaml` under `doors`. Must never hold a sentence itself,
nor tell more than the message did.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from babel import negotiate_locale

from activities.phrases import FALLBACK, Phrases, languages
from activities.ports import Directory, Refused
from starter.gateway import GatewayError

Tongue = Callable[[str], Awaitable[str]]
"""A person -> the language they read."""


@dataclass(frozen=True)
class Word:
    """One answer. `name` is its phrase, `status` is HTTP's, `facts` fill its places."""

    name: str
    status: int = 200
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return self.status < 300

    def title(self, phrases: Phrases) -> str:
        """The heading, without a full stop."""
        return phrases(f"doors.{self.name}.title", **self.facts)

    def text(self, phrases: Phrases) -> str:
        """What it means for them."""
        return phrases(f"doors.{self.name}.text", **self.facts)


def unreachable(error: GatewayError) -> Word:
    """When the tickets do not answer. TRAP: the reason names servers; it is for the log, not for the caller."""
    del error
    return Word("unreachable", 503)


@cache
def phrases_in(language: str) -> Phrases:
    """The phrases of a language; English where nobody has translated it."""
    return Phrases(language)


def asked_for(header: str) -> str:
    """The language of an `Accept-Language` header: for somebody who cannot show who they are."""
    wanted = [part.partition(";")[0].strip()[:20] for part in header[:200].split(",")]
    return negotiate_locale([one for one in wanted if one], languages(), sep="-") or FALLBACK


def tongue(directory: Directory) -> Tongue:
    """As the directory says at that moment; English for whoever it does not know."""

    async def language(person: str) -> str:
        try:
            return (await directory.contact(person)).language
        except Refused:
            return FALLBACK

    return language


async def english(person: str) -> str:
    """Where there is no directory."""
    del person
    return FALLBACK
