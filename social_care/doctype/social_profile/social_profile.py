"""A customer's identity on a platform."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialProfile(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_unique("Social Profile", ["platform", "external_id"], constraint_name="platform_external_id")
