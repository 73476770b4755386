"""The options that say whom an outage, or maintenance, covers. Must never judge whether a scope makes sense."""

from __future__ import annotations

from typing import Annotated

import typer

Many = list[str] | None
Service = Annotated[Many, typer.Option(metavar="SERVICE", help="Tickets of this service; several times.")]
Region = Annotated[Many, typer.Option(metavar="REGION", help="Tickets of this region; several times.")]
Tenants = Annotated[Many, typer.Option("--tenant", metavar="TENANT", help="Tickets of this tenant; several times.")]
Tier = Annotated[Many, typer.Option(metavar="TIER", help="Tickets of this tier; several times.")]
Tag = Annotated[Many, typer.Option(metavar="TAG", help="Tickets with this tag; several times, one is enough.")]
Everything = Annotated[bool, typer.Option("--all", help="Every ticket there is is meant.")]
Ahead = Annotated[bool, typer.Option("--ahead", help="Even if it covers no ticket yet, or no service known.")]


def names(typed: str) -> tuple[str, ...]:
    """`executives, customer-relations`."""
    return tuple(dict.fromkeys(name.strip() for name in typed.split(",") if name.strip()))
