"""Every setting of Rung in one typed place: `RUNG_<NAME>` in the environment.

A fault names the variable and what to write, all faults at once, and a misspelt variable is a fault too: a typo must
not become silence. How to reach Temporal is Temporal's own configuration (`TEMPORAL_ADDRESS` ...). Must never show a
secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

if TYPE_CHECKING:
    from policies.catalog import Catalog

PREFIX = "RUNG_"
PACKAGED_PEOPLE = Path(__file__).parents[1] / "activities" / "adapters" / "people.sample.yaml"
OTHERS = ("RUNG_CASES", "RUNG_SCENARIOS", "RUNG_DB_PASSWORD", "RUNG_CHAT_URL")
"""Variables of the same prefix that belong to the tests, to docker-compose.yml and to the sample of people.yaml."""
_JOURNAL = re.compile(r"(sqlite|postgres|postgresql)(\+\w+)?://")
_ADDRESS = re.compile(r"(?P<name>[^<>]*<)?[^@<>\s]+@[^@<>\s]+(?(name)>)")
_PASSWORD = re.compile(r"(?<=:)[^:@/]+(?=@)")


class BadSettings(Exception):
    """Some variables cannot be used: one line each, with what to write."""


def _folders(given: object) -> object:
    """`a:b` as folders that exist."""
    parts = [part for part in given.split(os.pathsep) if part] if isinstance(given, str) else given
    if not isinstance(parts, list | tuple):
        return parts
    folders = tuple(Path(part).expanduser() for part in parts)
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise ValueError(f"no folder {', '.join(missing)}")
    return folders


def _file(given: object) -> object:
    path = Path(str(given)).expanduser()
    if not path.is_file():
        raise ValueError("no such file")
    return path


def _folder(given: object) -> object:
    path = Path(str(given)).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError("is a file, not a folder")
    return path


def _url(given: object) -> object:
    try:
        parts = urlsplit(str(given))
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if given and not right:
        raise ValueError("is not a web address")
    return str(given).rstrip("/")


def _journal(given: object) -> object:
    text = str(given)
    if not _JOURNAL.match(text):
        raise ValueError("is not the address of an SQLite or PostgreSQL database")
    if text.rstrip("/") == "sqlite:" or ":memory:" in text:
        raise ValueError("needs a file that outlives a connection")
    return text


def _address(given: object) -> object:
    if not _ADDRESS.fullmatch(str(given)):
        raise ValueError("is not an e-mail address")
    return given


def _costs(given: object) -> object:
    """`payments=250,mail=40`."""
    if not isinstance(given, str):
        return given
    pairs = [one.partition("=") for one in given.split(",") if one.strip()]
    if not all(name.strip() and cost.strip().isdecimal() for name, _, cost in pairs):
        raise ValueError("is not a list like payments=250,mail=40")
    return {name.strip(): int(cost) for name, _, cost in pairs}


def _lower(given: object) -> object:
    return given.lower() if isinstance(given, str) else given


Folders = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)]
Url = Annotated[str, BeforeValidator(_url)]
Port = Annotated[int, Field(ge=1, le=65_535)]
NO_SECRET = SecretStr("")


class Settings(BaseSettings):
    """An empty url means that this adapter is not configured; what would go there is refused with that reason."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, validate_default=False
    )

    # --- files -----------------------------------------------------------------------------------------------
    policies: Folders = Field(
        default=(), examples=[f"policies/ours{os.pathsep}/srv/policies"],
        description="Folders with policies and calendars of yours; an earlier one wins, the published come last.",
    )  # fmt: skip
    people: Annotated[Path, BeforeValidator(_file)] = Field(
        default=PACKAGED_PEOPLE, examples=["people.yaml"],
        description="Who is there: people, teams, roles. The default is a sample for trying out.",
    )  # fmt: skip
    data_dir: Annotated[Path, BeforeValidator(_folder)] = Field(
        default=Path(".rung"), examples=[".rung"],
        description="Where Rung keeps files of its own; made when it is needed.",
    )  # fmt: skip
    journal_url: Annotated[str, BeforeValidator(_journal)] = Field(
        default_factory=lambda known: f"sqlite:///{(known.get('data_dir') or Path('.rung')) / 'rung.db'}",
        examples=["postgresql+psycopg://rung@localhost:5432/rung"], repr=False,
        description="The journal's database, SQLite or PostgreSQL. The default is rung.db in the data folder.",
    )  # fmt: skip

    # --- e-mail ----------------------------------------------------------------------------------------------
    smtp_host: str = Field(default="", examples=["smtp.example.com"], description="The mail server; empty = no e-mail.")
    smtp_port: Port = Field(default=587, examples=["587"], description="Its port.")
    smtp_from: Annotated[str, BeforeValidator(_address)] = Field(
        default="Rung <rung@localhost>", examples=["Rung <rung@example.com>"], description="Who e-mails come from."
    )
    smtp_username: str = Field(default="", examples=["rung"], description="The login; empty = none.")
    smtp_password: SecretStr = Field(default=NO_SECRET, description="The password of the login.")
    smtp_tls: Annotated[Literal["none", "starttls", "tls"], BeforeValidator(_lower)] = Field(
        default="starttls", examples=["starttls"], description="How the connection is encrypted: none, starttls, tls."
    )
    smtp_timeout: float = Field(default=15.0, gt=0, le=300, examples=["15"], description="Seconds for one e-mail.")
    smtp2_host: str = Field(
        default="", examples=["smtp2.example.com"], description="A second mail server, for when the first is down."
    )
    smtp2_port: Port = Field(default=587, examples=["587"], description="Its port.")
    smtp2_username: str = Field(default="", examples=["rung"], description="Its login; empty = none.")
    smtp2_password: SecretStr = Field(default=NO_SECRET, description="The password of that login.")
    smtp2_tls: Annotated[Literal["none", "starttls", "tls"], BeforeValidator(_lower)] = Field(
        default="starttls", examples=["starttls"], description="How it is encrypted: none, starttls, tls."
    )

    # --- SMS and calls ---------------------------------------------------------------------------------------
    twilio_url: Url = Field(
        default="", examples=["https://api.twilio.com"], description="Twilio, or what speaks its API; empty = no SMS."
    )
    twilio_account: str = Field(default="", examples=["AC0123..."], description="The account's SID.")
    twilio_token: SecretStr = Field(default=NO_SECRET, description="The account's token.")
    twilio_from: str = Field(
        default="", examples=["+15550100"], description="The number, or messaging service, that messages come from."
    )

    twilio2_url: Url = Field(
        default="", examples=["https://sms.example.com"],
        description="A second such provider, for when the first is down; empty = none.",
    )  # fmt: skip
    twilio2_account: str = Field(default="", examples=["AC4567..."], description="Its account's SID.")
    twilio2_token: SecretStr = Field(default=NO_SECRET, description="Its account's token.")
    twilio2_from: str = Field(default="", examples=["+15550200"], description="Where its messages come from.")
    receipt_seconds: int = Field(
        default=120, ge=0, le=150, examples=["120"],
        description="How long a provider may take to say that an SMS or call arrived; 0 = it is not waited for.",
    )  # fmt: skip
    bundle_seconds: int = Field(
        default=60, ge=0, le=90, examples=["60"],
        description="Messages to one person by one channel within so many seconds become one; 0 = never.",
    )  # fmt: skip

    # --- answers from messages -------------------------------------------------------------------------------
    public_url: Url = Field(
        default="", examples=["https://rung.example.com"],
        description="How people's browsers and the providers reach the doors; empty = no links in messages.",
    )  # fmt: skip
    link_secret: SecretStr = Field(
        default=NO_SECRET, description="Signs links and buttons; several by commas: the first signs, all are believed.",
    )  # fmt: skip
    link_hours: int = Field(
        default=24, ge=1, le=24 * 30, examples=["24"], description="Hours after which a link or button has expired."
    )
    slack_signing_secret: SecretStr = Field(
        default=NO_SECRET, description="Of the Slack app whose buttons are pressed; empty = no button is believed."
    )

    api_tokens: SecretStr = Field(
        default=NO_SECRET,
        description="Who may declare outages by HTTP: NAME:TOKEN, several by commas; empty = the API is shut.",
    )  # fmt: skip

    # --- webhooks and other systems --------------------------------------------------------------------------
    webhook_secret: SecretStr = Field(default=NO_SECRET, description="Signs generic webhooks; empty = none are sent.")
    helpdesk_url: Url = Field(
        default="", examples=["https://helpdesk.example.com/api"],
        description="The helpdesk, for flags, comments, reassignment; empty = none.",
    )  # fmt: skip
    helpdesk_token: SecretStr = Field(default=NO_SECRET, description="Its token.")
    credits_url: Url = Field(
        default="", examples=["https://billing.example.com/api"], description="Where service credits go; empty = none."
    )
    credits_token: SecretStr = Field(default=NO_SECRET, description="Its token.")
    reviews_url: Url = Field(
        default="",
        examples=["https://planning.example.com/api"],
        description="Where reviews are entered; empty = none.",
    )
    reviews_token: SecretStr = Field(default=NO_SECRET, description="Its token.")

    # --- the worker ------------------------------------------------------------------------------------------
    history_limit: int = Field(
        default=2_000, ge=10, le=40_000, examples=["2000"],
        description="Events in a ticket's history after which it continues as new.",
    )  # fmt: skip
    max_workflow_tasks: int = Field(
        default=100, ge=2, le=10_000, examples=["100"], description="Workflow tasks at a time in one worker."
    )
    cached_tickets: int = Field(
        default=500, ge=10, le=1_000_000, examples=["5000"],
        description="Tickets that one worker keeps in memory, half a megabyte each; others are replayed to wake them.",
    )  # fmt: skip
    max_effects: int = Field(
        default=100, ge=1, le=10_000, examples=["100"], description="Messages and actions at a time in one worker."
    )
    effects_per_second: float = Field(
        default=50.0, gt=0, le=100_000, examples=["50"],
        description="Messages and actions a second, over all workers: what the providers bear.",
    )  # fmt: skip
    build_id: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,100}$", examples=["2026-07-01"],
        description="The worker's build as Temporal knows it; empty = that of the code.",
    )  # fmt: skip
    make_current: bool = Field(
        default=True, examples=["false"], description="Whether a starting worker makes its build the current one."
    )
    grace_seconds: float = Field(
        default=30.0, ge=0, le=3_600, examples=["30"], description="How long a stopping worker lets messages finish."
    )
    connect_timeout: float = Field(
        default=5.0, gt=0, le=300, examples=["5"], description="Seconds to reach the Temporal server."
    )

    # --- the audit -------------------------------------------------------------------------------------------
    audit_minutes: int = Field(
        default=5, ge=0, le=1_440, examples=["5"],
        description="Minutes from one round of the audit to the next; 0 = none.",
    )  # fmt: skip
    outbox_days: int = Field(
        default=90, ge=8, le=36_500, examples=["90"],
        description="Days that the outbox keeps messages that are over; a week of them is what budgets count.",
    )  # fmt: skip
    operator: str = Field(
        default="", examples=["duty-manager"],
        description="Role or person of the people file whom the audit tells what it cannot repair; empty = nobody.",
    )  # fmt: skip
    outage_limit: int = Field(
        default=0, ge=0, le=1_000_000, examples=["500"],
        description="Open tickets that an outage may cover without --approved-by; 0 = any number.",
    )  # fmt: skip
    downtime_costs: Annotated[Mapping[str, int], NoDecode, BeforeValidator(_costs)] = Field(
        default_factory=dict, examples=["payments=250,mail=40"],
        description="What a minute without a service costs, for the loss in reports; --cost-per-minute goes before it.",
    )  # fmt: skip
    deadman_url: Annotated[SecretStr, BeforeValidator(_url)] = Field(
        default=NO_SECRET, examples=["https://hc-ping.com/1b2c3d"],
        description="Called with GET after every round that found nothing; silence there is the alarm. Empty = none.",
    )  # fmt: skip

    # --- what is shown ---------------------------------------------------------------------------------------
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", examples=["info"], description="What is logged: debug, info, warning, error."
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = Field(
        default="console", examples=["json"], description="How it is logged: console (for people) or json."
    )
    ui_url: Url = Field(
        default="http://127.0.0.1:8233", examples=["https://temporal.example.com"],
        description="The Temporal UI, for addresses of histories.",
    )  # fmt: skip

    def catalog(self) -> Catalog:
        """Policies and calendars: yours first, then the published ones."""
        from policies.catalog import PUBLISHED, Catalog

        return Catalog(*self.policies, PUBLISHED)

    def link_secrets(self) -> tuple[str, ...]:
        """The first signs, all are believed; none = no links."""
        return tuple(part.strip() for part in self.link_secret.get_secret_value().split(",") if part.strip())

    def api_callers(self) -> tuple[tuple[str, str], ...]:
        """Name and token of each; none = the API is shut."""
        given = (part.strip().partition(":") for part in self.api_tokens.get_secret_value().split(",") if part.strip())
        return tuple((name.strip(), token.strip()) for name, _, token in given)

    def make_data_dir(self) -> Path:
        """The data folder, made if need be; what is in it is not for version control."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        ignored = self.data_dir / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
        return self.data_dir


def load(**given: Any) -> Settings:
    """The settings of this process; `given` wins over the environment. Raises BadSettings with every fault."""
    faults = list(_misspelt(os.environ))
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise BadSettings("\n".join([*faults, *_faults(error)])) from None
    from starter.completeness import incomplete

    faults += incomplete(settings)
    if faults:
        raise BadSettings("\n".join(faults))
    return settings


def variable(name: str) -> str:
    """`smtp_host` -> `RUNG_SMTP_HOST`."""
    return PREFIX + name.upper()


@dataclass(frozen=True)
class Shown:
    """One setting as people may see it."""

    name: str
    value: str
    is_set: bool
    description: str
    example: str


def shown(settings: Settings) -> Iterator[Shown]:
    """Every setting. Secrets are masked."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        text = os.pathsep.join(map(str, value)) if isinstance(value, tuple) else str(value)
        example = str(field.examples[0]) if field.examples else ""
        is_set = name in settings.model_fields_set
        yield Shown(variable(name), _PASSWORD.sub("***", text), is_set, field.description or "", example)


