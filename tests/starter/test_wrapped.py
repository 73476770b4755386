"""Long lines are wrapped under their heading and nothing of them is cut."""

from __future__ import annotations

import pytest
from rich.text import Text

from starter.showing.page import page
from starter.showing.wrapped import print_wrapped, wrapped

HEAD = "  Fri 27 Nov 2026 22:00      -> "
WORDS = "email to lee (team-lead) via smtp  [SLA warning] #D-101 - Hanbit Mart - Card payments time out"


@pytest.mark.parametrize("width", [20, 80, 120])
def test_every_word_is_there_and_begins_where_the_heading_ends(width):
    lines = [line.plain for line in wrapped(page(width), Text(HEAD), Text(WORDS))]
    assert " ".join(" ".join(line[len(HEAD) :] for line in lines).split()) == " ".join(WORDS.split())
    assert [line[: len(HEAD)] for line in lines] == [HEAD, *[" " * len(HEAD)] * (len(lines) - 1)]
    assert max(map(len, lines)) < max(width, len(HEAD) + 31)


def test_a_heading_without_words_stands_alone(capsys):
    print_wrapped(page(80), Text("  Mon 30 Nov  "), Text())
    assert capsys.readouterr().out == "  Mon 30 Nov\n"
