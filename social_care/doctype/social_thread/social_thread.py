"""One customer's matter in one remote conversation: the case."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialThread(Document):
    """Written by the app only; its key is unique."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_index("Social Thread", ["account", "thread_id"], index_name="account_thread_id")
