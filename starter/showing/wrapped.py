"""Long lines under their heading: wrapped with a hanging indent, so that nothing is cut and the eye finds its place."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

LEAST = 30
"""Columns for the words, however narrow the page or long the heading."""


def wrapped(page: Console, head: Text, words: Text) -> Iterator[Text]:
    """The lines of `words`, all beginning where `head` ends; only the first one shows it."""
    indent = head.cell_len
    pieces = words.wrap(page, max(page.width - 1 - indent, LEAST)) or [Text()]
    for number, piece in enumerate(pieces):
        line = (head if number == 0 else Text(" " * indent)) + piece
        line.rstrip()
        yield line


def folded(page: Console, words: Text) -> Iterator[Text]:
    """One line, or the first as long as the page and the rest beneath it, indented by four columns."""
    first, *rest = words.wrap(page, max(page.width - 1, LEAST)) or [Text()]
    first.rstrip()
    yield first
    if rest:
        yield from wrapped(page, Text("    "), Text(" ").join(rest))


def print_wrapped(page: Console, head: Text, words: Text) -> None:
    """TRAP: `soft_wrap` keeps the page from wrapping a second time."""
    for line in wrapped(page, head, words):
        page.print(line, soft_wrap=True)
