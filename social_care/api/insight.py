"""What an agent says of a ticket where it was read wrongly."""

from typing import Any

import frappe
from frappe import _

from social_care.api.composer import open_ticket
from social_care.desks.helpdesk import insight


@frappe.whitelist(methods=["POST"])
def correct(ticket: str, about: str, value: str) -> list[dict[str, Any]]:
    """Set what was told of a ticket (language, sentiment, urgency or spam); later messages leave it alone."""
    document = open_ticket(ticket, "write")
    if about not in insight.FIELDS:
        frappe.throw(_("“{0}” cannot be said of that.").format(about))
    insight.correct(document, about, value.strip())
    return insight.of_ticket(document)
