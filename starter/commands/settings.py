"""`rung settings`: every setting, what it is now, what to write."""

from __future__ import annotations

from starter.answering import Json, say

EPILOG = "Example: RUNG_LOG_LEVEL=debug rung settings"


def settings(as_json: Json = False) -> None:
    """Every setting: its value, what it is, an example.

    Secrets are masked.
    """
    from rich.padding import Padding
    from rich.text import Text

    from starter.settings import load, shown
    from starter.showing.page import page

    found = list(shown(load()))
    if as_json:
        say([vars(setting) for setting in found])
        return
    console = page()
    for setting in found:
        value = f" = {setting.value}" if setting.value else ""
        console.print(Text.assemble((setting.name, "bold"), value, (" (set)" if setting.is_set else "", "green")))
        example = f" Example: {setting.example}" if setting.example else ""
        console.print(Padding(Text(f"{setting.description}{example}", style="dim"), (0, 0, 0, 4)))
