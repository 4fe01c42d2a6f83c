"""A customer who was asked for contact details, and what came of it."""

from __future__ import annotations

from frappe.model.document import Document


class SocialContactRequest(Document):
    """Written by the app only; goes with its ticket, profile or contact."""
