"""What Helpdesk's ticket page asks."""

from typing import Any

import frappe
from frappe import _
from helpdesk.helpdesk.doctype.hd_ticket import api as helpdesk_api
from helpdesk.utils import is_agent

from social_care.core.errors import SocialCareError
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import replying, timeline
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import private_replies
from social_care.wiring import load_connector


@frappe.whitelist()
def get_ticket_activities(ticket: str) -> dict[str, Any]:
    """Return what Helpdesk's own endpoint returns, with each social message's place and fate."""
    activities = helpdesk_api.get_ticket_activities(ticket)
    if is_agent():
        timeline.decorate(ticket, activities["communications"], _refusal(ticket), _private_reply)
    return activities


def _refusal(ticket: str) -> timeline.Refusal:
    """Return what tells why a message cannot be answered as the ticket's reply audience wants it."""
    wanted = replying.wanted_audience(frappe.db.get_value("HD Ticket", ticket, "social_reply_audience"))

    def ask(target: StoredMessage) -> str:
        if target.erased:
            return _("The message was erased, so it cannot be answered any more.")
        try:
            account = HelpdeskDesk().accounts.get(target.account)
            answered = replying.turn_to(target, wanted)
            connector = load_connector(account.platform)
            return translated(connector.refusal(answered, account, wanted or target.audience, utc_now()))
        except SocialCareError as error:
            return translated(error)

    return ask


def _private_reply(target: StoredMessage) -> str:
    """Return what an agent should know about the one private reply to a message."""
    try:
        account = HelpdeskDesk().accounts.get(target.account)
        return private_replies.describe(target, account, load_connector(account.platform), utc_now())
    except SocialCareError:
        return ""


@frappe.whitelist()
def get_one(name: str, is_customer_portal: bool = False) -> dict[str, Any]:
    """Return what Helpdesk's own endpoint returns, with each social message's place and fate."""
    ticket = helpdesk_api.get_one(name, is_customer_portal)
    if is_agent() and not is_customer_portal:
        timeline.decorate(name, ticket["communications"], _refusal(name), _private_reply)
    return ticket
