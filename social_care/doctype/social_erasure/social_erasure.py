"""That texts were erased: who asked for it, when, and how much it was; never what it was."""

from __future__ import annotations

from frappe.model.document import Document


class SocialErasure(Document):
    """Written by the app only."""
