"""What a reply's fate shows and does on its ticket: delivery status, notification of open pages, the response clock."""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from social_care.core.replies import Part
from social_care.desks.helpdesk import messages, notices, rows
from social_care.desks.helpdesk.turns import Turn


def first_part(reply: str) -> str | None:
    """Return the name of a reply's first part, which is the one that its Communication names."""
    row = rows.row("select name from `tabSocial Message` where reply = %(reply)s and part = 1", reply=reply)
    return row["name"] if row else None


def ticket_of(part: rows.Row) -> str:
    """Return the ticket on which a part's reply stands now, wherever it was merged or split to."""
    return messages.present_ticket(first_part(part["reply"]) or part["name"], part["ticket"])


def overall(states: Iterable[str]) -> str:
    """Return the one state of a reply of several parts: the worst that asks for attention."""
    present = set(states)
    for state in ("Awaiting Approval", "Rejected", "Failed", "Unknown", "Sending"):
        if state in present:
            return state
    if present == {"Queued", "Sent"}:
        return "Sending"
    if present <= {"Cancelled", "Sent"}:
        return "Sent" if "Sent" in present and "Cancelled" not in present else "Cancelled"
    return "Queued"


_STATUS = {
    "Awaiting Approval": "Scheduled",
    "Rejected": "Rejected",
    "Queued": "Scheduled",
    "Sending": "Sending",
    "Sent": "Sent",
    "Failed": "Error",
    "Unknown": "Sending",
    "Cancelled": "Rejected",
}
"""The delivery status that Helpdesk's page knows how to show. The exact state stands in the message itself."""


def show(part_id: str) -> None:
    """Show the state of a part's reply on its Communication, its ticket and open pages."""
    part = rows.the_row("select name, reply, ticket from `tabSocial Message` where name = %(name)s", name=part_id)
    parts = rows.rows("select state, next_attempt from `tabSocial Message` where reply = %(reply)s", reply=part["reply"])
    state = overall(one["state"] for one in parts)
    asks_person = any(one["state"] == "Unknown" and one["next_attempt"] is None for one in parts)
    ticket = ticket_of(part)
    rows.run(
        "update `tabCommunication` set delivery_status = %(status)s where social_message = %(first)s",
        status="Error" if asks_person else _STATUS[state],
        first=first_part(part["reply"]),
    )
    rows.run("update `tabHD Ticket` set social_delivery_state = %(state)s where name = %(name)s", state=state, name=ticket)
    notices.refresh_pages(ticket)


def count_as_answer(part: Part) -> None:
    """Let Helpdesk do what it does when an agent has replied (clock, status), in the name of the reply's author."""
    if not frappe.db.exists("HD Ticket", part.ticket):
        return
    ticket = frappe.get_doc("HD Ticket", part.ticket, for_update=True)
    answered = frappe._dict(
        social_message=part.id,
        sent_or_received="Sent",
        communication_type="Communication",
        content=part.text,
        flags=frappe._dict(social_turn=Turn.ANSWERED),
    )
    user = frappe.session.user
    try:
        if part.author and frappe.db.exists("User", {"name": part.author, "enabled": 1}):
            frappe.session.user = part.author
        ticket.on_communication_update(answered)
    finally:
        frappe.session.user = user
