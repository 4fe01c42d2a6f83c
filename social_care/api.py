"""Every whitelisted endpoint: the platforms' webhooks, what forms and lists ask, and Helpdesk's ticket page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import frappe
from frappe import _
from helpdesk.helpdesk.doctype.hd_ticket import api as helpdesk_api
from helpdesk.utils import is_agent
from werkzeug.wrappers import Request, Response

from social_care import jobs
from social_care.core.errors import SocialCareError, UnverifiedWebhook
from social_care.core.events import Audience
from social_care.core.payloads import Payload, Source
from social_care.core.ports import Handshake, ReceivesWebhooks
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import timeline
from social_care.desks.helpdesk.accounts import Gate
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine.replying import settle_by_person
from social_care.wiring import load_connector

LARGEST_BODY = 4_000_000
"""Bytes of a webhook that we take; platforms send far less."""
WEBHOOK = "/method/social_care.api.webhook"


# --- webhooks -------------------------------------------------------------------------------------------------------
@frappe.whitelist(allow_guest=True, methods=["GET", "POST"])
def webhook() -> Response:
    """Take what a platform pushes; answer its question whether this address is ours.

    The address ends in `/NAME` or `?account=NAME`, the account's name.
    """
    frappe.flags.social_webhook_answered = True
    return _answer(frappe.request)


def answer_unread_webhook(response: Response | None = None, request: Request | None = None) -> None:
    """After every request: give a webhook whose body Frappe could not read the answer that it deserves.

    Frappe reads JSON bodies before any endpoint sees them, and answers 500 to one that is not JSON.
    """
    if request is None or response is None or WEBHOOK not in request.path:
        return
    if frappe.flags.social_webhook_answered or response.status_code in (413, 429, 503):
        return
    answer = _answer(request)
    frappe.db.commit()
    response.status_code = answer.status_code
    response.content_type = answer.content_type
    response.set_data(answer.get_data())


def _answer(request: Request) -> Response:
    """Verify before anything is read, store one row, answer; all else is a job's.

    Frappe commits before it hands the answer out, and answers 500 where it could not: the platform will come again.
    """
    desk = HelpdeskDesk()
    name = request.args.get("account") or request.path.partition(WEBHOOK)[2].strip("/")
    gate = desk.accounts.gate(name)
    if gate is None:
        return _plain("unknown account", 404)
    try:
        passed = _verified(request, gate)
    except UnverifiedWebhook:
        desk.accounts.count_refused_webhook(name)
        return _plain("refused", 403)
    if isinstance(passed, Handshake):
        return Response(passed.body, 200, content_type=passed.content_type)
    payload = Payload(
        platform=gate.platform,
        account=name,
        account_id=gate.external_id,
        feed="webhook",
        body=passed,
        source=Source.WEBHOOK,
        received_at=utc_now(),
    )
    if desk.ledger.store(payload) is not None:
        frappe.db.after_commit.add(jobs.handle_soon)
    return _plain("ok", 200)


def _verified(request: Request, gate: Gate) -> bytes | Handshake:
    """Return a body that proves where it comes from, or the answer to a platform's question. Raises: UnverifiedWebhook."""
    connector = load_connector(gate.platform)
    if not gate.enabled or not isinstance(connector, ReceivesWebhooks):
        raise UnverifiedWebhook("this account takes no webhooks")
    if request.method == "GET":
        return connector.handshake(request.args.to_dict(), gate.chosen(connector.challenged_with))
    if (request.content_length or 0) > LARGEST_BODY:
        raise UnverifiedWebhook("the body is too large")
    raw = request.get_data()
    headers = {key.lower(): value for key, value in request.headers.items()}
    connector.verify(raw, headers, gate.chosen(connector.signed_with))
    return raw


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


