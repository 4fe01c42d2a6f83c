"""One raw body that a platform gave us: the ledger."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from social_care.desks.helpdesk.ledger import read_body


class SocialPayload(Document):
    """Kept before anybody reads it; the same body of a feed is kept once."""

    def onload(self) -> None:
        """Show people the body as the platform sent it, also where it is stored compressed."""
        self.body = read_body(self.body or "", self.body_encoding).decode("utf-8", errors="replace")


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_unique("Social Payload", ["account", "sha256"], constraint_name="account_sha256")
    frappe.db.add_index("Social Payload", ["state", "next_attempt"], index_name="state_next_attempt")
