"""Every scheduled, queued or doc-event entry. Jobs may run twice, late, or not at all: the database says what is due."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import frappe

from social_care import privacy
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, SocialCareError
from social_care.core.events import Audience
from social_care.core.ports import Connection, CountsUnits, ListsTemplates
from social_care.core.replies import Plan, Reply
from social_care.desks.helpdesk import (
    attachments,
    deadlines,
    insight,
    messages,
    replying,
)
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.queue import ask_worker
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import (
    approving,
    composing,
    delivery,
    enriching,
    handling,
    moderating,
    polling,
    sharing,
    storm_work,
    sweeping,
    vanishing,
)
from social_care.engine import replying as engine_replying
from social_care.wiring import connect as connect_platform
from social_care.wiring import load_connector, load_insight

Result = TypeVar("Result")

ERASE_AT_ONCE = 1000
LOOK_BACK = timedelta(days=14)
MOST_LOOKED_AT = 100
"""Of each account a day; each look may cost money."""
HANDLE_AT_ONCE = 20
TEMPLATES_LIVE = timedelta(days=1)
MARK_LIVES_S = 60
"""After this long a job that was queued and never began is held for lost."""


def connect(account: Account) -> Connection:
    """Open a connection to an account's platform. Raises: ConfigurationError when credentials are missing."""
    desk = HelpdeskDesk()
    accounts, offer = desk.accounts, desk.files.address
    keep = functools.partial(accounts.keep_credentials, account.name)
    return connect_platform(account, accounts.credentials(account.name), keep, replying.read_upload, accounts, offer)


def as_administrator(job: Callable[..., Result]) -> Callable[..., Result]:
    """Run a job as the system: a queued job would act as whoever queued it, which may be a platform's webhook."""

    @functools.wraps(job)
    def run(*arguments: Any, **named: Any) -> Result:
        user = frappe.session.user
        if user == "Administrator":
            return job(*arguments, **named)
        frappe.set_user("Administrator")
        try:
            return job(*arguments, **named)
        finally:
            frappe.set_user(user)

    return run


def enqueue(job: Callable[..., Any], queue: str = "short", **named: str) -> None:
    """Queue a job after the commit, unless the very same waits already."""
    job_id = "|".join(["social_care", job.__name__, *named.values()])
    ask_worker(f"{job.__module__}.{job.__name__}", queue, job_id=job_id, deduplicate=True, **named)


def webhook_address(account: str) -> str:
    """Return the public address at which a platform reaches an account."""
    return frappe.utils.get_url(f"/api/method/social_care.api.webhook?account={quote(account, safe='')}")


# --- receiving ------------------------------------------------------------------------------------------------------
@as_administrator
def poll_due_accounts() -> None:
    """Every minute: queue a visit to each feed whose time has come."""
    desk, now = HelpdeskDesk(), utc_now()
    for name in frappe.get_all("Social Account", {"enabled": 1}, pluck="name"):
        try:
            due = [feed for feed in feeds(desk.accounts.get(name)) if desk.ledger.feed_is_due(name, feed, now)]
        except SocialCareError as error:
            desk.accounts.record_health(name, ok=False, error=str(error))
            continue
        for feed in due:
            enqueue(poll_feed, "default", account=name, feed=feed)
    frappe.db.commit()


def feeds(account: Account) -> tuple[str, ...]:
    """Return the feeds of an account that are to be visited."""
    return polling.feeds_of(account, load_connector(account.platform).capabilities.feeds)


@as_administrator
def poll_feed(account: str, feed: str) -> None:
    """Fetch what is new in a feed, keep it, and say when to come again."""
    desk = HelpdeskDesk()
    known = desk.accounts.get(account)
    if not known.enabled or feed not in feeds(known):
        return
    try:
        connection = connect(known)
    except SocialCareError as error:
        desk.accounts.record_health(account, ok=False, error=str(error))
        desk.ledger.record_poll(account, feed, next_in_s=polling.AFTER_OWNER_ERROR_S, error=str(error))
        return
    try:
        sends = load_connector(known.platform).capabilities.replies
        report = polling.poll_feed(known, feed, desk=desk, connection=connection, clock=utc_now, sends=sends)
    finally:
        connection.close()
    desk.ledger.record_poll(account, feed, next_in_s=report.next_in_s, error=report.error)
    desk.accounts.record_polling_note(account, report.note)
    for payload_id in report.payloads:
        enqueue(handle_payload, payload_id=payload_id)
    frappe.db.commit()


