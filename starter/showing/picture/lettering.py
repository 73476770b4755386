"""Lettering: how wide a text is at most in any of the usual fonts, and how it is broken to fit.

A picture cannot ask a browser, so widths are those of the widest common sans-serif. Must never cut a text without
a mark.
"""

from __future__ import annotations

from unicodedata import combining, east_asian_width

from starter.showing.page import plain

_NARROW, _WIDE = "iIljtfr.,:;|!'()[]-/ \"", "mwMW@%&#+=<>~—→"


def width(text: str, size: float, bold: bool = False) -> float:
    """An upper bound in pixels."""
    return sum(_em(char) for char in text) * size * (1.09 if bold else 1.0)


def _em(char: str) -> float:
    if combining(char):
        return 0.0
    if east_asian_width(char) in "WF" or ord(char) > 0x2FFF:
        return 1.05
    if char in _NARROW:
        return 0.42
    return 0.98 if char in _WIDE else 0.72 if char.isupper() else 0.62


def wrapped(text: str, room: float, size: float, most: int, bold: bool = False) -> list[str]:
    """At most `most` lines of at most `room` pixels; what is left out leaves an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in _words(plain(text), room, size, bold):
        longer = f"{line} {word}".strip()
        if line and width(longer, size, bold) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    lines += [line] if line else []
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _shortened(lines[most - 1], room, size, bold)]


def _words(text: str, room: float, size: float, bold: bool) -> list[str]:
    """Words, those too long for a line cut into pieces."""
    found: list[str] = []
    for word in text.split():
        piece = ""
        for char in word:
            if piece and width(piece + char, size, bold) > room:
                found.append(piece)
                piece = ""
            piece += char
        found.append(piece)
    return found


def _shortened(line: str, room: float, size: float, bold: bool) -> str:
    while line and width(f"{line} …", size, bold) > room:
        line = line[:-1]
    return f"{line.rstrip()} …"


def fitted(text: str, room: float, size: float) -> str:
    """One line, with an ellipsis where it was too long."""
    return (wrapped(text, room, size, 1) or [""])[0]
