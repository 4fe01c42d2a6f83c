"""Rows of Social Message, and where a message stands now: tickets are merged and split behind our back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import frappe
from frappe import _

from social_care.core.accounts import Account
from social_care.core.events import Audience, Author, Direction, Media, MessageReceived, Missing, Thread
from social_care.core.ports import Conflict
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import deadlines, insight, rows
from social_care.desks.helpdesk.html import clean, clean_line
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Message"
TOMBSTONE = "tombstone"
"""The `kind` of a row that stands for a message of which we only saw signs: it vanished, or somebody reacted to it."""

_READ = (
    "select message.*, (select thread.reply_until from `tabSocial Thread` thread where thread.name = message.thread)"
    " as reply_until from `tabSocial Message` message"
)
"""A subquery, since a join would be locked along with the message."""


def find(account: str, message_id: str) -> StoredMessage | None:
    """Return a message by its id on the platform, locked until the transaction ends."""
    row = rows.row(
        f"{_READ} where message.account = %(account)s and message.message_id = %(id)s for update",
        account=account,
        id=message_id,
    )
    return read(row) if row else None


def find_version(account: str, version_id: str) -> StoredMessage | None:
    """Return a received message by the id of its present version, locked until the transaction ends."""
    row = rows.row(
        f"{_READ} where message.account = %(account)s and message.revision = %(id)s and message.state is null for update",
        account=account,
        id=version_id,
    )
    return read(row) if row else None


def get(name: str) -> StoredMessage | None:
    """Return a message by the name of its row."""
    row = rows.row(f"{_READ} where message.name = %(name)s", name=name)
    return read(row) if row else None


def read(row: rows.Row) -> StoredMessage:
    """Return a row as the engine knows it, with the ticket on which it stands now."""
    return StoredMessage(
        id=row["name"],
        account=row["account"],
        message_id=row["message_id"] or "",
        thread_id=row["thread_id"] or "",
        audience=Audience((row["audience"] or "public").lower()),
        direction=row["direction"].lower(),
        kind=row["kind"] or "",
        text=row["text"] or "",
        author_id=row["author_id"],
        author_handle=row["author_handle"],
        ticket=present_ticket(row["name"], row["ticket"]) if row["ticket"] else None,
        revision=row["revision"] or "",
        deleted=row["deleted_at"] is not None,
        hidden=bool(row["hidden"]),
        vanished=bool(row["vanished"]),
        route=rows.load(row["route"], {}),
        sent_at=from_site(row["sent_at"]),
        reply_until=from_site(row["reply_until"]),
        tombstone=row["kind"] == TOMBSTONE,
        private_reply_used=bool(row["private_reply_used"]),
        missing=_missing(row),
        storm=row["storm"] or "",
        erased=bool(row["erasure"]),
    )


def _missing(row: rows.Row) -> tuple[Missing, ...]:
    return tuple(Missing(one) for one in (row["missing"] or "").split())


def loose_event(name: str) -> MessageReceived | None:
    """Return a customer's message that has no ticket as it came, locked; None when it has one meanwhile."""
    row = rows.row(
        "select * from `tabSocial Message` where name = %(name)s and ticket is null and direction = 'In'"
        " and kind != %(tombstone)s and erasure is null for update",
        name=name,
        tombstone=TOMBSTONE,
    )
    if row is None:
        return None
    author = Author(id=row["author_id"] or "", handle=row["author_handle"], name=row["author_name"])
    return MessageReceived(
        message_id=row["message_id"],
        thread=Thread(id=row["thread_id"], audience=Audience(row["audience"].lower())),
        author=author if author != Author(id="") else None,
        text=row["text"] or "",
        kind=row["kind"],
        sent_at=from_site(row["sent_at"]),
        parent_id=row["parent_id"],
        revision=row["revision"] or "",
        media=tuple(Media(**one) for one in rows.load(row["media"], [])),
        permalink=row["permalink"],
        language=row["language"],
        route=rows.load(row["route"], {}),
        notes=tuple((row["notes"] or "").splitlines()),
        missing=_missing(row),
        reading=insight.read(row),
    )


