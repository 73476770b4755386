"""What the Temporal UI shows of an outage: whether it has begun is said in words."""

from __future__ import annotations

import pytest

from policies.outage import Outage
from workflows.contract import OutageProgress
from workflows.outage_details import details_of

SINCE = 1_774_594_800
MAINTENANCE = Outage("MW-1", since=SINCE, planned_end=SINCE + 3_600)


@pytest.mark.parametrize(
    ("outage", "now", "head", "line"),
    [
        (MAINTENANCE, SINCE - 60, "**planned**", "- begins Fri 27 Mar 2026 07:00 UTC"),
        (MAINTENANCE, SINCE + 60, "**open**", "- since Fri 27 Mar 2026 07:00 UTC"),
        (Outage("MW-1", since=SINCE, ended_at=SINCE - 90), SINCE - 60, "**called off**", "- was due Fri 27 Mar 2026 07:00 UTC"),
    ],
)  # fmt: skip
def test_it_says_whether_it_has_begun(outage: Outage, now: int, head: str, line: str) -> None:
    lines = details_of(OutageProgress(outage), now).splitlines()
    assert (lines[0].startswith(head), line in lines) == (True, True)
