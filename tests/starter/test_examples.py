"""Examples of help texts and documents can be run as they stand: files and policies they name are there.

A file counts as there when the repository has it or an earlier line of the same block makes it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main

from policies.catalog import Catalog
from starter.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILE = re.compile(r"[\w./-]+\.(ya?ml|jsonl?|timeline|csv|gz|py|svg|html)")
POLICY = re.compile(r"[a-z][a-z-]*\.v\d+")
MAKES = ("--svg", "--html", "--out", ">")
"""The word after one of these is made, not read."""


def helps() -> Iterator[tuple[str, str]]:
    """(command, its example), for every command there is."""
    waiting = [("rung", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        below = getattr(command, "commands", {})
        waiting += [(f"{name} {word}", one) for word, one in below.items()]
        if not below:
            yield name, (command.epilog or "").removeprefix("Example: ")


HELPS = sorted(helps())


def blocks(page: Path) -> Iterator[list[str]]:
    """Blocks of commands, and the commands within a sentence, each as its lines."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL):
        yield [line.removeprefix("$ ") for line in block.replace("\\\n", " ").splitlines()]
    for span in re.findall(r"`((?:\.venv/bin/)?rung [a-z][^`\n]*)`", text):
        yield [span]


def not_there(lines: list[str]) -> list[str]:
    """Files and policies that the lines name and nobody has made."""
    made: set[str] = set()
    missing = []
    for line in lines:
        words = shlex.split(line, comments=True)
        fresh = {word for before, word in pairwise(words) if before in MAKES}
        named = {word for word in words if FILE.fullmatch(word) and not word.startswith("FILE")} - fresh - made
        missing += [word for word in sorted(named) if not (ROOT / word).exists()]
        policies = {word for word in words if POLICY.fullmatch(word)}
        missing += sorted(policies - {*Catalog().policy_names(), *Catalog().calendar_names()})
        made |= fresh
    return missing


@pytest.mark.parametrize(("command", "example"), HELPS, ids=[command for command, _ in HELPS])
def test_every_command_has_an_example_that_names_only_what_is_there(command: str, example: str) -> None:
    assert f"{command} " in f"{example} "
    assert not_there([example]) == []


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_the_commands_of_a_page_name_only_what_is_there(page: Path) -> None:
    assert [missing for block in blocks(page) for missing in not_there(block)] == []


def test_examples_are_found() -> None:
    assert len(HELPS) > 35
    assert sum(1 for page in PAGES for _ in blocks(page)) > 20


def test_what_is_missing_is_noticed() -> None:
    assert not_there(["rung policy check drafts/mine.v2.yaml"]) == ["drafts/mine.v2.yaml"]
    assert not_there(["cat README.md > mine.yaml", "rung people check mine.yaml"]) == []
    assert not_there(["rung policy diff standard.v1 standard.v9"]) == ["standard.v9"]


def test_the_reference_has_every_command_and_no_other() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(rung [a-z -]+)` \|", text, re.MULTILINE)) == [command for command, _ in HELPS]
