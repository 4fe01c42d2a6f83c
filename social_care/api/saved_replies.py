"""Saved replies of Helpdesk on social tickets: those the agent may use, as plain text, with our variables filled in."""

from typing import Any

import frappe
from helpdesk.api import saved_replies as helpdesk_saved_replies
from helpdesk.utils import agent_only

from social_care.api.composer import open_ticket
from social_care.desks.helpdesk import html, panel


@frappe.whitelist(methods=["GET", "POST"])
def get_saved_replies(ticket: str) -> list[dict[str, str]]:
    """Return title and name of the saved replies that the agent may use."""
    open_ticket(ticket)
    return frappe.get_list("HD Saved Reply", fields=["name", "title"], order_by="title", limit=0)


@frappe.whitelist(methods=["GET", "POST"])
def get_text(ticket: str, saved_reply: str) -> str:
    """Return a saved reply as the text that an agent would have typed."""
    return html.to_text(_render(ticket, saved_reply))


@frappe.whitelist()
@agent_only
def get_rendered_saved_reply(ticket_id: str, saved_reply_id: str | None = None) -> str:
    """Return what Helpdesk's own endpoint returns; on social tickets with our variables, too."""
    if saved_reply_id and frappe.db.get_value("HD Ticket", ticket_id, "social_account"):
        return _render(ticket_id, saved_reply_id)
    return helpdesk_saved_replies.get_rendered_saved_reply(ticket_id, saved_reply_id)


def _render(ticket: str, saved_reply: str) -> str:
    """Fill in Helpdesk's variables (the fields of the ticket and of the agent) and ours, where the user may read both."""
    document = open_ticket(ticket)
    frappe.has_permission("HD Saved Reply", "read", saved_reply, throw=True)
    agent: dict[str, Any] = frappe.get_doc("User", frappe.session.user).as_dict()
    context = {**document.as_dict(), **agent, **_escaped(panel.variables(document))}
    return frappe.render_template(frappe.db.get_value("HD Saved Reply", saved_reply, "message") or "", context)


def _escaped(values: dict[str, str]) -> dict[str, str]:
    """A customer's name is his to choose, and what is rendered here is HTML."""
    return {name: frappe.utils.escape_html(value) for name, value in values.items()}
