"""A back-test as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.

Readable on a desk and on a telephone. The words are those of the terminal. Must never put text into the page unescaped:
names come from a helpdesk.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from policies.backtest import CANNOT
from starter.backtesting import Report
from starter.showing.backtest import head, sections
from starter.showing.charts import charts

TEMPLATE = "backtest.html.j2"
WORDS = (
    "A rung is one step of a policy: when it stands, and who is told. L1, L2 ... is its level on the ladder of "
    "escalation. A page is a message of the ladder, which somebody must answer; a notice is any other."
)
"""For those who have not read the policy."""


def page(report: Report) -> str:
    """The whole page."""
    loader = FileSystemLoader(Path(__file__).parent)
    words = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    title, *facts = head(report)
    # what matplotlib draws is escaped by matplotlib
    drawn = [(chart.title, chart.said, Markup(chart.svg)) for chart in charts(report)]
    return words.get_template(TEMPLATE).render(
        title=f"Back-test: {title}",
        facts=facts,
        charts=drawn,
        sections=sections(report),
        cannot=CANNOT,
        words=WORDS,
    )
