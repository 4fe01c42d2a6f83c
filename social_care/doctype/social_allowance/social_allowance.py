"""The units that the accounts of one app have used on a platform's present day."""

from __future__ import annotations

from frappe.model.document import Document


class SocialAllowance(Document):
    """Written by the app only."""
