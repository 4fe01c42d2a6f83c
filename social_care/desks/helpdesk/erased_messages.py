"""Messages without their words, wherever a site shows them, and replies without the name of whom they answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import frappe
from frappe import _

from social_care.core.erasing import Erasure, mask
from social_care.desks.helpdesk import messages, rows
from social_care.desks.helpdesk.html import to_html

AT_ONCE = 100
EMPTIED: dict[str, Any] = {
    "versions": [],
    "media": [],
    "reactions": {},
    "notes": "",
    "insight": None,
    "text_key": None,
    "campaign": None,
    "sentiment": "",
    "urgent": 0,
    "spam": "",
    "language": None,
    "missing": "",
}
"""What goes with a message's words, whyever they go."""
ANONYMOUS: dict[str, Any] = {"author_id": None, "author_handle": None, "author_name": None, "permalink": None, "route": {}}
"""What goes with its author. Without a route nothing can be sent there any more."""
SHOWN = ("subject", "content", "text_content", "sender", "sender_full_name", "recipients", "cc", "bcc")
"""What a Communication shows."""


def line(erasure: Erasure) -> str:
    """Return what stands in the place of erased words."""
    return _("(erased on request)") if erasure.person else _("(erased by its age)")


def batches(sql: str, **values: Any) -> Iterator[list[rows.Row]]:
    """Return rows of a query that ends with a condition, some at a time, in the order of their names.

    The query names its main table `one`.
    """
    last = ""
    while found := rows.rows(
        f"{sql} and one.name > %(last)s order by one.name limit {AT_ONCE}",
        last=last,
        **values,
    ):
        yield found
        last = found[-1]["name"]


def count(erasure: Erasure, **more: int) -> None:
    """Add to the figures of an erasure, in the caller's transaction."""
    changes = ", ".join(f"{field} = {field} + {int(by)}" for field, by in more.items())
    rows.run(f"update `tabSocial Erasure` set {changes} where name = %(name)s", name=erasure.id)  # noqa: S608 - ours


def mask_rows(doctype: str, columns: Sequence[str], found: Sequence[rows.Row], words: Sequence[str]) -> int:
    """Take names from text columns of these rows, in the caller's transaction; return how many rows held one."""
    changed = 0
    for row in found:
        masked = {column: mask(row[column], words) for column in columns if row[column]}
        values = {column: text for column, text in masked.items() if text != row[column]}
        if values:
            rows.update(doctype, row["name"], values)
        changed += bool(values)
    return changed


def mask_named(doctype: str, columns: Sequence[str], filters: dict[str, Any], words: Sequence[str]) -> None:
    """Do so with the rows that these filters find."""
    mask_rows(doctype, columns, frappe.get_all(doctype, filters, ["name", *columns]), words)


def erase(erasure: Erasure) -> None:
    """See `core.ports.Erasing.erase_messages`."""
    marked = "select one.name, one.account, one.text from `tabSocial Message` one where one.erasure = %(erasure)s"
    for some in batches(marked, erasure=erasure.id):
        with rows.transaction():
            for message in some:
                _erase_files(erasure, message["name"])
                _erase_shown(erasure, message["name"])
                rows.update(messages.DOCTYPE, message["name"], _values(erasure))
    with rows.transaction():
        rows.run(
            "update `tabSocial Erasure` set messages = (select count(*) from `tabSocial Message` where erasure = %(name)s)"
            " where name = %(name)s",
            name=erasure.id,
        )


def _values(erasure: Erasure) -> dict[str, Any]:
    return {"text": line(erasure), **EMPTIED, **(ANONYMOUS if erasure.person else {})}


def _erase_shown(erasure: Erasure, message: str) -> None:
    shown = {"content": to_html(line(erasure)), "text_content": None, "subject": line(erasure)}
    if erasure.person:
        address = frappe.db.get_value("Social Profile", erasure.profile, "address")
        shown |= {"sender": address, "sender_full_name": _("Erased"), "recipients": None, "cc": None, "bcc": None}
    for name in frappe.get_all("Communication", {"social_message": message}, pluck="name"):
        rows.update("Communication", name, shown)


def _erase_files(erasure: Erasure, message: str) -> None:
    """Delete the files that came with a message: those of its Communications, and their copies on the tickets."""
    for place in frappe.get_all("Communication", {"social_message": message}, ["name", "reference_name"]):
        own = {"attached_to_doctype": "Communication", "attached_to_name": place.name}
        files = frappe.get_all("File", own, ["name", "content_hash", "file_name"])
        copies = {
            "attached_to_doctype": "HD Ticket",
            "attached_to_name": place.reference_name,
            "content_hash": ["in", [file.content_hash for file in files if file.content_hash]],
        }
        on_ticket = frappe.get_all("File", copies, ["name", "file_name"]) if files else []
        for file in (*files, *on_ticket):
            frappe.delete_doc("File", file.name, ignore_permissions=True, force=True, delete_permanently=True)
            _erase_mentions(file.file_name, place.name, place.reference_name)
        count(erasure, files=len(files) + len(on_ticket))


def _erase_mentions(file: str, *documents: str) -> None:
    """Delete what Frappe noted beside these documents of a file that came and went: it has the file's name."""
    noted = {"comment_type": ["in", ["Attachment", "Attachment Removed"]], "reference_name": ["in", documents]}
    frappe.db.delete("Comment", {**noted, "content": ["like", f"%{file}%"]})


# --- replies --------------------------------------------------------------------------------------------------------
_OURS = (
    "select one.* from `tabSocial Message` one left join `tabSocial Message` target on target.name = one.target"
    " where one.direction = 'Out' and (target.erasure = %(erasure)s"
    " or one.ticket in (select name from `tabHD Ticket` where social_profile = %(profile)s))"
)
_ASKED = (
    "select one.* from `tabSocial Approval` one join `tabSocial Message` target on target.name = one.target"
    " where target.erasure = %(erasure)s"
)


def erase_names_in_replies(erasure: Erasure) -> None:
    """See `core.ports.Erasing.erase_replies`."""
    if erasure.person is None:
        return
    words = erasure.person.words()
    for some in batches(_ASKED, erasure=erasure.id):
        with rows.transaction():
            mask_rows("Social Approval", ("text", "final_text", "note", "mail"), some, words)
    for some in batches(_OURS, erasure=erasure.id, profile=erasure.profile):
        with rows.transaction():
            count(erasure, replies=mask_rows(messages.DOCTYPE, ("text", "template", "error", "notes"), some, words))
            for part in some:
                given_up = {"state": "Cancelled"} if part["state"] == "Failed" else {}
                rows.update(messages.DOCTYPE, part["name"], {"route": {}, "progress": {}, **given_up})
            replies = [part["reply"] for part in some if part["reply"]]
            mask_named("Communication", SHOWN, {"name": ["in", replies]}, words)
