"""The drawing: a rehearsal from top to bottom - opening hours as an axis, pauses, a row for all that happens.

Everything that people wrote goes through the XML library, never into text of our own. Must never place two texts
over each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from policies.business_time import zone_of
from policies.duration import say_duration
from policies.explanation import Reading
from starter.rehearsing import Played
from starter.showing.page import clock_name, local, plain, year_of
from starter.showing.picture.axis import CLOSED, FOLDED, OPEN, Axis, Band, axis, settled
from starter.showing.picture.lettering import fitted, width, wrapped
from starter.showing.picture.pauses import Lane, lanes
from starter.showing.picture.rows import Row, anchors, due_kind, rows
from starter.showing.picture.symbols import MEANINGS, RADIUS, style, symbol
from starter.showing.picture.ticks import edge_texts, ticks
from starter.showing.working_days import wall

WIDTH, MARGIN = 440.0, 12.0
LANE, BAR, LEAD = 17.0, 15.0, 26.0
NAME, NOTE, SMALL = 14.0, 12.5, 11.0
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
MOST_LINES = 10
"""So many hold what the longest rung of the library does."""


@dataclass(frozen=True)
class Label:
    """A row broken into lines; `day` is written above the first row of a local day."""

    row: Row
    day: str
    name: tuple[str, ...]
    note: tuple[str, ...]

    @property
    def height(self) -> float:
        return (24 if self.day else 0) + 19 * len(self.name) + 16 * len(self.note) + 7


def draw(played: Played, local_times: Mapping[str, str] | None = None) -> str:
    """The SVG as text. `local_times`: effect's key -> the local times of those told."""
    return _Drawing(played, local_times or {}).text()


