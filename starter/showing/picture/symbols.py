"""Symbols: told apart by shape, so that colour is only a second hint; and the colours for light and dark.

Must never need a font: every symbol is lines.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

RADIUS = 7.0
MEANINGS = {
    "opened": "the ticket comes in", "news": "something happens to the ticket", "pause": "a pause begins",
    "resume": "a pause ends", "solved": "solved or closed", "fired": "Rung acts: a step of the policy",
    "breach": "Rung acts: a promise is broken", "superseded": "a step gives way to a higher one",
    "skipped": "a step is skipped", "unnecessary": "a step is no longer necessary",
    "not_sent": "not sent, passed on, or sent all the same", "ignored": "news that changes nothing",
    "due": "a promise is due",
    "due_kept": "a promise is due: it was kept", "due_broken": "a promise is due: it was broken",
}  # fmt: skip
"""Kind -> legend, in the legend's order."""
SHAPES: dict[str, tuple[str, str]] = {
    # kind: (outline, mark); both centred on 0 0
    "opened": ("M-6 -6H6V6H-6Z", "M0 -3V3M-3 0H3"),
    "news": ("M-6 -6H6V6H-6Z", ""),
    "pause": ("M-5 -7H-1V7H-5ZM1 -7H5V7H1Z", ""),
    "resume": ("M-5 -7L7 0L-5 7Z", ""),
    "solved": ("M-6 -6H6V6H-6Z", "M-3.5 0L-1 3L3.5 -3"),
    "fired": ("M0 -7A7 7 0 1 1 0 7A7 7 0 1 1 0 -7Z", ""),
    "breach": ("M0 -8L8 6.5H-8Z", "M0 -3V2M0 4V5"),
    "superseded": ("M0 -7A7 7 0 1 1 0 7A7 7 0 1 1 0 -7Z", "M0 4V-4M-3 -1L0 -4L3 -1"),
    "skipped": ("M0 -7A7 7 0 1 1 0 7A7 7 0 1 1 0 -7Z", "M-4 4L4 -4"),
    "unnecessary": ("M0 -7A7 7 0 1 1 0 7A7 7 0 1 1 0 -7Z", "M-3.5 0L-1 3L3.5 -3"),
    "not_sent": ("M-7 -3H0V-7L7 0L0 7V3H-7Z", ""),
    "ignored": ("", "M-5 -5L5 5M-5 5L5 -5"),
    "due": ("M0 -8L8 0L0 8L-8 0Z", ""),
    "due_kept": ("M0 -8L8 0L0 8L-8 0Z", "M-3.5 0L-1 2.5L3.5 -2.5"),
    "due_broken": ("M0 -8L8 0L0 8L-8 0Z", "M-3 -3L3 3M-3 3L3 -3"),
}

LIGHT = {
    "paper": "#ffffff", "ink": "#1b2027", "muted": "#59636e", "line": "#8b949e", "open": "#cfe3f7", "edge": "#3f78b3",
    "closed": "#eceff2", "hatch": "#a9b1ba", "act": "#0b5cad", "bad": "#c0262d", "good": "#1d7a34", "pause": "#9a5b00",
    "paused": "#ffe3b0",
}  # fmt: skip
DARK = {
    "paper": "#14181d", "ink": "#e8ecf0", "muted": "#a3adb8", "line": "#6b7682", "open": "#1f3f60", "edge": "#7db4ec",
    "closed": "#20262d", "hatch": "#56606b", "act": "#7ab7f5", "bad": "#ff7b72", "good": "#62c97a", "pause": "#f0b24b",
    "paused": "#4d3a14",
}  # fmt: skip


def style() -> str:
    """The style sheet: light, and dark where the reader prefers it."""
    return f"{_rules(LIGHT)}@media (prefers-color-scheme:dark){{{_rules(DARK)}}}"


def _rules(c: dict[str, str]) -> str:
    return (
        f".paper{{fill:{c['paper']}}}.ink{{fill:{c['ink']}}}.muted{{fill:{c['muted']}}}"
        f".lead{{stroke:{c['line']};fill:none}}.open{{fill:{c['open']};stroke:{c['edge']}}}"
        f".closed{{fill:{c['closed']};stroke:{c['hatch']}}}.hatch{{stroke:{c['hatch']}}}"
        f".tick{{stroke:{c['edge']}}}.fold{{stroke:{c['edge']};fill:none}}"
        f".paused{{fill:{c['paused']};stroke:{c['pause']}}}.pause-name{{fill:{c['ink']}}}"
        f".s-news path,.s-opened path,.s-due path,.s-ignored path{{stroke:{c['ink']};fill:none}}"
        f".s-news .o{{fill:{c['ink']}}}"
        f".s-pause path,.s-resume path{{fill:{c['pause']};stroke:{c['pause']}}}"
        f".s-solved path,.s-due_kept path{{stroke:{c['good']};fill:none}}"
        f".s-fired path{{fill:{c['act']};stroke:{c['act']}}}"
        f".s-superseded path,.s-skipped path,.s-unnecessary path,.s-not_sent path{{stroke:{c['muted']};fill:none}}"
        f".s-breach .o,.s-due_broken .o{{fill:{c['bad']};stroke:{c['bad']}}}"
        f".s-breach .m,.s-due_broken .m{{stroke:{c['paper']};fill:none}}"
        f".bad{{fill:{c['bad']}}}.good{{fill:{c['good']}}}"
    )


def symbol(parent: Element, kind: str, x: float, y: float) -> None:
    """Draw one, centred."""
    made = SubElement(parent, "g", {"class": f"s-{kind}", "transform": f"translate({x:g} {y:g})"})
    outline, mark = SHAPES[kind]
    if outline:
        SubElement(made, "path", {"class": "o", "d": outline, "stroke-width": "1.6", "stroke-linejoin": "round"})
    if mark:
        SubElement(made, "path", {"class": "m", "d": mark, "stroke-width": "1.8", "stroke-linecap": "round"})
