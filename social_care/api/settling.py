"""What a person settles: a payload that could not be handled, a reply that failed or of which nobody knows."""

from typing import Any

import frappe
from frappe import _
from helpdesk.utils import is_agent

from social_care import jobs
from social_care.core.errors import NotPermitted, SocialCareError
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import replying
from social_care.engine.intake import open_by_person
from social_care.engine.office import Office
from social_care.engine.replying import resend_by_person, settle_by_person
from social_care.wiring import load_connector


@frappe.whitelist(methods=["POST"])
def handle_payload_again(payload: str) -> None:
    """Handle a payload once more, e.g. a parked one after an update of the app."""
    frappe.only_for(("System Manager", "Social Care Owner"))
    if not HelpdeskDesk().ledger.again(payload):
        frappe.throw(_("A worker is handling this payload right now, or its body was erased."))
    jobs.enqueue(jobs.handle_payload, payload_id=payload)


@frappe.whitelist(methods=["POST"])
def retry_message(message: str) -> None:
    """Send a message again that failed, or of which nobody knows."""
    desk = _desk_for(message)
    connector = load_connector(frappe.db.get_value("Social Message", message, "platform"))
    try:
        done = resend_by_person(message, frappe.session.user, desk=desk, connector=connector)
    except NotPermitted as refusal:
        frappe.throw(translated(refusal), frappe.PermissionError)
    except SocialCareError as error:
        frappe.throw(translated(error), title=_("Not sent"))
    if not done:
        _changed_meanwhile()


@frappe.whitelist(methods=["POST"])
def settle_message(message: str, sent: int) -> None:
    """Record what a person has seen: the message is on the platform, or it is given up."""
    desk = _desk_for(message)
    try:
        done = settle_by_person(message, frappe.session.user, sent=bool(sent), desk=desk, clock=utc_now)
    except NotPermitted as refusal:
        frappe.throw(translated(refusal), frappe.PermissionError)
    if not done:
        _changed_meanwhile()


@frappe.whitelist(methods=["POST"])
def give_up_waiting(message: str) -> None:
    """Give up a part that waits for another attempt; refused once a worker has taken it up."""
    if not replying.give_up_waiting(message, desk=_desk_for(message)):
        _changed_meanwhile()


@frappe.whitelist(methods=["POST"])
def open_ticket(message: str) -> str:
    """Make a ticket of a customer's message that has none; return the ticket."""
    if not is_agent():
        raise frappe.PermissionError(_("Only agents open tickets."))
    frappe.has_permission("HD Ticket", "create", throw=True)
    frappe.has_permission("Social Message", "read", message, throw=True)
    desk = HelpdeskDesk()
    account = desk.accounts.get(frappe.db.get_value("Social Message", message, "account"))
    outcome: Any = open_by_person(message, Office(desk, load_connector(account.platform), account, utc_now))
    if outcome is None:
        _changed_meanwhile()
    return str(outcome.ticket)


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
