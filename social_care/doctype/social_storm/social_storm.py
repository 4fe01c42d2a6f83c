"""Many messages on one subject in a short time: one parent ticket, one holding reply."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialStorm(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_index("Social Storm", ["account", "campaign", "ended_at"], index_name="account_campaign_ended_at")
