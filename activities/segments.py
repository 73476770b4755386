"""How long a text message is, as networks count: GSM-7 septets, or UCS-2 units as soon as one letter is foreign.

One letter outside GSM-7 costs more than half of the room, so the whole text is measured, never a part of it. Source:
3GPP TS 23.038 (the alphabet) and TS 23.040 (153 and 67 units a part). Must never cut without a sign.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from activities.fitting import fit

MOST = 2
"""Parts that a text message may have."""
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")
"""Letters of the extension table: two septets each."""

_PLAIN = {
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
    "\u00a0": " ", "\u202f": " ", "\u0153": "oe",
}  # fmt: skip
"""Quotes, dashes, blanks and ligatures of typographers, as GSM-7 writes them."""


@dataclass(frozen=True)
class Length:
    """`units` in `encoding`, sent as so many `parts`."""

    encoding: str
    units: int
    parts: int


def length(text: str) -> Length:
    """160 septets or 70 units in one part, 153 or 67 a part in several."""
    if all(letter in _BASIC or letter in _ESCAPED for letter in text):
        units, alone, each, name = sum(1 + (letter in _ESCAPED) for letter in text), 160, 153, "GSM-7"
    else:
        units, alone, each, name = len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67, "UCS-2"
    return Length(name, units, 1 if units <= alone else -(-units // each))


def folded(text: str) -> str:
    """Without the accents that GSM-7 lacks, if that alone makes it GSM-7: `Vencia` for `Vencía`; else as it is."""
    plain = "".join(letter if letter in _BASIC else _PLAIN.get(letter) or _unaccented(letter) for letter in text)
    return plain if length(plain).encoding == "GSM-7" else text


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """The longest head of `text` that `fits`, cut visibly; nothing where not even a letter does."""
    if fits(text):
        return text
    low, high = 0, max(len(text) - 1, 0)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(_cut(text, middle)) else (low, middle - 1)
    return _cut(text, low)


def within(text: str) -> str:
    """The text itself, or as much of it as `MOST` parts take."""
    return shortened(text, lambda tried: length(tried).parts <= MOST)


def _unaccented(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in base if not unicodedata.combining(part))


def _cut(text: str, letters: int) -> str:
    """TRAP: the ellipsis of typographers is no letter of GSM-7 and would halve the room."""
    dots = "..." if length(text).encoding == "GSM-7" else "…"
    return fit(text, letters, ellipsis=dots) if letters > len(dots) else ""
