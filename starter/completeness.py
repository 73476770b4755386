"""What one setting needs of another: half an account sends nothing, and a short secret protects nothing.

Must never show a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import SecretStr

from starter.settings import Settings, advice, variable

SHORTEST_SECRET = 16


def incomplete(settings: Settings) -> Iterator[str]:
    """What one setting needs of another."""
    if settings.public_url and not settings.link_secrets():
        yield "RUNG_LINK_SECRET is missing: RUNG_PUBLIC_URL is set; put 30 random characters or more there"
    if any(len(secret) < SHORTEST_SECRET for secret in settings.link_secrets()):
        yield f"RUNG_LINK_SECRET is too short to be safe; put {SHORTEST_SECRET} random characters or more there"
    for mail in ("smtp", "smtp2"):
        if getattr(settings, f"{mail}_username") and not getattr(settings, f"{mail}_password").get_secret_value():
            password, login = variable(f"{mail}_password"), variable(f"{mail}_username")
            yield f"{password} is missing: {login} is set; set both or neither"
    for first, second in (("smtp_host", "smtp2_host"), ("twilio_url", "twilio2_url")):
        if getattr(settings, second) and not getattr(settings, first):
            yield f"{variable(first)} is missing: {variable(second)} is set; a second one needs a first"
    yield from _half_an_account(settings, "twilio")
    yield from _half_an_account(settings, "twilio2")


def _half_an_account(settings: Settings, account: str) -> Iterator[str]:
    names = [f"{account}_{name}" for name in ("url", "account", "token", "from")]
    values = [getattr(settings, name) for name in names]
    parts = {n: v.get_secret_value() if isinstance(v, SecretStr) else v for n, v in zip(names, values, strict=True)}
    given = [variable(name) for name, value in parts.items() if value]
    for name, value in parts.items():
        if given and not value:
            yield f"{variable(name)} is missing: {given[0]} is set; {advice(name)}"
