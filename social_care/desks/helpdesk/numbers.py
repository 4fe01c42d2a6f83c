"""Numbers of tickets: a deleted one's is never given again, since whatever stood on that ticket still names it.

Frappe gives the last number again, and an unanswered customer's next word would go to somebody else's ticket. Its job that
clears references to the deleted ticket comes later still, and would take a new ticket's messages from it.
"""

from __future__ import annotations

from typing import Any

from frappe.model.naming import NamingSeries
from frappe.utils import cint

from social_care.desks.helpdesk import rows


def keep(ticket: Any) -> None:
    """Let the series go on behind a ticket that was just deleted, in the transaction of the deletion."""
    if ".#" not in (ticket.meta.autoname or ""):
        return
    prefix = NamingSeries(ticket.meta.autoname).get_prefix()
    rows.run(
        "update `tabSeries` set current = current + 1 where name = %(prefix)s and current = %(count)s - 1",
        prefix=prefix,
        count=cint(str(ticket.name).removeprefix(prefix)),
    )
