"""Tickets that were merged: the conversation goes on elsewhere, and so do answers."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from social_care.desks.helpdesk import messages


def refusal(ticket: Any) -> str:
    """Return why nobody should answer on a ticket that was merged, "" where it was not."""
    if not (ticket.get("is_merged") and ticket.get("merged_with")):
        return ""
    elsewhere = messages.after_merges(str(ticket.name))
    return _("This ticket was merged into ticket #{0}. Please answer there.").format(elsewhere)


def check_place(ticket: Any) -> None:
    """An answer on a ticket that was merged would not be seen where the conversation goes on. Raises: ValidationError."""
    if sentence := refusal(ticket):
        frappe.throw(sentence, title=_("Not sent"))