def handle_soon() -> None:
    """Have the stored payloads handled: one job for all that come before it begins.

    They are safe already. With a queue that is full or away the sweeper finds them; whoever brought them was served.
    """
    try:
        if frappe.cache.set(_waiting_mark(), 1, nx=True, ex=MARK_LIVES_S):
            frappe.enqueue("social_care.jobs.handle_waiting", queue="short")
    except Exception:  # noqa: BLE001 - Redis, RQ and Frappe's limit of a queue each raise their own
        frappe.logger("social_care").warning("the queue takes no jobs; the sweeper will find the payloads", exc_info=True)


def _waiting_mark() -> bytes:
    return frappe.cache.make_key("social_care:payloads wait")


@as_administrator
def handle_waiting() -> None:
    """Handle the payloads that wait. The mark goes first: whatever is stored after that asks for a job of its own."""
    frappe.cache.delete(_waiting_mark())
    due = HelpdeskDesk().ledger.due(utc_now(), HANDLE_AT_ONCE)
    if len(due) == HANDLE_AT_ONCE:
        handle_soon()  # there may be more: another worker can begin with those that this one has not come to
    for payload_id in due:
        handle_payload(payload_id)


@as_administrator
def handle_payload(payload_id: str) -> None:
    """Turn one stored payload into tickets and messages."""
    desk = HelpdeskDesk()
    platform = desk.ledger.platform_of(payload_id)
    if platform:
        reader, connector = load_insight(insight.options()), load_connector(platform)
        outcomes = handling.handle_payload(payload_id, desk=desk, connector=connector, clock=utc_now, insight=reader)
        if any(isinstance(outcome.event, sharing.PassedOn) for outcome in outcomes):
            handle_soon()


@as_administrator
def fetch_attachments(message: str) -> None:
    """Fetch what a message left out, and its files; a dead link is noted and never costs the message."""
    stored = messages.get(message)
    if stored is not None and stored.missing:
        desk, reader = HelpdeskDesk(), load_insight(insight.options())
        connector = load_connector(desk.accounts.get(stored.account).platform)
        enriching.enrich(stored, desk=desk, connector=connector, connect=connect, clock=utc_now, insight=reader)
    attachments.fetch(message, connect)


@as_administrator
def fetch_missing_attachments() -> None:
    """Every hour: try again what could not be fetched, for a day."""
    for message in attachments.missing(utc_now() - timedelta(days=1)):
        enqueue(fetch_attachments, "long", message=message)
    frappe.db.commit()


# --- sending --------------------------------------------------------------------------------------------------------
def queue_reply(reply: Reply, reply_name: str) -> tuple[Plan, tuple[str, ...]]:
    """Plan and queue a reply in the caller's transaction. Raises: Refused before anything is stored."""
    desk = HelpdeskDesk()
    account = desk.accounts.get(reply.target.account)
    connector = load_connector(account.platform)
    planned, parts = engine_replying.queue_reply(
        reply, account, reply_name=reply_name, desk=desk, connector=connector, clock=utc_now
    )
    return _with_privacy(planned, reply), parts


def reasons_to_hold(reply: Reply) -> tuple[str, ...]:
    """Return why an e-mail needs approval, () when it does not."""
    return approving.reasons_to_hold(reply, HelpdeskDesk())


def hold_mail(reply: Reply, reply_name: str) -> str:
    """Let an e-mail wait for a supervisor, in the caller's transaction; return the name of the record."""
    return approving.hold_mail(reply, reply_name=reply_name, desk=HelpdeskDesk(), clock=utc_now)


def preview_reply(reply: Reply) -> engine_replying.Preview:
    """Return what `queue_reply` would send, and why it would wait for approval, with nothing stored. Raises: Refused."""
    desk = HelpdeskDesk()
    account = desk.accounts.get(reply.target.account)
    connector = load_connector(account.platform)
    preview = engine_replying.preview_reply(reply, account, desk=desk, connector=connector, clock=utc_now)
    return replace(preview, plan=_with_privacy(preview.plan, reply))


def _with_privacy(planned: Plan, reply: Reply) -> Plan:
    """Return a plan that also warns of personal data in a public text."""
    return replace(planned, warnings=(*planned.warnings, *privacy_warnings(reply.text, planned.audience)))


def privacy_warnings(text: str, audience: Audience) -> tuple[str, ...]:
    """Return a sentence for each personal thing in a public text; numbers are read as in the site's country."""
    if audience is not Audience.PUBLIC:
        return ()
    return privacy.warn(text, own_country())


