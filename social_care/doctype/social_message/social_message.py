"""One message in or out."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from social_care.desks.helpdesk.columns import compare_exactly
from social_care.desks.helpdesk.messages import refuse_while_needed


class SocialMessage(Document):
    """Written by the app only; one event is one row."""

    def on_trash(self) -> None:
        refuse_while_needed(self.name)


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    compare_exactly("Social Message", "message_id")
    frappe.db.add_unique("Social Message", ["account", "message_id"], constraint_name="account_message_id")
    for fields in (
        ("account", "thread_id", "sent_at"),
        ("account", "revision"),
        ("thread", "creation"),
        ("campaign", "creation"),
        ("state", "next_attempt"),
    ):
        frappe.db.add_index("Social Message", list(fields), index_name="_".join(fields))
