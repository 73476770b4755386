"""What the documents say about settings and commands is so."""

import re
from pathlib import Path

from policies.scenario import difference, read_scenario
from starter.settings import Settings, variable
from tests.support.scenarios import played

DOCS = Path(__file__).parents[2] / "docs"


def test_every_setting_stands_in_the_reference_with_its_description() -> None:
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    missing = [
        variable(name)
        for name, field in Settings.model_fields.items()
        if f"`{variable(name)}` | {field.description} |" not in text
    ]
    assert missing == []


def test_every_link_of_the_readme_leads_somewhere() -> None:
    readme = DOCS.parent / "README.md"
    links = re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8"))
    assert len(links) > 5
    assert [link for link in links if not (readme.parent / link).exists()] == []


def test_the_example_of_the_scenario_guide_is_what_happens() -> None:
    guide = (DOCS / "how-to" / "write-a-scenario.md").read_text(encoding="utf-8")
    scenario = read_scenario(guide.split("```text\n")[1].split("```")[0], "guide")
    assert len(scenario.expected) == 6
    assert difference(scenario, played(scenario)) == ""