class _Drawing:
    """One picture in the making: the cursor goes down the page."""

    def __init__(self, played: Played, local_times: Mapping[str, str]) -> None:
        self.played, self.scenario = played, played.scenario
        self.zone = played.scenario.zone
        self.rows = rows(played, local_times)
        self.lanes = lanes(played)
        count = max((lane.column for lane in self.lanes), default=-1) + 1
        self.lane = min(LANE, 68 / count) if count else LANE
        self.ticks = MARGIN + 8 + max(width(text, SMALL) for text in edge_texts([r.at for r in self.rows], self.zone))
        self.bar = self.ticks + count * self.lane + 4
        self.words = self.bar + BAR + LEAD + 2 * RADIUS + 6
        self.y = MARGIN
        self.bands: set[str] = set()
        self.svg = Element("svg", {
            "xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": "title desc",
            "font-family": FONT, "style": "max-width:100%;height:auto",
        })  # fmt: skip
        SubElement(self.svg, "title", {"id": "title"}).text = self.title()
        SubElement(self.svg, "desc", {"id": "desc"}).text = self.description()
        SubElement(self.svg, "style").text = style()
        self.hatch()
        self.paper = SubElement(self.svg, "rect", {"class": "paper", "x": "0", "y": "0"})

    def text(self) -> str:
        self.head()
        self.body()
        self.legend()
        height = f"{self.y + MARGIN:g}"
        self.svg.attrib |= {"viewBox": f"0 0 {WIDTH:g} {height}", "width": f"{WIDTH:g}", "height": height}
        self.paper.attrib |= {"width": f"{WIDTH:g}", "height": height}
        indent(self.svg)
        return tostring(self.svg, encoding="unicode") + "\n"

    # --- words ---------------------------------------------------------------------------------------------

    def title(self) -> str:
        return plain(self.scenario.title) or plain(self.scenario.ticket.id)

    def subtitle(self) -> str:
        ticket = self.scenario.ticket
        return f"{ticket.tier} x {ticket.urgency} under {self.played.rehearsal.plan.name}, times in {self.zone}"

    def description(self) -> str:
        told = [f"{local(row.at, self.zone)} {plain(row.words)}" for row in self.rows]
        return ". ".join((self.subtitle(), *(_verdict(r, self.zone) for r in self.played.readings), *told))

    def day(self, at: int) -> str:
        moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(self.zone))
        return f"{moment:%A} {moment.day} {moment:%B %Y}"

    # --- parts ---------------------------------------------------------------------------------------------

    def head(self) -> None:
        """Title, subtitle, and what became of each promise."""
        room = WIDTH - 2 * MARGIN
        for line in wrapped(self.title(), room, 17, 6, bold=True):
            self.y += 22
            self.write(line, MARGIN, self.y, 17, "ink", bold=True)
        for line in wrapped(self.subtitle(), room, NOTE, 2):
            self.y += 18
            self.write(line, MARGIN, self.y, NOTE, "muted")
        self.y += 6
        for reading in self.played.readings:
            symbol(self.svg, due_kind(reading), MARGIN + RADIUS, self.y + 14.5)
            said = _verdict(reading, self.zone, year_of(self.scenario.opened_at, self.zone))
            self.y += 3
            for line in wrapped(said, room - 24, NOTE, 3):
                self.y += 16
                self.write(line, MARGIN + 24, self.y, NOTE, "bad" if reading.breached else "ink")
        self.y += 22

    def body(self) -> None:
        """The axis and, beside it, the rows."""
        labels = self.labels()
        heights = [label.height for label in labels]
        plan = self.played.rehearsal.plan
        marks = anchors(self.rows, self.scenario.until)
        intervals = plan.working[plan.clock("resolution").working].intervals(min(marks), max(marks))
        made = axis(intervals, marks, max(sum(heights) - 30, 200.0))
        self.bands = {band.kind for band in made.bands}
        wanted = [made.y(label.row.at) - self.middle(label) for label in labels]
        tops = settled(wanted, heights, -20.0)
        top = self.y + 14
        self.axis(made, top)
        for label, place in zip(labels, tops, strict=True):
            self.row(label, top + place, top + made.y(label.row.at))
        self.y = top + max(made.height, *(a + b for a, b in zip(tops, heights, strict=True))) + 10

    def labels(self) -> list[Label]:
        room, last, found = WIDTH - MARGIN - self.words, "", []
        for row in self.rows:
            day = self.day(row.at)
            time = width(f"{wall(row.at, self.zone)}  ", NAME, bold=True)
            name = wrapped(row.name, room - time, NAME, 3, bold=True)
            note = [*wrapped(row.note, room, NOTE, MOST_LINES), *wrapped(row.times, room, NOTE, MOST_LINES)]
            found.append(Label(row, day if day != last else "", tuple(name), tuple(note)))
            last = day
        return found

    @staticmethod
    def middle(label: Label) -> float:
        """From a label's top to its symbol."""
        return (24.0 if label.day else 0.0) + 10.0

    def axis(self, made: Axis, top: float) -> None:
        part = SubElement(self.svg, "g", {"id": "axis"})
        for band in made.bands:
            self.band(part, band, top)
        for tick in ticks(made, self.zone):
            y = top + tick.y
            if tick.text[-1].isdigit():
                _line(part, "tick", self.bar - 4, y, self.bar, y)
            for_text = {"text-anchor": "end"}
            self.write(tick.text, self.ticks - 8, y + 4, SMALL, "ink" if tick.firm else "muted", part, for_text)
        for lane in self.lanes:
            self.pause(part, lane, top + made.y(lane.start), top + made.y(lane.end))

    def band(self, part: Element, band: Band, top: float) -> None:
        y, bottom = top + band.top, top + band.bottom
        box = {"x": f"{self.bar:g}", "y": f"{y:g}", "width": f"{BAR:g}", "height": f"{band.height:g}"}
        made = SubElement(part, "rect", {"class": OPEN if band.kind == OPEN else CLOSED, **box})
        SubElement(
            made, "title"
        ).text = f"{band.kind} from {local(band.start, self.zone)} to {local(band.end, self.zone)}"
        if band.kind == CLOSED:
            SubElement(part, "rect", {"fill": "url(#hatch)", **box})
        if band.kind == FOLDED:
            x, step = self.bar, BAR / 4
            points = [(x - 4, 4), (x + step, -4), (x + 2 * step, 4), (x + 3 * step, -4), (x + BAR + 4, 4)]
            for centre in ((y + bottom) / 2 - 5, (y + bottom) / 2 + 5):
                path = "M" + "L".join(f"{a:g} {centre + b:g}" for a, b in points)
                SubElement(part, "path", {"class": "fold", "d": path, "stroke-width": "1.5"})

    def pause(self, part: Element, lane: Lane, top: float, bottom: float) -> None:
        x, height = self.bar - 6 - (lane.column + 1) * self.lane, max(bottom - top, 3.0)
        made = SubElement(part, "g", {"class": "pause"})
        SubElement(made, "title").text = f"paused: {plain(lane.name)}"
        SubElement(made, "rect", {
            "class": "paused", "x": f"{x:g}", "y": f"{top:g}", "width": f"{self.lane - 3:g}", "height": f"{height:g}",
            "rx": "2",
        })  # fmt: skip
        said = fitted(lane.name, height - 8, SMALL)
        if (said == plain(lane.name) or len(said) > 8) and self.lane >= 14:
            middle, centre = x + (self.lane - 3) / 2 + 4, top + height / 2
            turned = {"text-anchor": "middle", "transform": f"rotate(-90 {middle:g} {centre:g})"}
            self.write(said, middle, centre, SMALL, "pause-name", made, turned)

    def row(self, label: Label, top: float, axis_y: float) -> None:
        """One label, its symbol, and the line that leads from the axis to it."""
        row = label.row
        made = SubElement(self.svg, "g", {"class": "row", "data-kind": row.kind, "data-at": str(row.at)})
        made.attrib |= {"data-rung": row.rung} if row.rung else {}
        SubElement(made, "title").text = f"{local(row.at, self.zone)} {plain(row.words)}"
        if label.day:
            self.write(label.day, self.words, top + 15, NOTE, "muted", made)
        y = top + self.middle(label)
        start, end = self.bar + BAR, self.words - 2 * RADIUS - 8
        path = f"M{start:g} {axis_y:g}H{start + 5:g}L{end - 4:g} {y:g}H{end:g}"
        SubElement(made, "path", {"class": "lead", "d": path})
        symbol(made, row.kind, end + RADIUS + 1, y)
        time = wall(row.at, self.zone)
        self.write(time, self.words, y + 5, NAME, "muted", made)
        x, y = self.words + width(f"{time}  ", NAME, bold=True), y + 5
        for line in label.name:
            self.write(line, x, y, NAME, "ink", made, bold=True)
            y += 19
        for line in label.note:
            self.write(line, self.words, y - 1, NOTE, "muted", made)
            y += 16

    def legend(self) -> None:
        """Only what the picture has."""
        part = SubElement(self.svg, "g", {"id": "legend"})
        _line(part, "lead", MARGIN, self.y, WIDTH - MARGIN, self.y)
        kinds = {row.kind for row in self.rows}
        shown = [(kind, said) for kind, said in MEANINGS.items() if kind in kinds]
        half = (WIDTH - 2 * MARGIN) / 2
        columns = 2 if all(24 + width(said, NOTE) < half for _, said in shown) else 1
        for place, (kind, said) in enumerate(shown):
            x, y = MARGIN + (place % columns) * half, self.y + 22 + place // columns * 21
            symbol(part, kind, x + RADIUS + 1, y)
            self.write(said, x + 24, y + 4, NOTE, "muted", part)
        self.y += 22 + -(-len(shown) // columns) * 21
        for line in wrapped(self.reading_aid(), WIDTH - 2 * MARGIN, SMALL, 7):
            self.y += 15
            self.write(line, MARGIN, self.y - 4, SMALL, "muted", part)

    def reading_aid(self) -> str:
        said = ["The bar on the left is open time, to scale"]
        if CLOSED in self.bands:
            said.append("hatched while closed, cut short")
        if FOLDED in self.bands:
            said.append("zigzags stand for a long time in which nothing happens")
        if self.lanes:
            said.append("a box beside it is a pause, which stops the clocks it concerns")
        used = "'after 4h of 8h' means that of 8 hours of open time promised 4 were used up"
        return "; ".join([*said, used]) + "."

    # --- strokes -------------------------------------------------------------------------------------------

    def write(
        self, text: str, x: float, y: float, size: float, look: str, part: Element | None = None,
        more: Mapping[str, str] | None = None, bold: bool = False,
    ) -> None:  # fmt: skip
        made = SubElement(self.svg if part is None else part, "text", {
            "class": look, "x": f"{x:g}", "y": f"{y:g}", "font-size": f"{size:g}", **(more or {}),
        })  # fmt: skip
        made.attrib |= {"font-weight": "600"} if bold else {}
        made.text = plain(text)

    def hatch(self) -> None:
        defs = SubElement(self.svg, "defs")
        size = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
        pattern = SubElement(defs, "pattern", {"id": "hatch", **size})
        _line(pattern, "hatch", 0, 0, 0, 6)


def _line(part: Element, look: str, x1: float, y1: float, x2: float, y2: float) -> None:
    SubElement(part, "line", {
        "class": look, "x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}", "stroke-width": "1.2",
    })  # fmt: skip


def _verdict(reading: Reading, zone: str, year: int = 0) -> str:
    """`resolution, 8h: broken, 9h used, due Mon 30 Mar 15:30`."""
    head = f"{clock_name(reading.clock, reading.cycle)}, {say_duration(reading.target)}"
    used = f"{say_duration(reading.consumed)} used"
    due = f", due {local(reading.due, zone, year)}" if reading.due is not None else ", no due while the pause lasts"
    return f"{head}: {'broken' if reading.breached else _STATES.get(reading.state, reading.state)}, {used}{due}"


_STATES = {"met": "kept"}