def refuse_while_needed(name: str) -> None:
    """Refuse to delete a message that replies go to: without it nobody could tell where they were sent, or send them."""
    for doctype, field in ((DOCTYPE, "target"), ("Social Approval", "target"), ("Social Storm Person", "message")):
        if frappe.db.exists(doctype, {field: name}):
            frappe.throw(_("This message has replies. Erase the person instead of deleting it."), frappe.LinkExistsError)


# --- where it stands ------------------------------------------------------------------------------------------------
def present_ticket(message: str, stored: str) -> str:
    """Return the ticket that shows a message now. A merge leaves a copy behind, which does not count."""
    place = rows.row(
        "select ticket.name, ticket.is_merged from `tabCommunication` communication join `tabHD Ticket` ticket"
        " on ticket.name = communication.reference_name where communication.social_message = %(message)s"
        " and communication.reference_doctype = 'HD Ticket' order by ticket.is_merged, communication.creation desc limit 1",
        message=message,
    )
    return _after_merges_of(place, stored)


def present_ticket_of_case(case: str, bound: str) -> str:
    """Return the ticket on which a case goes on: where the newest of its messages on the bound ticket stands now."""
    place = rows.row(
        "select ticket.name, ticket.is_merged from `tabSocial Message` message"
        " join `tabCommunication` communication on communication.social_message = message.name"
        " and communication.reference_doctype = 'HD Ticket'"
        " join `tabHD Ticket` ticket on ticket.name = communication.reference_name"
        " where message.thread = %(case)s and message.ticket = %(bound)s"
        " order by message.creation desc, ticket.is_merged limit 1",
        case=case,
        bound=bound,
    )
    return _after_merges_of(place, bound)


def _after_merges_of(place: rows.Row | None, stored: str) -> str:
    if place is None:
        return after_merges(stored)
    return after_merges(str(place["name"])) if place["is_merged"] else str(place["name"])


def after_merges(ticket: str) -> str:
    """Return the ticket into which this one was merged in the end, or itself."""
    seen: set[str] = set()
    while ticket not in seen:
        seen.add(ticket)
        row = rows.row(
            "select merged_with from `tabHD Ticket` where name = %(name)s and is_merged = 1 and merged_with is not null",
            name=ticket,
        )
        if row is None:
            return ticket
        ticket = str(row["merged_with"])
    return ticket


def follow_ticket(ticket: str) -> None:
    """Keep with each case and message of a ticket where it stands, after Helpdesk has merged or split that ticket.

    Replies find their way without this; lists, permissions and what people look up go by it.
    """
    for case in rows.rows("select name from `tabSocial Thread` where ticket = %(ticket)s", ticket=ticket):
        rows.update("Social Thread", case["name"], {"ticket": present_ticket_of_case(case["name"], ticket)})
    now_on = {ticket}
    for message in rows.rows("select name from `tabSocial Message` where ticket = %(ticket)s", ticket=ticket):
        present = present_ticket(message["name"], ticket)
        rows.update(DOCTYPE, message["name"], {"ticket": present})
        now_on.add(present)
    rows.run(
        "update `tabSocial Approval` approval join `tabSocial Message` first"
        " on first.reply = approval.reply and first.part = 1 set approval.ticket = first.ticket"
        " where approval.ticket = %(ticket)s",
        ticket=ticket,
    )
    rows.run(
        "update `tabSocial Approval` set ticket = %(present)s where ticket = %(ticket)s and mail is not null",
        present=after_merges(ticket),
        ticket=ticket,
    )
    for one in now_on:
        deadlines.renew(one)


# --- the one private reply -------------------------------------------------------------------------------------------
def take_private_reply(message: str) -> bool:
    """Use up the private reply of a message, and say so on its case; False when it was used already."""
    taken = rows.run(
        "update `tabSocial Message` set private_reply_used = 1 where name = %(name)s and private_reply_used = 0",
        name=message,
    )
    if taken:
        _show_on_case(message)
    return bool(taken)


