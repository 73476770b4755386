"""Every scenario on the pure core gives exactly the time line that it says: nothing extra, nothing missing."""

from pathlib import Path

import pytest

from policies.scenario import difference
from tests.support.scenarios import load, played, scenario_files

FILES = scenario_files()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_core_gives_the_time_line(path: Path) -> None:
    scenario = load(path)
    assert difference(scenario, played(scenario)) == ""


def test_there_are_enough_scenarios_and_all_of_them_say_what_they_show() -> None:
    titles = [load(path).title for path in FILES]
    assert len(FILES) >= 40
    assert all(len(title) > 15 for title in titles)
    assert len(set(titles)) == len(titles)
