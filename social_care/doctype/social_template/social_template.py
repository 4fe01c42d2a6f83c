"""A message form that a platform has approved for an account, as it was when the platform was asked."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialTemplate(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_unique("Social Template", ["account", "template_name", "language"], constraint_name="account_template")
