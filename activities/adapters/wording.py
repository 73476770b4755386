"""Fitting text into the limits of other people's formats.

Cuts are always visible (an ellipsis) and never split a word where there is a gap to cut at. Must never change
what a text says in any other way.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_GAPS = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_SHORTEST_SHARE = 0.6
"""A word is cut when keeping it whole would cost more than the rest of the limit."""


def one_line(text: str) -> str:
    """Without line breaks and control characters: safe as a header or a single line."""
    return _GAPS.sub(" ", _CONTROLS.sub(" ", text)).strip()


def printable(text: str) -> str:
    """Without control characters; line breaks and tabs stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def fit(text: str, limit: int, encode: Callable[[str], str] = str, ellipsis: str = "…") -> str:
    """`encode(text)`, cut to at most `limit` characters once encoded; an escape is never split."""
    whole = encode(text)
    if len(whole) <= limit:
        return whole
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
