"""`rung template`: every message as people would get it. Needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.answering import FAILED, Json, Unfit, say, warn

if TYPE_CHECKING:
    from starter.previewing import Preview

app = typer.Typer(
    help="The messages people get: look at them, check their translations.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list", epilog="Example: rung template list")
def list_templates(as_json: Json = False) -> None:
    """Every message, and the languages there are."""
    from activities.parts import CUSTOMERS, MESSAGES
    from activities.phrases import languages
    from activities.wording import Wording
    from starter.showing.page import page, table

    wording = Wording()
    found = [(name, "customers" if name in CUSTOMERS else "colleagues", wording.about(name)) for name in MESSAGES]
    if as_json:
        messages = [{"name": name, "for": whom, "about": about} for name, whom, about in found]
        say({"messages": messages, "languages": list(languages())})
        return
    made = table("Message", "For", "When")
    for row in found:
        made.add_row(*row)
    page().print(made)
    page().print(f"\nLanguages: {', '.join(languages())}")


@app.command("preview", epilog="Example: rung template preview breach --lang ko --channel slack")
def preview(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of 'rung template list'.")],
    language: Annotated[str, typer.Option("--lang", metavar="LANGUAGE", help="Like ko.")] = "en",
    channel: Annotated[
        str, typer.Option(metavar="CHANNEL", help="email, sms, phone, slack, teams, webhook, or all.")
    ] = "all",
    zone: Annotated[str, typer.Option(metavar="ZONE", help="The reader's time zone.")] = "Asia/Seoul",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the mail as HTML into this file.")] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the mail as a PNG picture; needs Chromium.")
    ] = None,
    width: Annotated[int, typer.Option(metavar="PIXELS", min=300, max=4000, help="Of the picture.")] = 800,
    as_json: Json = False,
) -> None:  # fmt: skip
    """A sample of one message as each channel sends it: nothing is sent.

    Text messages show their length in parts; mails can be written as HTML and as a picture.
    """
    from starter import previewing

    found = previewing.preview(name, language, channel, zone)
    _written(found, out, picture, width)
    if as_json:
        say({"name": name, "language": language, "zone": zone, "channels": found.channels})
    else:
        _show(found)


@app.command("check", epilog="Example: rung template check")
def check(as_json: Json = False) -> None:
    """What is not translated, phrase by phrase, and what cannot be right.

    Notes name sentences of policies that are told by their facts, and people whose language has no templates.
    """
    import asyncio

    from activities.phrases import languages
    from starter import previewing
    from starter.settings import load

    found = asyncio.run(previewing.check(load()))
    if as_json:
        say({"languages": list(languages()), **vars(found)})
    else:
        for line in (*found.faults, *(f"{line}; English is sent" for line in found.missing)):
            print(line)
        warn(found.notes)
        if not (found.faults or found.missing):
            print(f"{', '.join(languages())}: nothing is missing. No native speaker has checked the texts.")
    if found.faults or found.missing:
        raise typer.Exit(FAILED)


def _written(found: Preview, out: Path | None, picture: Path | None, width: int) -> None:
    from activities.adapters.smtp import page as mail
    from starter.photograph import photograph

    html = mail(found.message)
    if out is not None:
        try:
            out.write_text(html, encoding="utf-8")
        except OSError as error:
            raise Unfit([f"--out {out}: {error.strerror}; name a file in a folder that exists"]) from None
    if picture is not None:
        photograph(html, picture, width)


def _show(found: Preview) -> None:
    import json

    from rich.text import Text

    from starter.showing.page import page, plain

    console = page()
    for channel, made in found.channels.items():
        console.print(Text(channel, style="bold"))
        if channel == "email":
            lines = [f"Subject: {made['subject']}", "", *made["text"].splitlines()]
        elif channel == "sms":
            lines = [made["text"], f"({made['units']} of {made['encoding']}, parts: {made['parts']})"]
        elif channel == "phone":
            lines = [made["says"]]
        else:
            lines = json.dumps(made, indent=2, ensure_ascii=False).splitlines()
        for line in lines:
            console.print(f"  {plain(line)}", soft_wrap=True)
        console.print()
