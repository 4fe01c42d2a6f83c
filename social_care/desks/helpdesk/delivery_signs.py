"""What a reply's fate shows and does on its ticket: delivery status, notification of open pages, the response clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe import _

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
    part = rows.the_row("select name, reply, ticket, automatic from `tabSocial Message` where name = %(name)s", name=part_id)
    parts = rows.rows("select state, next_attempt from `tabSocial Message` where reply = %(reply)s", reply=part["reply"])
    state = overall(one["state"] for one in parts)
    asks_person = any(one["state"] == "Unknown" and one["next_attempt"] is None for one in parts)
    ticket = ticket_of(part)
    rows.run(
        "update `tabCommunication` set delivery_status = %(status)s where social_message = %(first)s",
        status="Error" if asks_person else _STATUS[state],
        first=first_part(part["reply"]),
    )
    if not part["automatic"]:
        rows.update("HD Ticket", ticket, {"social_delivery_state": state})
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
    with unhindered(part.ticket, part.author), _as_author(part.author):
        ticket.on_communication_update(answered)


@contextmanager
def unhindered(ticket: str, author: str) -> Iterator[None]:
    """Let what became of a part stand, whatever keeps its ticket from being saved: the author is told.

    Raises: what may work in a moment.
    """
    frappe.db.savepoint("social_ticket")
    try:
        yield
    except Exception as error:
        if rows.is_busy(error):
            raise
        frappe.db.rollback(save_point="social_ticket")
        frappe.logger("social_care").warning("ticket %s could not be saved", ticket, exc_info=True)
        sentence = _("What became of your reply is known, but ticket {0} could not be saved: please look at its status.")
        notices.tell_author(author, ticket, sentence.format(ticket))


@contextmanager
def _as_author(author: str) -> Iterator[None]:
    """Let Helpdesk see the author of a reply at work, as long as he may work here."""
    user = frappe.session.user
    try:
        if author and frappe.db.exists("User", {"name": author, "enabled": 1}):
            frappe.session.user = author
        yield
    finally:
        frappe.session.user = user


def resolve_ticket(part_id: str) -> None:
    """Resolve the ticket of a confirmed part where its author wanted that and the customer has not written since."""
    row = rows.the_row("select * from `tabSocial Message` where name = %(name)s", name=part_id)
    name = ticket_of(row) if row["resolves"] else ""
    if not name or not frappe.db.exists("HD Ticket", name):
        return
    ticket = frappe.get_doc("HD Ticket", name, for_update=True)
    wrote = ticket.last_customer_response
    if ticket.status_category == "Resolved" or (wrote and wrote > row["creation"]):
        return
    with unhindered(name, row["author_user"]), _as_author(row["author_user"]):
        ticket.status = resolved_status()
        ticket.save(ignore_permissions=True)


def resolved_status() -> str:
    """Return the first status of Helpdesk that means resolved."""
    found = frappe.get_all(
        "HD Ticket Status", {"category": "Resolved", "enabled": 1}, pluck="name", order_by="`order`", limit=1
    )
    return found[0] if found else "Resolved"


def show_reply_before(reply: str) -> None:
    """Show on the ticket the state of the reply before one that was taken back."""
    first = rows.the_row("select * from `tabSocial Message` where reply = %(reply)s and part = 1", reply=reply)
    before = rows.row(
        "select reply from `tabSocial Message` where ticket = %(ticket)s and reply is not null and reply != %(reply)s"
        " and not (state = 'Cancelled' and attempts = 0) order by creation desc limit 1",
        ticket=first["ticket"],
        reply=reply,
    )
    parts = rows.rows("select state from `tabSocial Message` where reply = %(reply)s", **before) if before else []
    state = overall(one["state"] for one in parts) if parts else None
    rows.update("HD Ticket", ticket_of(first), {"social_delivery_state": state})
