"""The command as a whole: exit codes, one message instead of a traceback, JSON on request, a quick start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from starter.cli import app
from tests.starter.on_paper import refused, rung, unfit

pytestmark = pytest.mark.usefixtures("alone")
ROOT = Path(__file__).parents[2]
UNREACHABLE = (
    "no Temporal server at 127.0.0.1:1 (Connection refused); start one with 'rung up', or set TEMPORAL_ADDRESS to yours"
)


def process(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as people start it."""
    start = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from starter.cli import main; main()",
    ]
    return subprocess.run([*start, *words], capture_output=True, text=True, check=False)


def imported_by(*words: str) -> set[str]:
    """Top-level packages that a command loads."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from starter.cli import app\n"
        f"try:\n    app({list(words)!r})\nexcept SystemExit:\n    print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {module.split(".")[0] for module in done.stderr.split()}


def commands(group: Any = None, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its words."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name), command


# --- exit codes --------------------------------------------------------------------------------------------


def test_help_is_no_failure():
    assert process("--help").returncode == 0


@pytest.mark.parametrize("words", [["nonsense"], ["ticket", "show"], ["ticket", "escalate", "1", "12"], ["--nonsense"]])
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(words):
    done = process(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_a_misspelt_command_is_recognised():
    assert "Did you mean" in rung("ticket", "opne").stderr


def test_what_cannot_be_used_ends_with_2_and_one_message():
    done = process(
        "calendar", "due", "--calendar", "kr-office.v1", "--start", "2026-03-27T16:00:00+09:00", "--for", "8d"
    )
    assert done.returncode == 2
    assert done.stderr == "error: '8d': a day of what? write '8bd' (business days) or '192h'\n"


@pytest.mark.parametrize("attempt", range(5))
def test_a_process_that_used_temporal_ends_with_its_own_exit_code(attempt):
    """Without the way out in `main` two of five would end with 134 or 139."""
    done = process("ticket", "show", "4711")
    assert (done.returncode, done.stderr) == (1, f"error: {UNREACHABLE}\n")


def test_a_reader_that_goes_away_is_no_failure():
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from starter.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "settings"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()


def test_ctrl_c_ends_with_130(monkeypatch):
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("starter.settings.load", interrupted)
    assert rung("settings").exit_code == 130


def test_the_rule_of_exit_codes_stands_in_the_help_and_in_the_reference():
    words = " ".join(process("--help").stdout.split())
    assert "0 done and well; 1 understood, but refused, failed or found faulty; 2 the command line, a file" in words
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert [f"| {code} |" in reference for code in (0, 1, 2, 130)] == [True] * 4


# --- messages ----------------------------------------------------------------------------------------------


def test_an_unreachable_server_is_named_with_the_next_step():
    assert refused("ticket", "show", "4711") == f"error: {UNREACHABLE}\n"


def test_an_unreadable_temporal_configuration_names_its_variables(monkeypatch):
    monkeypatch.setenv("TEMPORAL_PROFILE", "nowhere")
    assert unfit("ticket", "show", "4711") == (
        "error: the client configuration of Temporal cannot be read: Profile 'nowhere' not found; "
        "look at TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE and the other TEMPORAL_ variables\n"
    )


@pytest.mark.parametrize("words", [["ticket", "show", "1"], ["policy", "list"], ["ticket", "list"], ["settings"]])
def test_faulty_settings_are_told_line_by_line_before_anything_else(monkeypatch, words):
    monkeypatch.setenv("RUNG_SMTP_PORT", "abc")
    monkeypatch.setenv("RUNG_LOG_LEVEL", "loud")
    assert [line.split(" ")[:2] for line in unfit(*words).splitlines()] == [
        ["error:", "RUNG_SMTP_PORT"],
        ["error:", "RUNG_LOG_LEVEL"],
    ]


def test_our_own_fault_says_so_without_a_traceback(monkeypatch):
    def broken() -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("starter.settings.load", broken)
    assert refused("settings") == (
        "error: KeyError: 'surprise'\nerror: this is a fault of Rung; RUNG_LOG_LEVEL=debug shows where it happened\n"
    )
    monkeypatch.setenv("RUNG_LOG_LEVEL", "debug")
    assert "Traceback" in rung("settings").stderr


def test_with_json_a_refusal_is_json_on_stdout():
    result = rung("ticket", "open", "a b", "--tier", "godl", "--urgency", "high", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (2, "")
    assert told["faults"] == [
        "ticket id 'a b': write 1 to 120 characters without spaces or slashes",
        "ticket a b: tier 'godl' is unknown (did you mean 'gold'?)",
    ]
    assert told["error"] == "\n".join(told["faults"])


def test_with_json_wrong_usage_is_json_too():
    result = rung("ticket", "show", "--json")
    assert (result.exit_code, result.stderr) == (2, "")
    assert json.loads(result.stdout)["faults"] == ["Missing argument 'ID'."]


def test_a_configuration_file_of_temporal_that_is_not_there_is_told_with_its_variable(monkeypatch, tmp_path):
    missing = tmp_path / "nowhere.toml"
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(missing))
    assert unfit("ticket", "show", "4711") == (
        f"error: TEMPORAL_CONFIG_FILE '{missing}': no such file; correct it, or unset it for the defaults\n"
    )


# --- every command -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("names", "command"), [pytest.param(*one, id=" ".join(one[0])) for one in commands()])
def test_every_command_answers_in_json_and_shows_an_example(names, command):
    assert "--json" in [option for parameter in command.params for option in parameter.opts]
    help_text = rung(*names, "--help").stdout
    assert "Example: " in help_text
    assert f"rung {' '.join(names)}" in " ".join(help_text.partition("Example: ")[2].split())


def test_help_starts_quickly():
    loaded = imported_by("--help")
    assert loaded.isdisjoint({"temporalio", "pydantic", "sqlalchemy", "rich", "holidays", "httpx", "policies"})


@pytest.mark.parametrize(
    "words",
    [
        ["calendar", "due", "--calendar", "kr-office", "--start", "2026-03-27T16:00:00+09:00", "--for", "8h"],
        ["policy", "list"],
        ["settings"],
    ],
)
def test_what_needs_no_server_does_not_load_its_client(words):
    assert imported_by(*words).isdisjoint({"temporalio", "sqlalchemy"})


def test_settings_can_be_listed_with_secrets_masked(monkeypatch):
    monkeypatch.setenv("RUNG_SMTP_PASSWORD", "hush")
    monkeypatch.setenv("RUNG_SMTP_HOST", "mail.example.com")
    listed = {one["name"]: one for one in json.loads(rung("settings", "--json").stdout)}
    assert (listed["RUNG_SMTP_HOST"]["value"], listed["RUNG_SMTP_HOST"]["is_set"]) == ("mail.example.com", True)
    text = rung("settings").stdout
    assert "hush" not in text + json.dumps(listed)
    assert "RUNG_SMTP_HOST = mail.example.com (set)" in text


def test_a_worker_with_faulty_settings_does_not_start(monkeypatch):
    monkeypatch.setattr("os.execv", lambda *_: pytest.fail("it started"))
    monkeypatch.setenv("RUNG_SMTP_PORT", "abc")
    assert "RUNG_SMTP_PORT" in unfit("worker")


def test_a_worker_becomes_a_process_of_its_own(monkeypatch):
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda path, arguments: started.append([path, *arguments]))
    assert rung("worker").exit_code == 0
    assert started == [[sys.executable, sys.executable, "-m", "worker"]]
