"""What the form of a Social Routing Rule asks."""

from typing import Any

import frappe

from social_care.desks.helpdesk import routing

TRIED = 500
SHOWN = 50


@frappe.whitelist(methods=["POST"])
def try_rule(rule: dict[str, Any] | str) -> dict[str, Any]:
    """Return which of the newest messages of customers fit a rule that need not be saved yet."""
    frappe.has_permission("Social Routing Rule", "write", throw=True)
    document = frappe.get_doc({**frappe.parse_json(rule), "doctype": "Social Routing Rule"})
    return routing.try_on_newest(routing.read(document.as_dict()), TRIED, SHOWN)
