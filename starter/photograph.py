"""A picture of a page, taken by a Chromium that is there. Must never fetch anything: the page is a local file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

from starter.answering import Unable, Unfit

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PATIENCE = 60
"""Seconds for one run of the browser."""
_MEASURE = """<!doctype html><iframe style="width:{width}px;border:0" srcdoc="{page}"></iframe><script>
onload = () => document.title = "tall:" + frames[0].document.documentElement.scrollHeight
</script>"""
"""TRAP: a window is never narrower than 500 pixels while it is measured, but a frame is."""


def photograph(html: str, to: Path, width: int) -> None:
    """Write the page as a PNG, `width` pixels wide and as tall as it is. Raises Unable without a browser."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise Unable([
            f"--picture {to}: no browser is here (looked for {', '.join(BROWSERS)})",
            "install Chromium (on Debian and Ubuntu: 'apt install chromium'), or use --out and open the file yourself",
        ])  # fmt: skip
    if not to.parent.is_dir():
        raise Unfit([f"--picture {to}: no such folder; name a file in a folder that exists"])
    with tempfile.TemporaryDirectory(prefix="rung-picture-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(_MEASURE.format(width=width, page=escape(html)), encoding="utf-8")
        seen = _run(browser, folder, width, 200, "--dump-dom", page.as_uri())
        tall = re.search(r"<title>tall:(\d+)", seen)
        page.write_text(html, encoding="utf-8")
        _run(browser, folder, width, int(tall[1]) if tall else 1600, f"--screenshot={to.resolve()}", page.as_uri())
    if not to.is_file():
        raise Unable([f"--picture {to}: {browser} wrote no picture; use --out and open the file yourself"])


def _run(browser: str, folder: str, width: int, height: int, *what: str) -> str:
    options = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # TRAP: Chromium refuses to run as root otherwise
    command = [browser, *options, f"--window-size={width},{height}", *what]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unable([f"{browser}: {error}; use --out and open the file yourself"]) from None
    return done.stdout
