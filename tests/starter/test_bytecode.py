"""A worker compiles its workflows once, also where Python is told to write no bytecode."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from starter.bytecode import kept_bytecode

ROOT = Path(__file__).parents[2]
THREE_TICKETS = """
import asyncio, contextlib, importlib.machinery, sys
from temporalio import workflow
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from starter.bytecode import kept_bytecode
from workflows.ticket import TicketWorkflow

loader, compiled = importlib.machinery.SourceFileLoader, []
before = loader.source_to_code
def counting(self, data, path, **more):
    compiled.append(path)
    return before(self, data, path, **more)
loader.source_to_code = counting

async def main():
    with kept_bytecode() if sys.argv[1] == "kept" else contextlib.nullcontext():
        for _ in range(3):
            SandboxedWorkflowRunner().prepare_workflow(workflow._Definition.must_from_class(TicketWorkflow))
        folder = sys.pycache_prefix
    print(sum(path.endswith("ticket.py") for path in compiled), bool(folder), sys.pycache_prefix, flush=True)
asyncio.run(main())
import os; os._exit(0)
"""


def compiled(how: str, **more: str) -> str:
    """How often the ticket's module was compiled for three tickets, and where bytecode went while they were loaded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    found = subprocess.run(
        [sys.executable, "-c", THREE_TICKETS, how], capture_output=True, text=True, check=True,
        env={**environment, "PYTHONPATH": str(ROOT), **more},
    )  # fmt: skip
    return found.stdout.strip()


def test_where_no_bytecode_is_written_each_ticket_would_compile_its_module() -> None:
    assert compiled("not", PYTHONDONTWRITEBYTECODE="1") == "3 False None"


def test_a_worker_compiles_it_once_for_all_tickets_and_leaves_no_trace() -> None:
    assert compiled("kept", PYTHONDONTWRITEBYTECODE="1") == "1 True None"


def test_where_there_is_bytecode_it_is_used(tmp_path: Path) -> None:
    own = str(tmp_path / "own")
    assert compiled("not", PYTHONPYCACHEPREFIX=own).startswith("0 ")  # importing it has written it
    assert compiled("kept", PYTHONPYCACHEPREFIX=own) == f"0 True {own}"


def test_a_worker_without_a_folder_to_write_to_works_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_folder(**_: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr("starter.bytecode.tempfile.TemporaryDirectory", no_folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = sys.pycache_prefix
    with kept_bytecode():
        assert (sys.dont_write_bytecode, sys.pycache_prefix) == (True, before)
