"""A reply that asked a supervisor, and what was decided."""

from __future__ import annotations

from frappe.model.document import Document


class SocialApproval(Document):
    """Written by the app only, and kept."""
