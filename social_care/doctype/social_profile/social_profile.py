"""A customer's identity on a platform."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from social_care.desks.helpdesk.columns import compare_exactly


class SocialProfile(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    compare_exactly("Social Profile", "external_id")
    frappe.db.add_unique("Social Profile", ["platform", "external_id"], constraint_name="platform_external_id")
