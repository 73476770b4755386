"""Which instant a question is answered for: a ticket's own clock stands still between its tasks."""

from __future__ import annotations

import pytest

from workflows.contract import read_at

NOON = 1_774_267_200
"""2026-03-23T12:00:00Z."""


@pytest.mark.parametrize(
    ("payload", "shift", "wanted"),
    [
        ([], 0, NOON),
        ([{}], 0, NOON),
        ([{"wall": "2026-03-23T12:05:00+00:00"}], 0, NOON + 300),  # nobody has woken it for five minutes
        ([{"wall": "2026-03-23T11:55:00+00:00"}], 0, NOON),  # never back
        ([{"wall": "2026-03-23T13:05:00+00:00"}], -3_600, NOON + 300),  # a rehearsal one hour behind
        ([{"at": "2026-03-23T14:00:00+00:00", "wall": "2026-03-23T12:05:00+00:00"}], 0, NOON + 7_200),
        ([{"wall": "soon"}], 0, NOON),
        (["nonsense"], 0, NOON),
    ],
)
def test_a_question_is_answered_for_now_unless_it_names_a_later_instant(payload, shift, wanted):
    assert read_at(payload, NOON, shift) == wanted