def _misspelt(environment: Mapping[str, str]) -> Iterator[str]:
    known = {variable(name).removeprefix(PREFIX) for name in Settings.model_fields}
    for name in sorted(environment):
        word = name.upper().removeprefix(PREFIX)
        if not name.upper().startswith(PREFIX) or word in known or name.upper() in OTHERS:
            continue
        if close := get_close_matches(word, known, 1, 0.8):
            yield f"{name} is not a setting (did you mean '{PREFIX}{close[0]}'?); 'rung settings' lists all"


def _faults(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        if problem["type"] == "default_factory_not_called":
            continue  # only says that another field is faulty
        name = str(problem["loc"][0])
        field = Settings.model_fields.get(name)
        if field is None:
            yield f"{variable(name)} is not a setting; 'rung settings' lists all"
            continue
        secret = field.annotation is SecretStr or name == "journal_url"
        value = "" if secret else f" '{problem['input']}'"
        yield f"{variable(name)}{value}: {_said(str(problem['msg']))}; {advice(name)}"


def _said(message: str) -> str:
    """pydantic's words without its idiom."""
    text = message.removeprefix("Value error, ").removeprefix("Input ").partition(", unable to")[0]
    return text[:1].lower() + text[1:]


def advice(name: str) -> str:
    """What to write there."""
    field = Settings.model_fields[name]
    return f"write for example {field.examples[0]}" if field.examples else "put it there"
