"""What the ticket page says of a storm: beside each of its messages, and on its parent ticket, which holds none."""

from __future__ import annotations

from html import escape
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime

from social_care.core.storms import StormCount
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.accounts import HelpdeskAccounts
from social_care.desks.helpdesk.storms import DOCTYPE, HelpdeskStorms
from social_care.desks.helpdesk.times import utc_now


def of_parent(ticket: str) -> list[str]:
    """Return the lines on the ticket that stands for a storm, as HTML; nothing on any other ticket."""
    row = rows.row("select * from `tabSocial Storm` where ticket = %(ticket)s order by began_at desc limit 1", ticket=ticket)
    if row is None:
        return []
    count = HelpdeskStorms(HelpdeskAccounts(utc_now)).count(row["name"])
    words = _("This ticket stands for a storm: {0} messages of {1} people, {2} without a ticket of their own.")
    lines = ["🌀 <strong>" + escape(words.format(count.messages, count.people, count.left)) + "</strong>"]
    if row["text"]:
        lines += ["🤖 " + escape(figures(count)), f"<blockquote>{escape(row['text'])}</blockquote>"]
    elif row["state"] != "Ended":
        lines.append("🤖 " + escape(_("Nobody was answered yet: a supervisor writes one holding reply for all of them.")))
    if row["state"] == "Ended":
        lines.append("🏁 " + escape(_("It ended {0}.").format(format_datetime(row["ended_at"]))))
    link = _link(row["name"], _("Open the storm"))
    return [*lines, link] if link else lines


def figures(count: StormCount) -> str:
    """Return what became of the holding reply, in one sentence."""
    words = _("Holding reply: {0} sent, {1} on their way, {2} wait, {3} not sent or unknown, {4} left out")
    return words.format(count.sent, count.queued, count.waiting, count.failed, count.left_out)


def of_message(message: rows.Row) -> list[str]:
    """Return the line beside a message that was counted to a storm, as HTML."""
    storm = message["storm"] and rows.row(
        "select name, ticket from `tabSocial Storm` where name = %(n)s", n=message["storm"]
    )
    if not storm:
        return []
    words = _("Part of a storm.")
    if storm["ticket"]:
        link = f'<a href="/helpdesk/tickets/{escape(storm["ticket"])}">#{escape(storm["ticket"])}</a>'
        words = _("Part of the storm on ticket {0}.").format(link)
    return [" · ".join(filter(None, ["🌀 " + words, _link(storm["name"], _("Open the storm"))]))]


def refusal(ticket: Any) -> str:
    """Return why nobody can be answered on a ticket, where it stands for a storm; "" elsewhere."""
    if not rows.row("select 1 from `tabSocial Storm` where ticket = %(ticket)s limit 1", ticket=str(ticket.name)):
        return ""
    return _("This ticket stands for a storm, not for one customer. A supervisor answers all of them with a holding reply.")


def _link(storm: str, words: str) -> str:
    if not frappe.has_permission(DOCTYPE, "read"):
        return ""
    return f'<a href="/app/social-storm/{escape(storm)}" target="_blank" rel="noopener noreferrer">{escape(words)}</a>'