def free_private_reply(message: str) -> None:
    """Give the private reply of a message back."""
    rows.update(DOCTYPE, message, {"private_reply_used": 0})
    _show_on_case(message)


def _show_on_case(message: str) -> None:
    rows.run(
        "update `tabSocial Thread` thread join `tabSocial Message` message on message.thread = thread.name"
        " set thread.private_reply_used = (select max(one.private_reply_used) from `tabSocial Message` one"
        " where one.thread = thread.name) where message.name = %(name)s",
        name=message,
    )


# --- writing --------------------------------------------------------------------------------------------------------
def store(
    account: Account,
    event: MessageReceived,
    *,
    key: str,
    direction: Direction,
    notes: Sequence[str] = (),
    **place: Any,
) -> str:
    """Write a received message and return its row's name; a row without a ticket (loose, tombstone) is taken over.

    `place` are columns that tell where it stands. Raises: Conflict when it is stored already.
    """
    values = {"event_key": key, "direction": direction.value.title(), **_columns(event), **place}
    values["notes"] = "\n".join(clean_line(note, 500) for note in (*event.notes, *notes))
    if taken_over := _ticketless(account.name, event.message_id):
        rows.update(DOCTYPE, taken_over, values)
        return taken_over
    identity = {"account": account.name, "platform": account.platform, "message_id": event.message_id}
    try:
        return rows.insert(DOCTYPE, {**identity, **values})
    except Exception as error:
        if rows.is_taken(error):
            raise Conflict(key) from error
        raise


def stand_in(
    account: str, message_id: str, thread: Thread | None, *, reason: str, deleted_at: datetime | None = None
) -> None:
    """Make a row for a message of which only signs have come."""
    values = {
        "account": account,
        "message_id": message_id,
        "event_key": f"tombstone:{rows.digest(account, message_id)}",
        "thread_id": thread.id if thread else None,
        "direction": "In",
        "kind": TOMBSTONE,
        "reason": reason,
        "deleted_at": deleted_at,
    }
    rows.insert(DOCTYPE, values, renew="deleted_at = coalesce(deleted_at, values(deleted_at))")


def _columns(event: MessageReceived) -> dict[str, Any]:
    author = event.author or Author(id="")
    return {
        "thread_id": event.thread.id,
        "audience": event.thread.audience.value.title(),
        "kind": event.kind,
        "automatic": int(event.automatic),
        "text": clean(event.text),
        "author_id": author.id or None,
        "author_handle": clean_line(author.handle) or None,
        "author_name": clean_line(author.name) or None,
        "revision": event.revision,
        "language": event.language,
        "media": [asdict(one) for one in event.media],
        "route": dict(event.route),
        "permalink": event.permalink,
        "parent_id": event.parent_id,
        "sent_at": to_site(event.sent_at),
        "reason": "",
        **insight.columns(event.reading),
    }


def _ticketless(account: str, message_id: str) -> str | None:
    row = rows.row(
        "select name from `tabSocial Message` where account = %(account)s and message_id = %(id)s"
        " and ticket is null and state is null for update",
        account=account,
        id=message_id,
    )
    return row["name"] if row else None


def on_open_tickets(account: str, since: datetime, most: int) -> list[str]:
    """Return the platform's ids of an account's newest customer messages that stand on open tickets."""
    shown = frappe.get_all(
        DOCTYPE,
        {
            "account": account,
            "direction": "In",
            "deleted_at": ["is", "not set"],
            "ticket": ["is", "set"],
            "creation": [">", to_site(since)],
        },
        ["message_id", "ticket"],
        order_by="creation desc",
        limit=most * 5,
    )
    names = list({one.ticket for one in shown})
    still_open = set(frappe.get_all("HD Ticket", {"name": ["in", names], "status_category": "Open"}, pluck="name"))
    return [one.message_id for one in shown if one.ticket in still_open][:most]
