"""What the panel adds to each message of the timeline: who sees it, its files, whether it can be answered or acted on."""

from __future__ import annotations

from typing import Any

from social_care.desks.helpdesk import messages, panel, rows
from social_care.desks.helpdesk.contacts import with_at

MOST = 200
"""Messages of a ticket that get marks at once; older ones get theirs when somebody asks for them."""
SNIPPET = 120


def of_ticket(ticket: str, skip: int = 0) -> list[dict[str, Any]]:
    """Return a mark for each Communication with a social message, newest first, without so many of the newest ones.

    name: of the Communication. message: of the Social Message. acts: what may be acted on (the message, or the sent parts of
    a reply). answerable: it can be chosen as the message to answer.
    """
    found = rows.rows(
        "select communication.name as communication_name, message.* from `tabCommunication` communication"
        " join `tabSocial Message` message on message.name = communication.social_message"
        " where communication.reference_doctype = 'HD Ticket' and communication.reference_name = %(ticket)s"
        " order by coalesce(message.sent_at, message.creation) desc, message.creation desc, communication.name"
        " limit %(most)s offset %(skip)s",
        ticket=ticket,
        most=MOST,
        skip=max(skip, 0),
    )
    sent = _sent_parts([row["reply"] for row in found if row["reply"]])
    files = _files(found)
    return [_mark(row, sent, files) for row in found]


def _mark(row: rows.Row, sent: dict[str, list[str]], files: dict[str, rows.Row]) -> dict[str, Any]:
    incoming = row["direction"] == "In"
    there = row["kind"] != messages.TOMBSTONE and row["deleted_at"] is None and not row["erasure"]
    return {
        "name": row["communication_name"],
        "message": row["name"],
        "audience": (row["audience"] or "Public").lower(),
        "incoming": incoming,
        "who": with_at(row["author_handle"]) or row["author_name"] or "",
        "text": (row["text"] or "")[:SNIPPET],
        "at": panel.iso(row["sent_at"] or row["creation"]),
        "context": bool(row["is_context"]),
        "answerable": incoming and there,
        "acts": sent[row["reply"]] if row["reply"] else [row["name"]] if row["message_id"] and there else [],
        "files": [
            {"url": files[one["file"]]["file_url"], "name": files[one["file"]]["file_name"], **_described(one)}
            for one in rows.load(row["media"], [])
            if one.get("file") in files
        ],
    }


def _described(one: dict[str, Any]) -> dict[str, str]:
    return {"kind": one.get("kind") or "", "alt": one.get("alt") or ""}


def _sent_parts(replies: list[str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {reply: [] for reply in replies}
    for part in rows.rows(
        "select name, reply from `tabSocial Message` where reply in %(replies)s and state = 'Sent'"
        " and coalesce(message_id, '') != '' and deleted_at is null order by part",
        replies=tuple(replies) or ("",),
    ):
        grouped[part["reply"]].append(part["name"])
    return grouped


def _files(found: list[rows.Row]) -> dict[str, rows.Row]:
    """Return the fetched files of messages that a page can show, by name. Frappe checks again who opens them."""
    names = {one["file"] for row in found for one in rows.load(row["media"], []) if one.get("file")}
    kept = rows.rows("select name, file_name, file_url from `tabFile` where name in %(names)s", names=tuple(names) or ("",))
    return {row["name"]: row for row in kept if (row["file_url"] or "").startswith(("/files/", "/private/files/"))}
