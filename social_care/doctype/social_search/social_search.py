"""A saved listening query."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialSearch(Document):
    """Every post it finds becomes a ticket."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_unique("Social Search", ["account", "search_name"], constraint_name="account_search_name")
