"""What holds for the whole site."""

from __future__ import annotations

from frappe.model.document import Document


class SocialCareSettings(Document):
    """Settings of the site."""
