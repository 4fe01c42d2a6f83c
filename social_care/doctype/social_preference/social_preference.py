"""Which category of messages a customer wants to get from an account, or does not want."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from social_care.desks.helpdesk.columns import compare_exactly


class SocialPreference(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    compare_exactly("Social Preference", "author_id")
    frappe.db.add_unique(
        "Social Preference", ["account", "author_id", "category"], constraint_name="account_author_category"
    )
