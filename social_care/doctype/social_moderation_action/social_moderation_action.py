"""One thing the team did, or tried to do, to a message or its author: who, why, and what became of it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialModerationAction(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_index("Social Moderation Action", ["account", "author_id"], index_name="account_author_id")
    frappe.db.add_index("Social Moderation Action", ["state", "lease_until"], index_name="state_lease_until")
