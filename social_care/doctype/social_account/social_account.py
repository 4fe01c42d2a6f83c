"""The team's own identity on a platform: credentials, policy and health."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from social_care.desks.helpdesk.account_rules import RUNTIME_FIELDS, check_form, refuse_while_in_use


class SocialAccount(Document):
    """What people type is validated; what the app writes (health, spend) is never taken from a form."""

    def validate(self) -> None:
        self.keep_runtime_fields()
        check_form(self)

    def keep_runtime_fields(self) -> None:
        """Take them from the database: a form that was opened earlier would write old values back."""
        if not self.is_new():
            stored = frappe.db.get_value(self.doctype, self.name, RUNTIME_FIELDS, as_dict=True, for_update=True)
            self.update(stored or {})

    def on_trash(self) -> None:
        refuse_while_in_use(self.name)
        for doctype in ("Social Cursor", "Social Search", "Social Template", "Social Preference"):
            frappe.db.delete(doctype, {"account": self.name})
