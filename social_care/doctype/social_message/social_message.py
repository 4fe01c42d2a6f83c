"""One message in or out."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialMessage(Document):
    """Written by the app only; one event is one row."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    # Not unique: the database compares without regard to case, and a platform's ids may differ by case alone.
    # What makes a message one row is its event key, which ends in a digest.
    for fields in (("account", "message_id"), ("account", "thread_id"), ("thread", "creation"), ("state", "next_attempt")):
        frappe.db.add_index("Social Message", list(fields), index_name="_".join(fields))
