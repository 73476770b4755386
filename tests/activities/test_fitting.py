"""Fitting text into limits: never too long, never split inside an escape, never cut without saying so."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from activities.fitting import fit, one_line, printable

TEXTS = st.text(st.sampled_from("ab &<>가😀\n\t"), max_size=80)


@given(TEXTS, st.integers(1, 60))
def test_a_fitted_text_keeps_the_limit_and_its_beginning(text: str, limit: int) -> None:
    fitted = fit(text, limit, escape)

    assert len(fitted) <= limit
    whole = escape(text)
    assert fitted == whole if len(whole) <= limit else fitted.endswith("…")
    assert whole.startswith(fitted.removesuffix("…"))


@given(TEXTS, st.integers(1, 60))
def test_an_escape_is_never_split(text: str, limit: int) -> None:
    parts = fit(text, limit, escape).split("&")[1:]

    assert all(part.startswith(("amp;", "lt;", "gt;")) for part in parts)


def test_words_stay_whole_where_there_is_a_gap_near_the_limit() -> None:
    assert fit("the payment page is down", 20) == "the payment page is…"
    assert fit("the payment page is down", 18) == "the payment page…"
    assert fit("a incomprehensibilities", 12) == "a incompreh…"


def test_one_line_has_no_breaks_and_no_controls() -> None:
    assert one_line(" a\r\nb\u2028c\x00d\x85e ") == "a b c d e"


def test_printable_keeps_lines_and_drops_controls() -> None:
    assert printable("a\r\nb\rc\x07\td\ud800") == "a\nb\nc\td"
