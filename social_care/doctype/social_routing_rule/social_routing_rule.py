"""A rule of the team: which messages go to which team, which are only collected, which are ignored and why."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from social_care.desks.helpdesk import routing

CONDITIONS = (
    *("platform", "account", "audience", "languages", "words", "without_words", "followers_at_least", "lists"),
    *("sentiment", "urgent", "spam"),
)


class SocialRoutingRule(Document):
    """The one with the lowest position that fits a message decides."""

    def validate(self) -> None:
        """A rule that takes every message from every ticket queue is a mistake; so is a language nobody can match."""
        if routing.read(self.as_dict()).verdict.value != "ticket" and not any(self.get(field) for field in CONDITIONS):
            frappe.throw(_("Without a condition, this rule would keep every message from becoming a ticket."))
        for language in (self.languages or "").split(","):
            if language.strip() and not (language.strip().isalpha() and len(language.strip()) == 2):
                frappe.throw(_("“{0}” is not a language of two letters, such as pl or sr.").format(language.strip()))
