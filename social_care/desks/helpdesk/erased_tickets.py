"""Tickets without what their customer said, and without who it was; their clocks, states and other people's words stay."""

from __future__ import annotations

import json
from typing import Any

import frappe

from social_care.core.erasing import Erasure
from social_care.desks.helpdesk import erased_messages, notices, rows
from social_care.desks.helpdesk.html import to_html

LONG_ENOUGH = 8
"""Shorter subjects ("Help!") are not looked for in what the team wrote."""
ANONYMOUS = {
    "contact": None,
    "social_handle": None,
    "social_permalink": None,
    "social_followers": 0,
    "social_language": None,
    "summary": None,
    "feedback_extra": None,
    "_comments": None,
}
TEXTS = (
    ("HD Ticket", {"name": "{ticket}"}, ("resolution_details",)),
    ("HD Ticket Comment", {"reference_ticket": "{ticket}"}, ("content",)),
    ("Comment", {"reference_doctype": "HD Ticket", "reference_name": "{ticket}"}, ("content", "subject")),
    ("HD Ticket Activity", {"ticket": "{ticket}"}, ("action",)),
    ("ToDo", {"reference_type": "HD Ticket", "reference_name": "{ticket}"}, ("description",)),
)
"""What the team wrote or was given about a ticket: it stays, without names."""
NOTICES = (
    ("Notification Log", {"document_type": "HD Ticket", "document_name": "{ticket}"}),
    ("HD Notification", {"reference_ticket": "{ticket}"}),
    ("Email Queue", {"reference_doctype": "HD Ticket", "reference_name": "{ticket}", "status": ["in", ["Sent", "Error"]]}),
)
"""What told the team of a ticket, in the customer's words: it goes."""
SAID = ("subject", "description", "raised_by", "contact", "social_handle", "social_permalink", "summary")
"""Fields of a ticket whose older values go."""


def erase(erasure: Erasure) -> None:
    """See `core.ports.Erasing.erase_tickets`."""
    opened = _opened_by(erasure) if erasure.person else _first_words_marked(erasure)
    for ticket in opened:
        with rows.transaction():
            _erase_ticket(erasure, ticket)
            notices.refresh_pages(ticket)
        frappe.clear_document_cache("HD Ticket", ticket)
    with rows.transaction():
        rows.update("Social Erasure", erasure.id, {"tickets": len(opened)})


def _opened_by(erasure: Erasure) -> list[str]:
    return [str(one) for one in frappe.get_all("HD Ticket", {"social_profile": erasure.profile}, pluck="name")]


def _first_words_marked(erasure: Erasure) -> list[str]:
    """Return the social tickets of marked messages before which no other message came."""
    found = rows.rows(
        "select distinct ticket from `tabSocial Message` message where erasure = %(erasure)s and ticket in"
        " (select name from `tabHD Ticket` where social_profile is not null)"
        " and not exists (select 1 from `tabSocial Message` earlier where earlier.ticket = message.ticket"
        " and earlier.creation < message.creation and earlier.erasure is null and earlier.direction = 'In')",
        erasure=erasure.id,
    )
    return [str(row["ticket"]) for row in found]


def _erase_ticket(erasure: Erasure, ticket: str) -> None:
    subject = frappe.db.get_value("HD Ticket", ticket, "subject") or ""
    said = erased_messages.line(erasure)
    values: dict[str, Any] = {"subject": said, "description": to_html(said)}
    words: tuple[str, ...] = (subject,) if len(subject) >= LONG_ENOUGH and subject != said else ()
    if erasure.person:
        words += erasure.person.words()
        address = frappe.db.get_value("Social Profile", erasure.profile, "address")
        values |= {**ANONYMOUS, "raised_by": address}
    rows.update("HD Ticket", ticket, values)
    for doctype, place, columns in TEXTS:
        erased_messages.mask_named(doctype, columns, _of(ticket, place), words)
    erased_messages.mask_rows("Communication", erased_messages.SHOWN, _communications(ticket, erasure), words)
    on_ticket = {"reference_doctype": "HD Ticket", "reference_name": ticket}
    for shown in frappe.get_all("Communication", on_ticket, pluck="name"):
        rows.update("Communication", shown, {"subject": said})  # that of the ticket, whoever wrote
    for doctype, filters in NOTICES:
        _delete(doctype, _of(ticket, filters))
    _erase_versions(ticket)
    frappe.db.sql("delete from `__global_search` where doctype = 'HD Ticket' and name = %s", ticket)


def _of(ticket: str, filters: dict[str, Any]) -> dict[str, Any]:
    return {field: ticket if value == "{ticket}" else value for field, value in filters.items()}


def _communications(ticket: str, erasure: Erasure) -> list[rows.Row]:
    """Return the Communications of a ticket but for what other customers wrote."""
    columns = ", ".join(f"communication.{column}" for column in ("name", *erased_messages.SHOWN))
    return rows.rows(
        f"select {columns} from `tabCommunication` communication left join `tabSocial Message` message"  # noqa: S608 - ours
        " on message.name = communication.social_message where communication.reference_doctype = 'HD Ticket'"
        " and communication.reference_name = %(ticket)s"
        " and (message.name is null or message.direction = 'Out' or message.erasure = %(erasure)s)",
        ticket=ticket,
        erasure=erasure.id,
    )


def _delete(doctype: str, filters: dict[str, Any]) -> None:
    names = frappe.get_all(doctype, filters, pluck="name")
    if names:
        if doctype == "Email Queue":
            frappe.db.delete("Email Queue Recipient", {"parent": ["in", names]})
        frappe.db.delete(doctype, {"name": ["in", names]})


def _erase_versions(ticket: str) -> None:
    """Take what was said from the record of a ticket's changes; who changed its state, team or priority stays there."""
    for version in frappe.get_all("Version", {"ref_doctype": "HD Ticket", "docname": ticket}, ["name", "data"]):
        data = json.loads(version.data or "{}")
        kept = [change for change in data.get("changed") or [] if change[0] not in SAID]
        if len(kept) != len(data.get("changed") or []):
            rows.update("Version", version.name, {"data": frappe.as_json({**data, "changed": kept})})


def renew_search() -> None:
    """Have Helpdesk's search index, a file beside the database, made anew."""
    try:
        from frappe.search.sqlite_search import build_index_in_background
    except ImportError:
        return  # Frappe 15
    build_index_in_background()
