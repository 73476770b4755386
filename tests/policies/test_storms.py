"""Every storm leads to exactly what it says, line by line: nothing extra, nothing missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.major_incident import rules_of
from policies.scenario import BadScenario
from policies.storm import difference, read_storm
from tests.support.scenarios import CATALOG, storm_files

FILES = storm_files()
TEXT = next(path for path in FILES if path.stem == "three-at-the-edge").read_text(encoding="utf-8")


def said(text: str) -> str:
    storm = read_storm(text)
    return difference(storm, rules_of(CATALOG.policy(CATALOG.latest(storm.policy))))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_storm_leads_to_what_it_says(path: Path) -> None:
    assert said(path.read_text(encoding="utf-8")) == ""


def test_there_are_twenty_of_them_and_all_say_what_they_show() -> None:
    titles = [read_storm(path.read_text(encoding="utf-8")).title for path in FILES]
    assert len(FILES) >= 20
    assert all(len(title) > 15 for title in titles)
    assert len(set(titles)) == len(titles)


def test_what_is_missing_and_what_is_extra_is_told() -> None:
    arrow = TEXT.splitlines(keepends=True)[-1]
    assert said(TEXT.removesuffix(arrow)).startswith("after T-3 expected\nnothing\ngot\nFri 27 Mar 2026 16:14:59")
    assert said(TEXT.replace("T-1 T-2 T-3", "T-2 T-3")).startswith("after T-3 expected")
    early = "Fri 27 Mar 16:10        -> proposed mail/mail/default/T-1: T-1\n"
    assert said(TEXT.replace("Fri 27 Mar 16:14", early + "Fri 27 Mar 16:14", 1)).startswith("after T-2 expected")


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("Fri 27 Mar 16:00  service=mail", "write the ticket that arrives"),
        ("Mon 27 Mar 2026 16:00  T-9 service=mail", "is a Fri, not a Mon"),
        ("Fri 27 Mar 2026 16:00  T-9 sevrice=mail", "a ticket has no 'sevrice'"),
        ("ticket tier=gold", "write 'policy', 'zone'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, part: str) -> None:
    with pytest.raises(BadScenario, match=part) as caught:
        read_storm(f"{TEXT}{line}\n", "mine")
    assert str(caught.value).startswith(f"mine:{len(TEXT.splitlines()) + 1}  ")


def test_a_script_without_a_ticket_is_none() -> None:
    with pytest.raises(BadScenario, match="no ticket arrives"):
        read_storm("policy storms.v1\n")
