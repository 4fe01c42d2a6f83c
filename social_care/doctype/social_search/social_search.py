"""A saved listening query."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from social_care.desks.helpdesk import searches


class SocialSearch(Document):
    """What to look for, and what its hits open. Whether the platform can be asked like that is checked by a hook."""

    def validate(self) -> None:
        """A search looks for something; a language has two letters."""
        search = searches.read(self.as_dict())
        if not (search.query or search.parts.all_of or search.parts.any_of):
            frappe.throw(_("Say what to look for: all or any of some words, or a query by hand."))
        for language in search.parts.languages:
            if not (language.isalpha() and len(language) == 2):
                frappe.throw(_("“{0}” is not a language of two letters, such as pl or sr.").format(language))


def on_doctype_update() -> None:
    """Frappe calls this after it has made or changed the table."""
    frappe.db.add_unique("Social Search", ["account", "search_name"], constraint_name="account_search_name")