# --- accounts -------------------------------------------------------------------------------------------------------
@frappe.whitelist(methods=["POST"])
def check_account(account: str) -> dict[str, Any]:
    """Ask the platform who we are; return what it said, for people."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    accounts = HelpdeskDesk().accounts
    try:
        connection = jobs.connect(accounts.get(account))
        try:
            found = connection.check()
        finally:
            connection.close()
    except SocialCareError as error:
        accounts.record_health(account, ok=False, error=str(error))
        frappe.throw(str(error), title=_("The connection does not work"))
    known = accounts.get(account).external_id
    if known in ("", found.account_id):
        accounts.record_identity(account, found.account_id, found.handle)
    return asdict(found)


@frappe.whitelist(methods=["POST"])
def poll_now(account: str) -> str:
    """Visit every feed of an account as soon as a worker is free."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    known = HelpdeskDesk().accounts.get(account)
    if not known.enabled:
        frappe.throw(_("This account is switched off."))
    feeds = jobs.feeds(known)
    for feed in feeds:
        jobs.enqueue(jobs.poll_feed, "default", account=account, feed=feed)
    return _("{0} feeds are being fetched. New messages show up in a moment.").format(len(feeds))


@frappe.whitelist(methods=["POST"])
def resume_sending(account: str) -> None:
    """Send again, beginning with what waits."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    HelpdeskDesk().accounts.resume_sending(account)
    frappe.enqueue("social_care.jobs.sweep", queue="short")


# --- what a person settles ------------------------------------------------------------------------------------------
@frappe.whitelist(methods=["POST"])
def handle_payload_again(payload: str) -> None:
    """Handle a payload once more, e.g. a parked one after an update of the app."""
    frappe.only_for(("System Manager", "Social Care Owner"))
    if not HelpdeskDesk().ledger.again(payload):
        frappe.throw(_("A worker is handling this payload right now."))
    jobs.enqueue(jobs.handle_payload, payload_id=payload)


@frappe.whitelist(methods=["POST"])
def retry_message(message: str) -> None:
    """Send a message again that failed, or of which nobody knows."""
    desk = _desk_for(message)
    if not desk.outbox.requeue(message):
        _changed_meanwhile()


@frappe.whitelist(methods=["POST"])
def settle_message(message: str, sent: int) -> None:
    """Record what a person has seen: the message is on the platform, or it is given up."""
    desk = _desk_for(message)
    if not settle_by_person(message, sent=bool(sent), desk=desk, clock=utc_now):
        _changed_meanwhile()


def _desk_for(message: str) -> HelpdeskDesk:
    """Return the desk, where the user may write on the ticket of an outgoing message."""
    desk = HelpdeskDesk()
    part = desk.outbox.get(message)
    if part is None or not is_agent():
        raise frappe.PermissionError(_("Only agents may decide about replies, and only about replies."))
    frappe.has_permission("HD Ticket", "write", part.ticket, throw=True)
    return desk


def _changed_meanwhile() -> None:
    frappe.throw(_("The state of this message has changed meanwhile. Please look again."))


# --- the ticket page ------------------------------------------------------------------------------------------------
@frappe.whitelist()
def get_ticket_activities(ticket: str) -> dict[str, Any]:
    """Return what Helpdesk's own endpoint returns, with each social message's place and fate."""
    activities = helpdesk_api.get_ticket_activities(ticket)
    if is_agent():
        timeline.decorate(ticket, activities["communications"], _refusal(ticket))
    return activities


def _refusal(ticket: str) -> timeline.Refusal:
    """Return what tells why a message cannot be answered as the ticket's reply audience wants it."""
    wanted = frappe.db.get_value("HD Ticket", ticket, "social_reply_audience")

    def ask(target: StoredMessage) -> str:
        try:
            account = HelpdeskDesk().accounts.get(target.account)
            audience = Audience(wanted.lower()) if wanted else target.audience
            return load_connector(account.platform).refusal(target, account, audience, utc_now())
        except SocialCareError as error:
            return str(error)

    return ask


@frappe.whitelist()
def get_one(name: str, is_customer_portal: bool = False) -> dict[str, Any]:
    """Return what Helpdesk's own endpoint returns, with each social message's place and fate."""
    ticket = helpdesk_api.get_one(name, is_customer_portal)
    if is_agent() and not is_customer_portal:
        timeline.decorate(name, ticket["communications"], _refusal(name))
    return ticket
