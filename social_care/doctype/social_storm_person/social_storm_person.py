"""One person of a storm, and how far the holding reply to this person is."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SocialStormPerson(Document):
    """Written by the app only."""


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table. One person of a storm is one row: answered once."""
    frappe.db.add_unique("Social Storm Person", ["storm", "person"], constraint_name="storm_person")
