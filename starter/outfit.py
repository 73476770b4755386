"""From settings to adapters to activities: which provider stands behind which port.

What is not configured refuses with the name of its variable. Must never know a provider's protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr
from functools import partial

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
from activities.adapters.sql_outages import SqlOutages
from activities.adapters.sql_outbox import SqlOutbox
from activities.adapters.teams import TeamsNotifier
from activities.adapters.twilio import RECEIPTS, PhoneNotifier, SmsNotifier, TwilioAccount
from activities.adapters.unconfigured import Unconfigured
from activities.adapters.webhook import WebhookNotifier
from activities.auditing import Auditing, Mailroom, Operator
from activities.budgets import Budgets
from activities.claims import Claims
from activities.clearance import Clearance
from activities.dispatching import Dispatch
from activities.journal import Journaling
from activities.maintaining import MaintenanceWindows
from activities.notifications import Notifications
from activities.outage_customers import OutageCustomers
from activities.outage_digests import OutageDigests
from activities.outage_notices import OutageNotices
from activities.outage_reviews import OutageReviews
from activities.outaging import Outaging
from activities.planning import Planning
from activities.ports import ActionItems, Crowd, Declarations, Helpdesk, Notifier, Recognition, Watch
from activities.pressing import Pressing
from activities.providers import Providers
from activities.recognising import RecognitionDesk, Recognitions
from activities.replanning import Replanning
from activities.reviewing import Reviewing
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
        found.append(_one_of({server.name: SmtpNotifier(server) for server in mail_servers(settings)}))
    if accounts := twilio_accounts(settings):
        found.append(_one_of({one.name: SmsNotifier(http, one) for one in accounts}))
        found.append(_one_of({one.name: PhoneNotifier(http, one) for one in accounts}))
    if secret := settings.webhook_secret.get_secret_value():
        found.append(WebhookNotifier(http, secret))
    return {notifier.channel: notifier for notifier in found}


def mail_servers(settings: Settings) -> list[MailServer]:
    """The first, and the second if there is one; both send as the same."""
    return [
        MailServer(
            getattr(settings, f"{name}_host"), getattr(settings, f"{name}_port"), settings.smtp_from,
            getattr(settings, f"{name}_username"), getattr(settings, f"{name}_password").get_secret_value(),
            getattr(settings, f"{name}_tls"), settings.smtp_timeout, name=name,
        )
        for name in ("smtp", "smtp2")
        if getattr(settings, f"{name}_host")
    ]  # fmt: skip


def twilio_accounts(settings: Settings) -> list[TwilioAccount]:
    """The first, and the second if there is one. They tell what became of a message where they can reach us."""
    wanted = settings.public_url and settings.receipt_seconds
    return [
        TwilioAccount(
            getattr(settings, f"{name}_account"), getattr(settings, f"{name}_token").get_secret_value(),
            getattr(settings, f"{name}_from"), getattr(settings, f"{name}_url"), name,
            settings.public_url + RECEIPTS if wanted else "",
        )
        for name in ("twilio", "twilio2")
        if getattr(settings, f"{name}_url")
    ]  # fmt: skip


def _one_of(providers: dict[str, Notifier]) -> Notifier:
    return Providers(providers) if len(providers) > 1 else next(iter(providers.values()))


def pressing(settings: Settings) -> Pressing | None:
    """Buttons for messages, where people can reach us."""
    secrets = settings.link_secrets()
    if not (settings.public_url and secrets):
        return None
    return Pressing(Claims(secrets), settings.public_url.rstrip("/"), settings.link_hours)


def auditing(settings: Settings, http: Http, journal: SqlJournal, outbox: SqlOutbox, watch: Watch) -> Auditing:
    """The audit: `look`, `poke` and `forget` are near, `alarm` and `alive` reach the world."""
    operator = Operator(settings.operator, YamlDirectory(settings.people), notifiers(settings, http))
    dead_man = HttpDeadMan(http, settings.deadman_url.get_secret_value())
    mailroom = Mailroom(outbox, settings.outbox_days)
    return Auditing(journal, watch, operator, dead_man, helpdesk=helpdesk(settings, http), mailroom=mailroom)


def helpdesk(settings: Settings, http: Http) -> Helpdesk:
    """The helpdesk, or what says which variable is not set."""
    if not settings.helpdesk_url:
        return Unconfigured("helpdesk", "RUNG_HELPDESK_URL")
    return HttpHelpdesk(http, settings.helpdesk_url, settings.helpdesk_token.get_secret_value())


def reviewing(settings: Settings, http: Http, mail: Notifier | None) -> Reviewing:
    """Where reviews get their place and their invitations; without a planning system there are only these."""
    token = settings.reviews_token.get_secret_value()
    return Reviewing(
        HttpReviews(http, settings.reviews_url, token) if settings.reviews_url else None,
        mail or Unconfigured("mail server", "RUNG_SMTP_HOST"),
        partial(review_invitation, organizer=parseaddr(settings.smtp_from)[1]),
    )


def acts(settings: Settings, http: Http, directory: YamlDirectory, meetings: Reviewing) -> Acts:
    """Flags, comments, credits, reviews; what is not configured refuses by name."""
    credit, token = settings.credits_url, settings.credits_token.get_secret_value()
    world = World(
        helpdesk(settings, http),
        HttpCredits(http, credit, token) if credit else Unconfigured("billing", "RUNG_CREDITS_URL"),
        meetings.reviews or Unconfigured("planning", "RUNG_REVIEWS_URL"), directory, meetings.mail, meetings.invitation,
    )  # fmt: skip
    return Acts(world, Wording())


def activities(
    settings: Settings,
    http: Http,
    journal: SqlJournal,
    outbox: SqlOutbox,
    directory: YamlDirectory,
    watch: Watch,
    crowd: Crowd,
    items: ActionItems,
    recognition: Recognition,
    declarations: Declarations,
) -> tuple[Activities, Activities]:
    """(near, world) with the adapters that the settings ask for; what is not configured refuses by name."""
    channels, planning = notifiers(settings, http), Planning(settings.catalog(), directory, Budgets(outbox))
    audit, meetings = auditing(settings, http, journal, outbox, watch), reviewing(settings, http, channels.get("email"))
    following = Following(Desk(items, directory, channels, journal), Wording())
    telling = Notifications(
        channels, directory, Wording(), pressing(settings), Dispatch(outbox, settings.receipt_seconds)
    )
    recognitions = Recognitions(RecognitionDesk(declarations, directory, channels, journal, settings.operator))
    notices = OutageNotices(directory, channels, settings.operator)
    mailing = OutageCustomers(crowd, channels.get("email"), Wording(), Dispatch(outbox))  # mail has no receipts
    near: list[Callable[..., object]] = [
        *_of_tickets(planning, journal), following.address_owner, following.note,
        *_of_recognitions(recognitions), *_of_maintenance(declarations),
        *_of_outages(journal, crowd, directory, Clearance(SqlOutages(journal), planning, recognition)),
        audit.look, audit.poke, audit.forget,
    ]  # fmt: skip
    world: list[Callable[..., object]] = [
        following.action, following.remind, telling.notify, telling.digest,
        *_of_acts(acts(settings, http, directory, meetings)), audit.alarm, audit.alive,
        notices.remind_owner, telling.tell_stakeholder, recognitions.tell_recognised,
        OutageReviews(meetings, directory, journal).review_outage,
        mailing.tell_customers,
    ]  # fmt: skip
    return near, world


def _of_tickets(planning: Planning, journal: SqlJournal) -> Activities:
    journaling = Journaling(journal)
    replan = Replanning(planning, journaling).replan
    return [planning.compile_plan, planning.address_rung, planning.office_hours, journaling.write_journal, replan]


def _of_acts(acts: Acts) -> Activities:
    return [acts.flag, acts.comment, acts.reassign, acts.priority, acts.credit, acts.revoke, acts.review]


def _of_recognitions(recognitions: Recognitions) -> Activities:
    return [
        recognitions.declare_recognised, recognitions.end_recognised, recognitions.link_recognised,
        recognitions.address_recognised,
    ]  # fmt: skip


def _of_maintenance(declarations: Declarations) -> Activities:
    windows = MaintenanceWindows(declarations)
    return [windows.next_windows, windows.declare_window, windows.withdraw_window]


def _of_outages(journal: SqlJournal, crowd: Crowd, directory: YamlDirectory, clearance: Clearance) -> Activities:
    outaging, digests = Outaging(SqlOutages(journal), crowd), OutageDigests(journal, directory)
    return [
        clearance.look_before_firing, outaging.keep_outage, outaging.extend_outage, outaging.push_outage,
        digests.plan_digests, digests.plan_update,
    ]  # fmt: skip
