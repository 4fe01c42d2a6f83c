"""Windows as deadlines: until when a ticket can be answered, and the alarm before that moment passes.

The customer's newest word decides: a private one can be answered until its conversation's window closes, a public one
without a limit. What the window is says the platform's connector.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from frappe import _
from frappe.utils import format_datetime

from social_care.desks.helpdesk import notices, rows
from social_care.desks.helpdesk.times import to_site

_WAITS = (
    "ticket.status_category != 'Resolved' and not exists (select 1 from `tabCommunication` shown"
    " left join `tabSocial Message` message on message.name = shown.social_message"
    " left join `tabSocial Message` part on part.reply = message.reply and part.part = 1"
    " where shown.reference_doctype = 'HD Ticket' and shown.reference_name = ticket.name and shown.sent_or_received = 'Sent'"
    " and shown.communication_type = 'Communication' and (message.name is null or (part.state = 'Sent' and"
    " part.automatic = 0) or (message.reply is null and message.is_context = 0))"
    " and coalesce(part.confirmed_at, message.sent_at, shown.creation) >= (select max(coalesce(word.sent_at, word.creation))"
    " from `tabSocial Message` word where word.ticket = ticket.name and word.direction = 'In' and word.is_context = 0))"
)
"""A ticket waits: nobody of the team answered after the customer's last word. By when things were said, since what is told
late may be older. A reply that is not confirmed is no answer, nor is an automatic one."""


def renew(ticket: str) -> datetime | None:
    """Set until when a ticket can be answered, by the customer's newest word on it, and return that; None: no limit."""
    newest = rows.row(
        "select thread.reply_until from `tabSocial Message` message left join `tabSocial Thread` thread"
        " on thread.name = message.thread where message.ticket = %(ticket)s and message.direction = 'In'"
        " and message.is_context = 0 order by message.deleted_at is not null,"
        " coalesce(message.sent_at, message.creation) desc, message.creation desc limit 1",
        ticket=ticket,
    )
    until = whole(newest["reply_until"]) if newest else None
    rows.update("HD Ticket", ticket, {"social_reply_until": until})
    return until


def whole(until: datetime | None) -> datetime | None:
    """Return a deadline as lists show it, without parts of a second; None: no limit."""
    return until and until.replace(microsecond=0)


def warn(now: datetime) -> int:
    """Tell who has to answer that a window closes soon, once for each window; return how many tickets that were."""
    due = rows.rows(
        "select ticket.name, ticket.subject, ticket.social_account, ticket.agent_group, ticket._assign,"  # noqa: S608 - constant
        " ticket.social_reply_until as until from `tabHD Ticket` ticket join `tabSocial Account` account"
        " on account.name = ticket.social_account where ticket.social_reply_until > %(now)s"
        " and ticket.social_reply_until <= %(now)s + interval account.window_alarm_minutes minute"
        f" and coalesce(ticket.social_window_warned, '1970-01-01') != ticket.social_reply_until and {_WAITS}",
        now=to_site(now),
    )
    for ticket in due:
        name = str(ticket["name"])
        people = rows.load(ticket["_assign"], []) or notices.team(ticket["agent_group"])
        sentence = _sentence(name, ticket["until"])
        notices.tell_people(people or notices.owners(ticket["social_account"]), name, sentence)
        rows.update("HD Ticket", name, {"social_window_warned": ticket["until"]})
    return len(due)


def clear() -> int:
    """Take back alarms that are no longer true: answered, closed, or the customer wrote again; return how many."""
    done = rows.rows(
        "select ticket.name, ticket.social_window_warned as until from `tabHD Ticket` ticket"  # noqa: S608 - constant
        " where ticket.social_window_warned is not null and not (coalesce(ticket.social_reply_until, '1970-01-01')"
        f" = ticket.social_window_warned and {_WAITS})"
    )
    for ticket in done:
        name = str(ticket["name"])
        notices.take_back(name, _sentence(name, ticket["until"]))
        rows.update("HD Ticket", name, {"social_window_warned": None})
    return len(done)


def _sentence(ticket: str, until: datetime) -> str:
    return _("Ticket #{0} waits for an answer, which the platform takes until {1} only.").format(
        ticket, format_datetime(until)
    )


def with_column(listed: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return Helpdesk's default ticket list with platform and deadline as columns.

    The deadline is shown as data: of a Datetime Helpdesk says how long ago it was, and `0 s` where there is none.
    """
    columns = listed["columns"]
    platform = {"label": _("Platform"), "type": "Data", "key": "social_platform", "width": "7rem"}
    deadline = {"label": _("Answer by"), "type": "Data", "key": "social_reply_until", "width": "11rem"}
    after = next((i for i, one in enumerate(columns, 1) if one["key"] == "resolution_by"), len(columns))
    columns = [*columns[:after], deadline, platform, *columns[after:]]
    return {**listed, "columns": columns, "rows": [*listed["rows"], "social_reply_until", "social_platform"]}
