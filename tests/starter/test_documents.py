"""What the documents say about settings and commands is so."""

import json
import re
from pathlib import Path
from textwrap import dedent, indent

import pytest
from pydantic import BaseModel

from activities.adapters.people_document import Document, PersonEntry, PostEntry, TeamEntry, read
from activities.adapters.schedule_document import MODELS as SCHEDULE_MODELS
from activities.parts import MESSAGES
from activities.phrases import Phrases
from activities.reader import Reader
from activities.values import headless
from policies import condition, document
from policies import storm as storms
from policies.catalog import PUBLISHED, Catalog
from policies.major_incident import rules_of
from policies.scenario import difference, read_scenario
from policies.storm import read_storm
from starter.settings import Settings, variable
from tests.starter.on_paper import rung
from tests.support.scenarios import CATALOG, played

DOCS = Path(__file__).parents[2] / "docs"


def test_every_setting_stands_in_the_reference_with_its_description() -> None:
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    missing = [
        variable(name)
        for name, field in Settings.model_fields.items()
        if f"`{variable(name)}` | {field.description} |" not in text
    ]
    assert missing == []


def test_everything_a_template_may_use_stands_in_the_reference() -> None:
    text = (DOCS / "reference" / "templates.md").read_text(encoding="utf-8")
    offered = headless(Reader(Phrases("en")), "")
    assert {name for name in offered if f"`{name}`" not in text and f"`{name}(" not in text} == set()
    assert {f"`{name}`" for name in MESSAGES if f"`{name}`" not in text} == set()


def test_the_people_of_the_reference_are_good_and_complete(alone: Path) -> None:
    text = (DOCS / "reference" / "people.md").read_text(encoding="utf-8")
    file = alone / "people.yaml"
    file.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    told = json.loads(rung("people", "check", str(file), "--json").stdout)
    assert (told["people"], told["teams"]) == (["kim", "lee", "choi"], ["support"])
    assert [line for line in told["warnings"] if not line.startswith("before a ticket gets ")] == []


def test_every_key_of_a_people_file_stands_in_its_reference() -> None:
    text = (DOCS / "reference" / "people.md").read_text(encoding="utf-8")
    models: tuple[type[BaseModel], ...] = (Document, PersonEntry, TeamEntry, PostEntry, *SCHEDULE_MODELS.values())
    keys = {field.alias or key for model in models for key, field in model.model_fields.items()}
    assert [key for key in sorted(keys) if f"`{key}`" not in text and f"{key}:" not in text] == []


def test_the_examples_of_the_on_call_guide_are_good() -> None:
    guide = (DOCS / "how-to" / "on-call.md").read_text(encoding="utf-8")
    first, *others = [dedent(text) for text in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)]
    names = ("ann", "ben", "cem", "kim", "lee", "lead")
    people = "people:\n" + "".join(f"  {name}: {{name: A, email: a@rung.example}}\n" for name in names)
    assert list(read("guide", (people + first).encode(), {}).schedules) == ["platform"]
    assert len(others) == 3
    for text in others:
        layers = "" if "layers:" in text else "    layers: [{members: [ann], starts: 2026-01-05}]\n"
        schedule = f"{people}schedules:\n  x:\n{layers}{indent(text, '    ')}"
        read("guide", schedule.encode(), {"ROTA_URL": "https://rota.example/feed.ics"})


def test_every_check_of_the_doctor_stands_in_the_reference(alone: Path) -> None:
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    checks = [finding["check"] for finding in json.loads(rung("doctor", "--json").stdout)["findings"]]
    assert len(checks) == 10
    assert [check for check in checks if f"\n| {check} |" not in text] == []


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


def test_the_storm_of_the_scenario_guide_is_what_happens() -> None:
    guide = (DOCS / "how-to" / "write-a-scenario.md").read_text(encoding="utf-8")
    storm = read_storm(guide.split("```text\n")[2].split("```")[0], "guide")
    assert storms.difference(storm, rules_of(CATALOG.policy(storm.policy))) == ""


LANGUAGE = (DOCS / "reference" / "policy-language.md").read_text(encoding="utf-8")
MODELS = [one for one in vars(document).values() if isinstance(one, type) and issubclass(one, condition.Document)]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
def test_every_key_of_the_language_stands_in_its_reference(model: type[BaseModel]) -> None:
    assert [name for name in model.model_fields if f"`{name}" not in LANGUAGE] == []


def test_the_reference_knows_all_models() -> None:
    assert len(MODELS) > 15


def test_the_examples_of_the_reference_are_valid(tmp_path: Path) -> None:
    found = dict(re.findall(r"```yaml (\w+)\n(.*?)```", LANGUAGE, re.DOTALL))
    places = {"calendar": "calendars", "policy": ".", "selection": "selections"}
    assert set(found) == set(places)
    for kind, text in found.items():
        (tmp_path / places[kind]).mkdir(exist_ok=True)
        (tmp_path / places[kind] / "example.v1.yaml").write_text(text, encoding="utf-8")
    catalog = Catalog(tmp_path, PUBLISHED)
    assert catalog.calendar("example.v1").zone == "Asia/Seoul"
    assert catalog.check("example.v1", now=1_774_000_000) == []
    rules = catalog.selection()
    assert rules is not None
    assert len(rules.rules) == 2
