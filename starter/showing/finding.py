"""One finding of the doctor: the verdict, what was found, the next step."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from starter.health import Finding
from starter.showing.page import plain

_WORDS = {"ok": ("OK", "green"), "fail": ("FAIL", "bold red"), "note": ("note", "yellow")}


def show(finding: Finding) -> Table:
    """A line, more where there are more faults."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(width=4, no_wrap=True)
    made.add_column(width=17, no_wrap=True)
    made.add_column(overflow="fold")
    word, style = _WORDS[finding.status]
    said = [plain(line) for line in finding.said.splitlines()]
    made.add_row(Text(word, style=style), finding.check, Text("\n".join(said)))
    if finding.next:
        made.add_row("", "", Text(f"next: {finding.next}", style="bold"))
    return made
