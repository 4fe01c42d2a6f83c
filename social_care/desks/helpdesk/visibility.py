"""Who sees a message, a case or a profile: whoever may see a ticket of it.

Helpdesk can restrict agents to the tickets of their teams; a private message must not be readable around that.
Messages without a ticket follow the same restriction: they are shown only where agents see every ticket.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions

SEE_ALL = frozenset({"Administrator", "System Manager", "Social Care Owner", "Social Care Supervisor"})


def message_condition(user: str | None = None) -> str:
    """Return the SQL condition of the list of messages, "" for none."""
    return _on_visible_tickets("Social Message", user)


def thread_condition(user: str | None = None) -> str:
    """Return the SQL condition of the list of cases, "" for none."""
    return _on_visible_tickets("Social Thread", user)


def approval_condition(user: str | None = None) -> str:
    """Return the SQL condition of the list of replies that asked a supervisor, "" for none."""
    return _on_visible_tickets("Social Approval", user)


def contact_request_condition(user: str | None = None) -> str:
    """Return the SQL condition of the list of requests for contact details, "" for none."""
    return _on_visible_tickets("Social Contact Request", user)


def profile_condition(user: str | None = None) -> str:
    """Return the SQL condition of the list of profiles: customers of visible tickets; "" for none."""
    messages = _on_visible_tickets("Social Message", user)
    return messages and f"`tabSocial Profile`.name in (select profile from `tabSocial Message` where {messages})"  # noqa: S608


def has_profile_permission(doc: Any, ptype: str = "read", user: str | None = None) -> bool:
    """Tell whether this user may see this profile; what the role allows is checked elsewhere."""
    condition = profile_condition(user)
    if not condition:
        return True
    name = frappe.db.escape(doc.name)  # not a bound value: the condition may hold percent signs
    return bool(frappe.db.sql(f"select 1 from `tabSocial Profile` where name = {name} and {condition} limit 1"))  # noqa: S608


def moderation_condition(user: str | None = None) -> str:
    """Return the SQL condition of the record of moderation, "" for none: what was done to a message is seen with it."""
    condition = message_condition(user)
    shown = f"select `tabSocial Message`.name from `tabSocial Message` where {condition}"  # noqa: S608  (ours and Frappe's)
    return condition and f"`tabSocial Moderation Action`.message in ({shown})"


def has_permission_by_message(doc: Any, ptype: str = "read", user: str | None = None) -> bool:
    """Tell whether this user may see what was done to a message."""
    message = frappe.db.get_value("Social Message", doc.get("message"), ["ticket"], as_dict=True)
    return has_permission(message or {}, ptype, user)


def has_permission(doc: Any, ptype: str = "read", user: str | None = None) -> bool:
    """Tell whether this user may see this message or case; what the role allows is checked elsewhere."""
    user = user or frappe.session.user
    if SEE_ALL.intersection(frappe.get_roles(user)):
        return True
    if doc.get("ticket") and frappe.db.exists("HD Ticket", doc.ticket):
        return bool(frappe.has_permission("HD Ticket", "read", doc=doc.ticket, user=user))
    return _tickets_condition(user) == ""


def check_shown(communication: Any) -> None:
    """Before a Communication is saved: what it shows, and where, decides who reads a message and who is answered.

    So nobody turns it to a message, or away from one, that he may not read. Raises: frappe.PermissionError.
    """
    before = communication.get_doc_before_save()
    fields = ("social_message", "reference_doctype", "reference_name")
    if communication.flags.social_turn or (before and not any(before.get(one) != communication.get(one) for one in fields)):
        return
    for message in {communication.get("social_message"), before and before.get("social_message")} - {None, ""}:
        if frappe.db.exists("Social Message", message) and not frappe.has_permission("Social Message", "read", message):
            frappe.throw(_("This shows a message of a ticket that you may not read."), frappe.PermissionError)


def check_whose(ticket: Any) -> None:
    """Before a ticket is saved: whose it is leads to that person's profile and other tickets.

    So nobody gives a ticket to a person whom he may not see. Raises: frappe.PermissionError.
    """
    profile, before = ticket.get("social_profile"), ticket.get_doc_before_save()
    if not profile or ticket.flags.social_first_message or (before and before.get("social_profile") == profile):
        return
    if frappe.db.exists("Social Profile", profile) and not frappe.has_permission("Social Profile", "read", profile):
        frappe.throw(_("This names a person whom you may not see."), frappe.PermissionError)


def _on_visible_tickets(doctype: str, user: str | None) -> str:
    user = user or frappe.session.user
    condition = "" if SEE_ALL.intersection(frappe.get_roles(user)) else _tickets_condition(user)
    tickets = f"select `tabHD Ticket`.name from `tabHD Ticket` where {condition}"  # noqa: S608  (Frappe made the condition)
    return condition and f"`tab{doctype}`.ticket in ({tickets})"


def _tickets_condition(user: str) -> str:
    """Return the SQL condition that Helpdesk puts on this user's tickets, "" for none."""
    if not frappe.has_permission("HD Ticket", "read", user=user):
        return "1 = 0"
    return build_match_conditions("HD Ticket", user=user) or ""
