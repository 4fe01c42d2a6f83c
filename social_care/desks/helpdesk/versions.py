"""Versions of a message: all are kept, the newest is shown."""

from __future__ import annotations

from dataclasses import asdict

import frappe
from frappe import _

from social_care.core.events import MessageReceived
from social_care.core.ids import by_revision
from social_care.core.replies import StoredMessage
from social_care.core.routing import ROUTED
from social_care.desks.helpdesk import insight, messages, rows
from social_care.desks.helpdesk.attachments import fetch_later
from social_care.desks.helpdesk.html import NO_TEXT, clean, clean_line, make_subject, to_html

SEE_ALSO = "See also ticket #"
OUR_NOTES = (SEE_ALSO, ROUTED)
"""How the notes begin that we wrote beside a message, and no version of it brought."""


def add(message: StoredMessage, event: MessageReceived, *, current: bool) -> bool:
    """See `core.ports.Tickets.add_version`."""
    row = rows.row(
        "select revision, text, notes, versions, media from `tabSocial Message` where name = %(name)s and erasure is null"
        " for update",
        name=message.id,
    )
    if row is None:
        return False
    known = rows.load(row["versions"], [])
    if event.revision == (row["revision"] or "") or any(one["revision"] == event.revision for one in known):
        return False
    fresh = {"revision": event.revision, "text": clean(event.text)}
    kept = rows.load(row["media"], [])
    there = {(one.get("url"), one.get("id")): one for one in kept}  # those fetched already
    told = [there.get((one.url, one.id), asdict(one)) for one in event.media]
    if not current:
        media = kept or told
        values = {"versions": sorted([*known, fresh], key=by_revision), "media": media}
        rows.update(messages.DOCTYPE, message.id, values)
    else:
        before = {"revision": row["revision"] or "", "text": row["text"] or ""}
        media = told or kept
        values = {
            **fresh,
            "notes": _notes(row["notes"], event),
            "versions": sorted([*known, before], key=by_revision),
            "media": media,
            "route": dict(event.route),
            **insight.columns(event.reading),
        }
        rows.update(messages.DOCTYPE, message.id, values)
        _show_text(message.id, event.text)
        if message.ticket and not row["text"]:  # a look-up brought the words
            insight.follow(frappe.get_doc("HD Ticket", message.ticket), event)
    if media != kept:
        fetch_later(message.id)
    return True


def _show_text(message: str, text: str) -> None:
    rows.run(
        "update `tabCommunication` set content = %(content)s where social_message = %(message)s",
        content=to_html(text),
        message=message,
    )
    rows.run(
        "update `tabHD Ticket` ticket join `tabCommunication` shown on shown.reference_name = ticket.name"
        " and shown.reference_doctype = 'HD Ticket' set ticket.subject = %(subject)s, ticket.description = %(content)s"
        " where shown.social_message = %(message)s and ticket.description = %(empty)s",
        subject=make_subject(text, _("A message without words")),
        content=to_html(text),
        message=message,
        empty=NO_TEXT,
    )


def _notes(before: str | None, event: MessageReceived) -> str:
    """Return the notes of a newer version: its own, and ours."""
    kept = [note for note in (before or "").splitlines() if note.startswith(OUR_NOTES)]
    return "\n".join([clean_line(note, 500) for note in event.notes] + kept)
