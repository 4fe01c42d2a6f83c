"""Where the fetching of one feed of an account stands."""

from __future__ import annotations

from frappe.model.document import Document


class SocialCursor(Document):
    """Written by the app only."""