def own_country() -> str | None:
    """Return the site's country (ISO 3166, "DE"), None where none is set."""
    code = frappe.get_cached_value("Country", frappe.db.get_default("country") or "", "code")
    return str(code).upper() if code else None


@as_administrator
def deliver_part(part_id: str) -> None:
    """Send one part of a reply."""
    delivery.deliver(part_id, desk=HelpdeskDesk(), connect=connect, clock=utc_now)


@as_administrator
def reconcile_part(part_id: str) -> None:
    """Look on the platform for a part of which nobody knows whether it was sent."""
    delivery.reconcile(part_id, desk=HelpdeskDesk(), connect=connect, clock=utc_now)


# --- templates ---------------------------------------------------------------------------------------------------------
def refresh_templates(account: str) -> int:
    """Fetch an account's templates anew and keep them; return how many. Commits. Raises: SocialCareError."""
    desk = HelpdeskDesk()
    with contextlib.closing(connect(desk.accounts.get(account))) as connection:
        if not isinstance(connection, ListsTemplates):
            raise ConfigurationError("This platform has no templates.")
        found = connection.templates()
    desk.templates.keep(account, found, utc_now())
    return len(found)


@as_administrator
def refresh_old_templates() -> None:
    """Every hour: fetch templates that are out of date, or older than a day."""
    desk = HelpdeskDesk()
    for account in frappe.get_all("Social Account", {"enabled": 1}, ["name", "platform"]):
        fetched_at = desk.templates.fetched_at(account.name)
        fresh = fetched_at is not None and fetched_at > utc_now() - TEMPLATES_LIVE
        if fresh or not load_connector(account.platform.lower()).capabilities.templates:
            continue
        try:
            refresh_templates(account.name)
        except SocialCareError as error:
            desk.accounts.record_health(account.name, ok=False, error=str(error))


# --- keeping order --------------------------------------------------------------------------------------------------
@as_administrator
def sweep() -> None:
    """Every minute: queue all that is due, whatever the queue forgot."""
    work = sweeping.find_work(HelpdeskDesk(), utc_now)
    for payload_id in work.payloads:
        enqueue(handle_payload, payload_id=payload_id)
    for part_id in work.deliver:
        enqueue(deliver_part, part_id=part_id)
    for part_id in work.reconcile:
        enqueue(reconcile_part, part_id=part_id)
    frappe.db.commit()  # queues them: trouble with what comes now must not keep messages and replies waiting
    moderating.mark_lost(work.lost, desk=HelpdeskDesk(), clock=utc_now)
    approving.raise_alarms(HelpdeskDesk(), utc_now)
    storm_work.tend_all(desk=HelpdeskDesk(), load_connector=load_connector, clock=utc_now)
    frappe.db.commit()


@as_administrator
def watch_windows() -> None:
    """Every five minutes: warn before a window closes on a ticket that waits for an answer; take back what is settled."""
    deadlines.clear()
    deadlines.warn(utc_now())
    frappe.db.commit()


@as_administrator
def erase_old_payloads() -> None:
    """Every day: erase handled payloads that are older than their account keeps them."""
    ledger = HelpdeskDesk().ledger
    for account in frappe.get_all("Social Account", fields=["name", "payload_retention_days"]):
        if account.payload_retention_days:
            before = utc_now() - timedelta(days=account.payload_retention_days)
            while ledger.erase_old(account.name, before, ERASE_AT_ONCE) == ERASE_AT_ONCE:
                pass


@as_administrator
def look_for_deleted() -> None:
    """Every day: look whether what customers wrote on open tickets is still there, where the account wants that."""
    desk = HelpdeskDesk()
    for name in frappe.get_all("Social Account", {"enabled": 1, "look_for_deleted": 1}, pluck="name"):
        account = desk.accounts.get(name)
        message_ids = messages.on_open_tickets(name, utc_now() - LOOK_BACK, MOST_LOOKED_AT)
        budget = account.monthly_budget
        if not message_ids or (budget is not None and composing.spent_this_month(account, utc_now()) >= budget):
            continue
        try:
            connector, connection = load_connector(account.platform), connect(account)
            try:
                if isinstance(connection, CountsUnits) and connection.allowance().spare < len(message_ids):
                    continue  # the rest of the day's units is for answers
                vanishing.check_vanished(
                    account, message_ids, desk=desk, connector=connector, connection=connection, clock=utc_now
                )
            finally:
                connection.close()
        except SocialCareError as error:
            desk.accounts.record_health(name, ok=False, error=str(error))
