"""The outfit of a worker: every activity there is, each on one of the two queues, and none twice."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from temporalio import activity

import activities as room
from activities.adapters.http import Http
from activities.adapters.people_yaml import YamlDirectory
from activities.adapters.sql import SqlJournal
from activities.adapters.sql_outbox import SqlOutbox
from starter.outfit import activities
from starter.settings import load

URL = "sqlite:///nothing.db"


def defined() -> set[str]:
    """Names of all activities that stand in the room."""
    modules = [import_module(f"activities.{found.name}") for found in pkgutil.iter_modules(room.__path__)]
    classes = [kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)]
    methods = [method for kind in classes for _, method in inspect.getmembers(kind, inspect.isfunction)]
    return {name_of(method) for method in methods} - {""}


def name_of(method: Any) -> str:
    definition = activity._Definition.from_callable(method)
    return str(definition.name) if definition else ""


async def test_every_activity_is_registered_once(alone: Path) -> None:
    nobody = cast(Any, None)
    settings, http, journal, outbox = load(), Http(), SqlJournal(URL), SqlOutbox(URL, 0)
    near, world = activities(
        settings, http, journal, outbox, YamlDirectory(settings.people), nobody, nobody, nobody, nobody, nobody
    )
    for one in (http, journal, outbox):
        await one.close()
    names = [name_of(method) for method in (*near, *world)]
    assert sorted(names) == sorted(defined())
