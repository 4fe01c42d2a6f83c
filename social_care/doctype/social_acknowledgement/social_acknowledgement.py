"""What an account says automatically outside the support hours, in one language."""

from __future__ import annotations

from frappe.model.document import Document


class SocialAcknowledgement(Document):
    """A row of a Social Account."""
