"""A rehearsal as a picture: whatever happens, it is all there, in order, inside the page and on top of nothing."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policies.catalog import PUBLISHED
from policies.scenario import read_scenario
from starter.rehearsing import Played, play
from starter.showing.picture.axis import CLOSED, FOLDED, OPEN, axis, settled
from starter.showing.picture.drawing import draw
from starter.showing.picture.lettering import width, wrapped
from starter.showing.picture.symbols import MEANINGS, SHAPES
from tests.starter.on_paper import rung, unfit
from tests.support.scenarios import CATALOG, FOLDER, scenario_files

SCRIPTS = scenario_files()
SVG = "{http://www.w3.org/2000/svg}"
HOUR = 3600
Box = tuple[float, float, float, float, str]


def played(path: Path) -> Played:
    return play(CATALOG, read_scenario(path.read_text(encoding="utf-8"), path.name))


def of_text(text: str) -> Played:
    return play(CATALOG, read_scenario(text, "paper"))


def texts(root: ElementTree.Element) -> list[Box]:
    """Every text that lies flat, as left, top, right, bottom and words."""
    found: list[Box] = []
    for text in root.iter(f"{SVG}text"):
        if "transform" in text.attrib:
            continue
        size, words = float(text.attrib["font-size"]), text.text or ""
        wide = width(words, size, "font-weight" in text.attrib)
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        left = x - wide if text.attrib.get("text-anchor") == "end" else x
        found.append((left, y - size * 0.8, left + wide, y + size * 0.2, words))
    return found


def overlapping(boxes: list[Box]) -> list[tuple[str, str]]:
    return [
        (a[4], b[4]) for a, b in combinations(boxes, 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]  # fmt: skip


def outside(root: ElementTree.Element, boxes: list[Box]) -> list[str]:
    _, _, wide, high = (float(part) for part in root.attrib["viewBox"].split())
    return [box[4] for box in boxes if box[0] < 0 or box[1] < 0 or box[2] > wide or box[3] > high]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_everything_of_a_time_line_is_in_the_picture_in_order_and_in_its_place(path):
    found = played(path)
    root = ElementTree.fromstring(draw(found))
    rows = [group for group in root.iter(f"{SVG}g") if group.attrib.get("class") == "row"]
    shown = [(int(row.attrib["data-at"]), row.attrib["data-rung"]) for row in rows if "data-rung" in row.attrib]
    assert sorted(shown) == sorted((entry.at, entry.rung) for entry in found.rehearsal.entries if entry.rung)
    assert all(a <= b for a, b in pairwise(int(row.attrib["data-at"]) for row in rows))
    firsts = [float(row.findall(f"{SVG}text")[-1].attrib["y"]) for row in rows]
    assert all(a < b for a, b in pairwise(firsts))
    boxes = texts(root)
    assert outside(root, boxes) == []
    assert overlapping(boxes) == []


def test_what_people_wrote_is_text_and_never_markup():
    root = ElementTree.fromstring(draw(of_text("""
        # <script>alert(1)</script> ]]> & "quoted" \x07 bell
        ticket tier=gold urgency=high assignee=kim
        Fri 27 Mar 2026 16:00 opened
        Fri 27 Mar 16:10 pause "outage:<b>x</b>"
        Fri 27 Mar 17:00 closed by="</svg><script>"
    """)))  # fmt: skip
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg", "title", "desc", "style", "defs", "pattern", "line", "rect", "g", "path", "text",
    }  # fmt: skip
    said = " ".join(words for *_, words in texts(root))
    assert all(part in said for part in ("<script>alert(1)</script>", "]]>", "<b>x</b>", "</svg><script>"))


def test_the_picture_has_a_title_a_description_and_both_looks():
    root = ElementTree.fromstring(draw(played(FOLDER / "pause-over-weekend.timeline")))
    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", "title desc")
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "A pause over the weekend costs nothing and loses no checkpoint"
    assert description is not None
    assert "Mon 30 Mar 2026 11:30 resolution-50: level 1, after 4h of 8h" in (description.text or "")
    assert "prefers-color-scheme:dark" in (root.findtext(f"{SVG}style") or "")


def test_a_pause_stands_beside_the_axis_for_as_long_as_it_lasts_with_its_name():
    root = ElementTree.fromstring(draw(played(FOLDER / "pause-over-weekend.timeline")))
    (pause,) = [group for group in root.iter(f"{SVG}g") if group.attrib.get("class") == "pause"]
    assert (pause.findtext(f"{SVG}title"), pause.findtext(f"{SVG}text")) == ("paused: customer", "customer")


def test_the_local_times_of_those_told_are_never_cut_off():
    found = played(FOLDER / "pause-over-weekend.timeline")
    times = {entry.key: "local time: boss Mon 30 Mar 02:30 (America/New_York)" for entry in found.rehearsal.entries}
    rows = [row for row in ElementTree.fromstring(draw(found, times)).iter(f"{SVG}g") if "data-rung" in row.attrib]
    assert len(rows) > 8
    for row in rows:
        assert "boss Mon 30 Mar 02:30" in " ".join(text.text or "" for text in row.iter(f"{SVG}text"))


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("rehearsals/*/*.timeline")), ids=lambda path: path.stem)
def test_nothing_of_the_library_is_cut_and_a_telephone_shows_letters_that_can_be_read(path):
    root = ElementTree.fromstring(draw(played(path)))
    assert [words for *_, words in texts(root) if "…" in words] == []
    smallest = min(float(text.attrib["font-size"]) for text in root.iter(f"{SVG}text"))
    assert smallest * 390 / float(root.attrib["width"]) > 9.5


def test_the_legend_names_what_is_there_and_nothing_else():
    root = ElementTree.fromstring(draw(played(FOLDER / "worker-down-over-two-rungs.timeline")))
    legend = next(group for group in root.iter(f"{SVG}g") if group.attrib.get("id") == "legend")
    said = [text.text for text in legend.iter(f"{SVG}text")]
    assert MEANINGS["superseded"] in said
    assert MEANINGS["pause"] not in said


def test_what_becomes_of_a_rung_is_told_by_shape_too():
    kinds = ("fired", "breach", "superseded", "skipped", "unnecessary", "not_sent", "ignored", "due", "due_broken")
    assert len({SHAPES[kind] for kind in kinds}) == len(kinds)
    assert set(SHAPES) == set(MEANINGS)


# --- the axis ----------------------------------------------------------------------------------------------


def test_a_weekend_does_not_eat_the_picture():
    made = axis([(0, 9 * HOUR), (72 * HOUR, 81 * HOUR)], [0, 81 * HOUR], 500)
    assert [band.kind for band in made.bands] == [OPEN, CLOSED, OPEN]
    assert made.bands[1].height * 5 < made.height
    assert made.bands[0].height == pytest.approx(made.bands[2].height)


def test_months_in_which_nothing_happens_are_folded():
    days = [(day * 24 * HOUR, (day * 24 + 9) * HOUR) for day in range(91)]
    made = axis(days, [0, HOUR, 90 * 24 * HOUR, (90 * 24 + 8) * HOUR], 400)
    assert [band.kind for band in made.bands] == [OPEN, FOLDED, OPEN]
    assert made.height == pytest.approx(400)


def test_open_time_is_to_scale_and_later_is_lower():
    made = axis([(0, 10 * HOUR)], [0, HOUR, 10 * HOUR], 400)
    assert made.y(2 * HOUR) - made.y(HOUR) == pytest.approx(made.y(9 * HOUR) - made.y(8 * HOUR))
    assert made.y(-5) == 0
    assert made.y(99 * HOUR) == pytest.approx(made.height)


def test_one_single_instant_is_a_picture_too():
    assert axis([], [1000], 200).height > 0


def test_labels_make_room_for_each_other_and_stay_as_near_as_they_can():
    assert settled([100, 100, 100], [20, 20, 20], 0) == [80, 100, 120]
    assert settled([0, 5, 300], [20, 20, 20], 0) == [0, 20, 300]


# --- the lettering -----------------------------------------------------------------------------------------


def test_words_are_broken_to_fit_and_what_is_left_out_leaves_a_mark():
    lines = wrapped("one two three " + "x" * 200, 120, 12, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(width(line, 12) <= 120 for line in lines)


def test_wide_letters_take_more_room():
    assert width("업무 시간", 12) > width("hours", 12)


# --- the command -------------------------------------------------------------------------------------------


def test_a_rehearsal_is_drawn_into_the_file_that_is_named(alone):
    script = str(FOLDER / "pause-over-weekend.timeline")
    assert rung("policy", "rehearse", script, "--svg", "out.svg").exit_code == 0
    assert ElementTree.fromstring((alone / "out.svg").read_text(encoding="utf-8")).tag == f"{SVG}svg"


@pytest.mark.usefixtures("alone")
def test_a_picture_that_cannot_be_written_says_what_to_do():
    script = str(FOLDER / "pause-over-weekend.timeline")
    assert "name a file in a folder that exists" in unfit("policy", "rehearse", script, "--svg", "no/where/out.svg")
    assert "name one file" in unfit("policy", "rehearse", script, script, "--svg", "out.svg")
