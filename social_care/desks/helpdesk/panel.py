"""What the panel of the ticket page shows: who can be answered how, what became of replies, what colleagues said."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import split_emails

from social_care.desks.helpdesk import html, rows, team
from social_care.desks.helpdesk.contacts import is_made_up
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import from_site

SETTLED_SHOWN = 3
COLLEAGUES_LOOKED_AT = 50
NEVER_SENT = ("Failed", "Queued")
MOST_UNDO_S = 60


def iso(stored: datetime | None) -> str | None:
    """Return a moment of the database as the page reads it: ISO 8601 in UTC."""
    moment = from_site(stored)
    return moment.isoformat() if moment else None


def undo_seconds() -> int:
    """Return how long a reply waits so that it can be taken back; 0 for not at all."""
    return min(frappe.utils.cint(frappe.db.get_single_value("Social Care Settings", "undo_seconds")), MOST_UNDO_S)


def real_address(ticket: Any) -> str:
    """Return an e-mail address of the customer that exists, first what they left for this ticket; "" where none is known."""
    answered = {"ticket": str(ticket.name), "state": "Answered"}
    known = frappe.get_all("Social Contact Request", answered, pluck="email", order_by="answered_at desc")
    known.append(ticket.raised_by)
    if ticket.contact:
        known.append(frappe.db.get_value("Contact", ticket.contact, "email_id"))
        known += frappe.get_all(
            "Contact Email", {"parenttype": "Contact", "parent": ticket.contact}, pluck="email_id", order_by="idx"
        )
    return next((one for line in known for one in split_emails(line or "") if not is_made_up(one)), "")


def can_send_email() -> bool:
    """Tell whether the site has an account from which e-mails leave."""
    return bool(frappe.db.exists("Email Account", {"enable_outgoing": 1, "default_outgoing": 1}))


def permalink(message: str) -> str:
    """Return the web address of a message, "" where it has none."""
    found = frappe.db.get_value("Social Message", message, "permalink") or ""
    return found if found.startswith(("https://", "http://")) else ""


# --- replies --------------------------------------------------------------------------------------------------------
def replies(ticket: str) -> list[dict[str, Any]]:
    """Return the replies on a ticket that are not settled, and the newest that are, oldest first."""
    parts = rows.rows(
        "select part.*, user.full_name from `tabCommunication` communication"
        " join `tabSocial Message` first on first.name = communication.social_message"
        " join `tabSocial Message` part on part.reply = first.reply"
        " left join `tabUser` user on user.name = part.author_user"
        " where communication.reference_doctype = 'HD Ticket' and communication.reference_name = %(ticket)s"
        " order by communication.creation, part.part",
        ticket=ticket,
    )
    grouped: dict[str, list[rows.Row]] = {}
    for part in parts:
        grouped.setdefault(part["reply"], []).append(part)
    shown = [_reply(name, own) for name, own in grouped.items() if not _taken_back(own)]
    settled = [one["name"] for one in shown if one["settled"]][-SETTLED_SHOWN:]
    return [one for one in shown if not one["settled"] or one["name"] in settled]


def _taken_back(parts: list[rows.Row]) -> bool:
    return all(part["state"] == "Cancelled" and not part["attempts"] for part in parts)


def _reply(name: str, parts: list[rows.Row]) -> dict[str, Any]:
    first = parts[0]
    waits = all(part["state"] == "Queued" and not part["attempts"] for part in parts)
    mine = first["author_user"] == frappe.session.user
    return {
        "name": name,
        "audience": (first["audience"] or "").lower(),
        "target": first["target"],
        "author": first["full_name"] or first["author_user"] or "",
        "mine": mine,
        "at": iso(first["creation"]),
        "settled": all(part["state"] in ("Sent", "Cancelled") for part in parts),
        "undo_until": iso(first["next_attempt"]) if waits and mine and not first["error"] else None,
        "parts": [
            {
                "name": part["name"],
                "number": part["part"],
                "of": part["of_parts"],
                "state": part["state"],
                "asks": part["state"] == "Unknown" and part["next_attempt"] is None,
                "error": translated(part["error"] or ""),
                "retry_at": iso(part["next_attempt"]) if part["state"] == "Queued" and part["error"] else None,
                "text": part["text"] or "",
                "permalink": part["permalink"] or "",
            }
            for part in parts
        ],
    }


def unsent(reply: str, signature: str) -> str:
    """Return the words of a reply that never went out, for writing it anew.

    signature: what closes the last part. Raises: LookupError where there is no such reply.
    """
    parts = rows.rows("select * from `tabSocial Message` where reply = %(reply)s order by part", reply=reply)
    if not parts:
        raise LookupError(reply)
    left = [part for part in parts if part["state"] in (*NEVER_SENT, "Cancelled")]
    if len(left) == len(parts):
        return html.to_text(frappe.db.get_value("Communication", reply, "content") or "")
    return " ".join(_without_ending(part["text"] or "", signature) for part in left)


def _without_ending(text: str, signature: str) -> str:
    bare = re.sub(r" \(\d+/\d+\)$", "", text)
    return bare.removesuffix(signature).rstrip() if signature else bare


# --- colleagues -----------------------------------------------------------------------------------------------------
def answers_of_others(ticket: str) -> list[rows.Row]:
    """Return what others than the present user said to the customer on a ticket, newest first."""
    return rows.rows(
        "select communication.name, communication.content, communication.creation,"
        " coalesce(user.full_name, communication.sender_full_name, communication.sender) as author"
        " from `tabCommunication` communication"
        " left join `tabSocial Message` message on message.name = communication.social_message"
        " left join `tabUser` user on user.name = coalesce(message.author_user, communication.sender)"
        " where communication.reference_doctype = 'HD Ticket' and communication.reference_name = %(ticket)s"
        " and communication.communication_type = 'Communication' and communication.sent_or_received = 'Sent'"
        " and coalesce(message.author_user, communication.sender, '') != %(me)s and coalesce(message.automatic, 0) = 0"
        " and coalesce(message.state, '') != 'Cancelled' order by communication.creation desc limit %(most)s",
        ticket=ticket,
        me=frappe.session.user,
        most=COLLEAGUES_LOOKED_AT,
    )


def said_meanwhile(ticket: str, seen: list[str]) -> list[dict[str, str]]:
    """Return what others said to the customer that the user had not seen when he opened the ticket, oldest first."""
    return [
        {"author": one["author"] or "", "text": html.to_text(one["content"] or "")[:280]}
        for one in reversed(answers_of_others(ticket))
        if one["name"] not in seen
    ]


# --- saved replies --------------------------------------------------------------------------------------------------
def variables(ticket: Any) -> dict[str, str]:
    """Return what a saved reply may name beside Helpdesk's own variables."""
    name = ""
    if ticket.get("social_profile"):
        name = frappe.db.get_value("Social Profile", ticket.social_profile, "display_name") or ""
    elif ticket.contact:
        name = frappe.db.get_value("Contact", ticket.contact, "first_name") or ""
    return {
        "customer_first_name": html.clean_line(name).split(" ")[0],
        "customer_handle": ticket.get("social_handle") or "",
        "ticket_number": str(ticket.name),
        "agent_initials": team.initials().get(frappe.session.user, ""),
    }
