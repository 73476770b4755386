"""What one setting needs of another: half an account sends nothing, and a short secret protects nothing.

Must never show a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import SecretStr

from starter.settings import Settings, advice, variable

SHORTEST_SECRET = 16
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def incomplete(settings: Settings) -> Iterator[str]:
    """What one setting needs of another."""
    if settings.public_url and not settings.link_secrets():
        yield "RUNG_LINK_SECRET is missing: RUNG_PUBLIC_URL is set; put 30 random characters or more there"
    if any(len(secret) < SHORTEST_SECRET for secret in settings.link_secrets()):
        yield f"RUNG_LINK_SECRET is too short to be safe; put {SHORTEST_SECRET} random characters or more there"
    yield from _callers(settings)
    for mail in ("smtp", "smtp2"):
        if getattr(settings, f"{mail}_username") and not getattr(settings, f"{mail}_password").get_secret_value():
            password, login = variable(f"{mail}_password"), variable(f"{mail}_username")
            yield f"{password} is missing: {login} is set; set both or neither"
    for first, second in (("smtp_host", "smtp2_host"), ("twilio_url", "twilio2_url")):
        if getattr(settings, second) and not getattr(settings, first):
            yield f"{variable(first)} is missing: {variable(second)} is set; a second one needs a first"
    yield from _half_an_account(settings, "twilio")
    yield from _half_an_account(settings, "twilio2")


def _callers(settings: Settings) -> Iterator[str]:
    """By number: what is written there may be a token."""
    callers = settings.api_callers()
    for number, (name, token) in enumerate(callers, 1):
        if not (NAME.fullmatch(name) and token):
            yield f"RUNG_API_TOKENS: number {number} is not NAME:TOKEN; write a name of 1 to 40 letters, digits, . _ -"
        elif len(token) < SHORTEST_SECRET or not token.isascii():
            yield f"RUNG_API_TOKENS: the token of {name} is not safe; put {SHORTEST_SECRET} random characters or more"
    if len({token for _, token in callers}) < len(callers):
        yield "RUNG_API_TOKENS: two have the same token; give each caller its own"


def _half_an_account(settings: Settings, account: str) -> Iterator[str]:
    names = [f"{account}_{name}" for name in ("url", "account", "token", "from")]
    values = [getattr(settings, name) for name in names]
    parts = {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in zip(names, values, strict=True)}
    given = [variable(name) for name, value in parts.items() if value]
    for name, value in parts.items():
        if given and not value:
            yield f"{variable(name)} is missing: {given[0]} is set; {advice(name)}"
