"""Telling people, in the places where they look: the owner of an account, the author of a reply, open ticket pages."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.realtime import get_doctype_room
from helpdesk.utils import get_doc_room, publish_event

OWNER_ROLE = "Social Care Owner"


def tell_owners(account: str, subject: str) -> None:
    """Tell the account's owner and everybody who looks after accounts of something that has to do with it."""
    alert(sorted(owners(account)), subject, "Social Account", account)


def alert(users: Iterable[str], sentence: str, doctype: str, name: str) -> None:
    """Tell people in the desk's notifications, with a link to a document."""
    for user in users:
        frappe.get_doc(
            {
                "doctype": "Notification Log",
                "for_user": user,
                "type": "Alert",
                "subject": frappe.utils.escape_html(sentence),
                "document_type": doctype,
                "document_name": name,
            }
        ).insert(ignore_permissions=True)


def owners(account: str) -> set[str]:
    """Return the account's owner and everybody who looks after accounts."""
    owner = frappe.db.get_value("Social Account", account, "owner_user")
    holders = frappe.get_all("Has Role", {"role": OWNER_ROLE, "parenttype": "User"}, pluck="parent")
    enabled = {"name": ["in", [owner, *holders]], "enabled": 1}
    return set(frappe.get_all("User", enabled, pluck="name"))


def team(name: str | None) -> set[str]:
    """Return the members of a team of Helpdesk."""
    return set(frappe.get_all("HD Team Member", {"parent": name, "parenttype": "HD Team"}, pluck="user")) if name else set()


def tell_people(users: Iterable[str], ticket: str, sentence: str) -> None:
    """Tell people something about a ticket, where the desk and where Helpdesk shows notifications."""
    for user in sorted(frappe.get_all("User", {"name": ["in", list(users)], "enabled": 1}, pluck="name")):
        frappe.get_doc(
            {
                "doctype": "Notification Log",
                "for_user": user,
                "type": "Alert",
                "subject": frappe.utils.escape_html(sentence),
                "document_type": "HD Ticket",
                "document_name": ticket,
                "link": f"/helpdesk/tickets/{ticket}",
            }
        ).insert(ignore_permissions=True)
        tell_author(user, ticket, sentence)


def take_back(ticket: str, sentence: str) -> None:
    """Mark as read what people were told about a ticket with these words."""
    frappe.db.set_value(
        "Notification Log",
        {"document_type": "HD Ticket", "document_name": ticket, "subject": frappe.utils.escape_html(sentence)},
        "read",
        1,
    )
    frappe.db.set_value("HD Notification", {"reference_ticket": ticket, "message": sentence}, "read", 1)


def tell_author(user: str, ticket: str, sentence: str) -> None:
    """Tell the author of a reply what became of it, in Helpdesk's own notifications."""
    if not user or not frappe.db.exists("User", user) or not frappe.db.exists("HD Ticket", ticket):
        return
    frappe.get_doc(
        {
            "doctype": "HD Notification",
            "user_from": "Administrator",
            "user_to": user,
            "notification_type": "Reaction",
            "reference_ticket": ticket,
            "message": sentence,
        }
    ).insert(ignore_permissions=True)


def refresh_pages(ticket: str) -> None:
    """Make open pages of a ticket load it anew, after the commit."""
    publish_event("helpdesk:ticket-update", room=get_doc_room("HD Ticket", ticket), data={"ticket_id": ticket})


def refresh_queue() -> None:
    """Make open lists of waiting replies load anew, after the commit. Who may not read them does not hear of it."""
    frappe.publish_realtime("social_approvals", room=get_doctype_room("Social Approval"), after_commit=True)
