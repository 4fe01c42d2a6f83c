"""Assignment rules with nobody in them: a social ticket is made all the same, and says that nobody got it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from helpdesk.helpdesk.doctype.hd_ticket_activity.hd_ticket_activity import log_ticket_activity
from helpdesk.overrides.assignment_rule import HelpdeskAssignmentRule

from social_care.desks.helpdesk import rows

POOLS = {"Round Robin": "users", "Load Balancing": "users", "Weighted Distribution": "weighted_users"}
"""Where the people of each kind of rule stand."""


class SocialAssignmentRule(HelpdeskAssignmentRule):
    """Helpdesk's rule; with an empty pool Frappe would raise IndexError, and a customer's message would wait for that.

    Frappe puts this class in the place of Helpdesk's (`override_doctype_class` in hooks.py).
    """

    def get_user(self, doc: Any) -> str | None:
        """Return who gets a document, None for nobody."""
        if not doc.get("social_account") or not is_empty(self):
            return super().get_user(doc)
        action = _("was not assigned: nobody is in the rule {0}").format(self.name)
        if not frappe.db.exists("HD Ticket Activity", {"ticket": doc.get("name"), "action": action}):
            log_ticket_activity(doc.get("name"), action)
        return None


def is_empty(rule: Any) -> bool:
    """Tell whether a rule chooses among people and has none."""
    return rule.rule in POOLS and not rule.get(POOLS[rule.rule])


def team_is_empty(team: str) -> bool:
    """Tell whether nobody can get the tickets of a team."""
    row = rows.row("select assignment_rule from `tabHD Team` where name = %(name)s", name=team)
    if not row or not row["assignment_rule"] or not frappe.db.exists("Assignment Rule", row["assignment_rule"]):
        return False
    rule = frappe.get_cached_doc("Assignment Rule", row["assignment_rule"])
    return not rule.disabled and is_empty(rule)
