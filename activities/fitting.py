"""Fitting text into the limits of other people's formats.

Cuts are always visible (an ellipsis) and never split a word where there is a gap to cut at. What a stranger wrote comes
in through `tamed`. Must never change what a text says in any other way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_GAPS = re.compile(r"\s+")
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_DIRECTIONS = re.compile("[\u200e\u200f\u061c\u2066-\u2069]")
_SHORTEST_SHARE = 0.6
"""A word is cut when keeping it whole would cost more than the rest of the limit."""
ISOLATED, END = "\u2068", "\u2069"


def one_line(text: str) -> str:
    """Without line breaks and control characters: safe as a header or a single line."""
    return _GAPS.sub(" ", _CONTROLS.sub(" ", text)).strip()


def printable(text: str) -> str:
    """Without control characters; line breaks and tabs stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def tamed(text: str, limit: int) -> str:
    """A stranger's text as one line of at most `limit` characters that cannot turn the text around it.

    Marks of direction are taken out; a text that runs from right to left is isolated (Unicode TR 9, FSI and PDI).
    """
    flat = fit(one_line(_DIRECTIONS.sub("", text)), limit)
    leftwards = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in flat)
    return f"{ISOLATED}{flat}{END}" if leftwards else flat


def plain(text: str) -> str:
    """Without the marks that isolate a text: for those who hear it."""
    return _DIRECTIONS.sub("", text)


def fit(text: str, limit: int, encode: Callable[[str], str] = str, ellipsis: str = "…") -> str:
    """`encode(text)`, cut to at most `limit` characters once encoded; an escape is never split."""
    whole = encode(text)
    if len(whole) <= limit:
        return whole
    ellipsis = f"{END}{ellipsis}" if ISOLATED in text else ellipsis
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(encode(text[:middle]) + ellipsis) <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    return encode(_back_to_gap(text, low)) + ellipsis


def _back_to_gap(text: str, length: int) -> str:
    """The head of `text` without the word that the cut would split."""
    head = text[:length]
    if text[length : length + 1].isspace():
        return head.rstrip()
    gaps = [gap.start() for gap in _GAPS.finditer(head)]
    return head[: gaps[-1]] if gaps and gaps[-1] >= length * _SHORTEST_SHARE else head.rstrip()
