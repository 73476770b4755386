"""From settings to adapters to activities: which provider stands behind which port.

What is not configured refuses with the name of its variable. Must never know a provider's protocol.
"""

from __future__ import annotations

from email.utils import parseaddr

from activities.action_items import Desk, Following
from activities.acts import Acts, World
from activities.adapters.credits_http import HttpCredits
from activities.adapters.dead_man import HttpDeadMan
from activities.adapters.helpdesk_http import HttpHelpdesk
from activities.adapters.http import Http
from activities.adapters.invitation import review_invitation
from activities.adapters.people_yaml import YamlDirectory
from activities.adapters.reviews_http import HttpReviews
from activities.adapters.slack import SlackNotifier
from activities.adapters.smtp import MailServer, SmtpNotifier
from activities.adapters.sql import SqlJournal
from activities.adapters.teams import TeamsNotifier
from activities.adapters.twilio import PhoneNotifier, SmsNotifier, TwilioAccount
from activities.adapters.unconfigured import Unconfigured
from activities.adapters.webhook import WebhookNotifier
from activities.auditing import Auditing, Operator
from activities.claims import Claims
from activities.journal import Journaling
from activities.notifications import Notifications
from activities.planning import Planning
from activities.ports import ActionItems, Helpdesk, Notifier, Watch
from activities.pressing import Pressing
from activities.replanning import Replanning
from activities.wording import Wording
from starter.settings import Settings
from workflows.crew import Activities


def notifiers(settings: Settings, http: Http) -> dict[str, Notifier]:
    """Channel -> adapter, for what is configured."""
    found: list[Notifier] = [
        SlackNotifier(http, answers=bool(settings.slack_signing_secret.get_secret_value())),
        TeamsNotifier(http),
    ]
    if settings.smtp_host:
        password = settings.smtp_password.get_secret_value()
        found.append(SmtpNotifier(MailServer(
            settings.smtp_host, settings.smtp_port, settings.smtp_from, settings.smtp_username, password,
            settings.smtp_tls, settings.smtp_timeout,
        )))  # fmt: skip
    if settings.twilio_url:
        account = TwilioAccount(
            settings.twilio_account, settings.twilio_token.get_secret_value(), settings.twilio_from, settings.twilio_url
        )
        found += [SmsNotifier(http, account), PhoneNotifier(http, account)]
    if secret := settings.webhook_secret.get_secret_value():
        found.append(WebhookNotifier(http, secret))
    return {notifier.channel: notifier for notifier in found}


def pressing(settings: Settings) -> Pressing | None:
    """Buttons for messages, where people can reach us."""
    secrets = settings.link_secrets()
    if not (settings.public_url and secrets):
        return None
    return Pressing(Claims(secrets), settings.public_url.rstrip("/"), settings.link_hours)


def auditing(settings: Settings, http: Http, journal: SqlJournal, watch: Watch) -> Auditing:
    """The audit: `look` and `poke` are near, `alarm` and `alive` reach the world."""
    operator = Operator(settings.operator, YamlDirectory(settings.people), notifiers(settings, http))
    dead_man = HttpDeadMan(http, settings.deadman_url.get_secret_value())
    return Auditing(journal, watch, operator, dead_man, helpdesk=helpdesk(settings, http))


def helpdesk(settings: Settings, http: Http) -> Helpdesk:
    """The helpdesk, or what says which variable is not set."""
    if not settings.helpdesk_url:
        return Unconfigured("helpdesk", "RUNG_HELPDESK_URL")
    return HttpHelpdesk(http, settings.helpdesk_url, settings.helpdesk_token.get_secret_value())


def activities(
    settings: Settings, http: Http, journal: SqlJournal, directory: YamlDirectory, watch: Watch, items: ActionItems
) -> tuple[Activities, Activities]:
    """(near, world) with the adapters that the settings ask for; what is not configured refuses by name."""
    audit = auditing(settings, http, journal, watch)
    wording, channels = Wording(), notifiers(settings, http)
    tokens = {name: getattr(settings, f"{name}_token").get_secret_value() for name in ("credits", "reviews")}
    credit, review = settings.credits_url, settings.reviews_url
    acts = Acts(World(
        helpdesk(settings, http),
        HttpCredits(http, credit, tokens["credits"]) if credit else Unconfigured("billing", "RUNG_CREDITS_URL"),
        HttpReviews(http, review, tokens["reviews"]) if review else Unconfigured("planning", "RUNG_REVIEWS_URL"),
        directory, channels.get("email", Unconfigured("mail server", "RUNG_SMTP_HOST")),
        lambda found: review_invitation(found, parseaddr(settings.smtp_from)[1]),
    ), wording)  # fmt: skip
    planning, telling = (
        Planning(settings.catalog(), directory),
        Notifications(channels, directory, wording, pressing(settings)),
    )
    following = Following(Desk(items, directory, channels, journal), wording)
    world: Activities = [
        following.action,
        following.remind,
        telling.notify,
        acts.flag,
        acts.comment,
        acts.reassign,
        acts.priority,
        acts.credit,
        acts.revoke,
        acts.review,
        audit.alarm,
        audit.alive,
    ]
    journaling = Journaling(journal)
    replan = Replanning(planning, journaling).replan
    near: Activities = [
        planning.compile_plan, planning.address_rung, planning.office_hours, journaling.write_journal, replan,
        following.address_owner, following.note,
    ]  # fmt: skip
    return [*near, audit.look, audit.poke], world
