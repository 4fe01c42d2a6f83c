"""What comes after a message, by a job of its own: files that customers sent, and what the platform left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import frappe
from helpdesk.helpdesk.doctype.hd_ticket.api import get_attachments

from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, SocialCareError
from social_care.core.ports import Connection, Download
from social_care.desks.helpdesk import lookups, messages, notices, rows
from social_care.desks.helpdesk.accounts import HelpdeskAccounts
from social_care.desks.helpdesk.queue import ask_worker
from social_care.desks.helpdesk.times import to_site, utc_now

FETCH_JOB = "social_care.jobs.fetch_attachments"
MOST_TRIES = 5
_STANDS = "select name from `tabSocial Message` where name = %(name)s and erasure is null for update"


def fetch_later(message: str) -> None:
    """Have the files of a message, and what it left out, fetched after the commit."""
    ask_worker(FETCH_JOB, "long", message=message)


def missing(since: datetime) -> list[str]:
    """Return the messages stored since a moment of which something is not here, and not given up either."""
    found = rows.rows(
        "select name, media, missing != '' and look_ups < %(most)s as incomplete from `tabSocial Message`"
        " where creation >= %(since)s and direction = 'In' and (media != '[]' or missing != '')",
        since=to_site(since),
        most=lookups.MOST_TRIES,
    )
    return [row["name"] for row in found if row["incomplete"] or _wanted(rows.load(row["media"], []))]


def _wanted(media: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in media if _reference(one) and not one.get("file") and one.get("tries", 0) < MOST_TRIES]


def fetch(message: str, connect: Callable[[Account], Connection]) -> None:
    """Fetch the files of a message that are not here yet; note beside each why it could not be had."""
    row = rows.the_row("select account, ticket, media from `tabSocial Message` where name = %(name)s", name=message)
    media = rows.load(row["media"], [])
    wanted = _wanted(media)
    if not wanted:
        return
    try:
        connection = connect(HelpdeskAccounts(utc_now).get(row["account"]))
    except SocialCareError as error:
        _note(wanted, error)
    else:
        try:
            for one in wanted:
                _fetch_one(message, one, connection)
        finally:
            connection.close()
    with rows.transaction():
        if rows.row(_STANDS, name=message) is None:
            return  # erased meanwhile
        rows.update(messages.DOCTYPE, message, {"media": media})
        if row["ticket"]:
            notices.refresh_pages(messages.present_ticket(message, row["ticket"]))
    get_attachments.clear_cache()


def _reference(one: dict[str, Any]) -> str:
    return one.get("url") or one.get("id") or ""


def _fetch_one(message: str, one: dict[str, Any], connection: Connection) -> None:
    one["tries"] = one.get("tries", 0) + 1
    try:
        found = connection.download(_reference(one))
        with rows.transaction():
            if rows.row(_STANDS, name=message):
                one["file"] = _keep(message, found)
        one.pop("error", None)
    except Exception as error:  # noqa: BLE001 - whatever a file does, the message and the other files stay
        _note([one], error)


def _note(wanted: list[dict[str, Any]], error: Exception) -> None:
    """Say beside each file, in words for an agent, why it is missing."""
    for one in wanted:
        one["error"] = str(error) if isinstance(error, SocialCareError) else "The file could not be fetched."
        if isinstance(error, Refused) and not isinstance(error, Retryable):
            one["tries"] = MOST_TRIES


def _keep(message: str, found: Download) -> str:
    """Store a fetched file with every Communication that shows the message, and with their tickets."""
    places = rows.rows(
        "select name, reference_name from `tabCommunication` where social_message = %(message)s", message=message
    )
    kept = ""
    for place in places:
        for doctype, name in (("Communication", place["name"]), ("HD Ticket", place["reference_name"])):
            file = frappe.get_doc(
                {
                    "doctype": "File",
                    "file_name": found.name,
                    "content": found.content,
                    "is_private": 1,
                    "attached_to_doctype": doctype,
                    "attached_to_name": name,
                }
            )
            file.insert(ignore_permissions=True)
            kept = kept or file.name
    return kept
