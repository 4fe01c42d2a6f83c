"""The team's own identity on a platform: credentials, policy and health."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from social_care.desks.helpdesk import account_rules


class SocialAccount(Document):
    """What people type is validated; what the app writes (health, spend) is never taken from a form."""

    def validate(self) -> None:
        self.keep_runtime_fields()
        account_rules.trim(self)
        account_rules.check_poll_interval(self.poll_interval_s)
        account_rules.check_server(self.api_base_url)

    def keep_runtime_fields(self) -> None:
        """Take them from the database: a form that was opened earlier would write old values back."""
        if not self.is_new():
            wanted = account_rules.RUNTIME_FIELDS
            stored = frappe.db.get_value(self.doctype, self.name, wanted, as_dict=True, for_update=True)
            self.update(stored or {})

    def on_trash(self) -> None:
        account_rules.refuse_while_in_use(self.name)
        for doctype in ("Social Cursor", "Social Search", "Social Template", "Social Preference"):
            frappe.db.delete(doctype, {"account": self.name})
