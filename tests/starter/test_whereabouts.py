"""The address of a history is that of the UI which belongs to the server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from starter.connection import history_address
from starter.embedded import up
from starter.server import free_port
from starter.settings import load
from starter.whereabouts import noted
from tests.starter.on_paper import paper_client

USUAL = "http://127.0.0.1:8233"
pytestmark = pytest.mark.usefixtures("alone")


def ui(server: str) -> str:
    return history_address(load(), paper_client(server), "ticket/default/1", "").partition("/namespaces")[0]


@pytest.mark.parametrize("server", ["127.0.0.1:7300", "localhost:7300"])
def test_the_ui_of_a_stack_on_other_ports_is_found(alone: Path, server: str) -> None:
    folder = load().make_data_dir()
    with noted(folder, "127.0.0.1:7300", "http://127.0.0.1:8300"):
        assert ui(server) == "http://127.0.0.1:8300"
    assert ui(server) == USUAL


def test_another_servers_histories_are_not_looked_for_there(alone: Path) -> None:
    with noted(load().make_data_dir(), "127.0.0.1:7300", "http://127.0.0.1:8300"):
        assert ui("temporal.example.com:7233") == USUAL


def test_a_setting_wins_over_the_note(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNG_UI_URL", "https://temporal.example.com")
    with noted(load().make_data_dir(), "127.0.0.1:7300", "http://127.0.0.1:8300"):
        assert ui("127.0.0.1:7300") == "https://temporal.example.com"


@pytest.mark.parametrize("text", ["", "[]", "{}", '"x"', "null"])
def test_a_note_that_makes_no_sense_is_as_good_as_none(alone: Path, text: str) -> None:
    (load().make_data_dir() / "up.json").write_text(text)
    assert ui("127.0.0.1:7300") == USUAL


async def test_up_notes_where_its_ui_is_as_long_as_it_runs(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    port, ui_port = free_port(), free_port()
    found: list[str] = []

    async def looked(*_: object) -> None:
        found.append(ui(f"127.0.0.1:{port}"))

    monkeypatch.setattr("starter.embedded.first_to_end", looked)
    monkeypatch.setattr("starter.embedded.stop_on_signals", asyncio.Event)
    await up(load(), port, ui_port)
    assert found == [f"http://127.0.0.1:{ui_port}"]
    assert ui(f"127.0.0.1:{port}") == USUAL
    said = capfd.readouterr().err
    assert "Rung is up." in said
    assert ("alembic" in said, "API" in said) == (False, False)


async def test_up_names_the_api_where_somebody_may_call_it(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def looked(*_: object) -> None:
        return

    monkeypatch.setenv("RUNG_API_TOKENS", "monitor:monitor-token-0123456789")
    monkeypatch.setattr("starter.embedded.first_to_end", looked)
    monkeypatch.setattr("starter.embedded.stop_on_signals", asyncio.Event)
    web_port = free_port()
    await up(load(), free_port(), free_port(), web_port=web_port)
    assert f"  API           http://127.0.0.1:{web_port}/api/v1\n" in capfd.readouterr().err
