"""Own messages that come before what they answer, and answers that turn out to be none."""

from __future__ import annotations

import frappe

from social_care.core.events import MessageReceived
from social_care.desks.helpdesk import deadlines, messages, rows
from social_care.desks.helpdesk.times import to_site
from social_care.desks.helpdesk.turns import Turn, take_turn


def gather(account: str, event: MessageReceived, ticket: str, whose: str | None) -> int:
    """See `core.ports.Tickets.gather_followers`. Where messages come in order, nothing is newer than the one that came."""
    if event.sent_at is None:
        return 0
    early = rows.rows(
        "select name, ticket, direction, is_context, author_id from `tabSocial Message` where account = %(account)s"
        " and thread_id = %(thread)s and sent_at >= %(since)s and message_id != %(id)s and ticket is not null"
        " and state is null and automatic = 0 and (is_context = 1 or direction = 'Out')"
        " and ((parent_id = %(id)s and ticket != %(ticket)s)"
        " or (is_context = 1 and (author_id = %(whose)s"
        " or (direction = 'Out' and (parent_id = %(id)s or audience = 'Private'))))) for update",
        account=account,
        thread=event.thread.id,
        since=to_site(event.sent_at),
        id=event.message_id,
        ticket=ticket,
        whose=whose,
    )
    for row in early:
        ours = row["direction"] == "Out"
        place = {"ticket": ticket, "is_context": int(not ours and row["author_id"] != whose)}
        rows.update(messages.DOCTYPE, row["name"], place)
        rows.run(
            "update `tabCommunication` set reference_name = %(ticket)s where social_message = %(name)s"
            " and reference_name = %(before)s",
            name=row["name"],
            ticket=ticket,
            before=row["ticket"],
        )
        if ours:
            take_turn(frappe.get_doc("HD Ticket", ticket, for_update=True), Turn.ANSWERED_ELSEWHERE, _nothing)
            if not row["is_context"]:
                take_back(row["ticket"])
    for moved in {ticket, *(row["ticket"] for row in early if row["direction"] == "In")} if early else ():
        deadlines.renew(moved)
    return len(early)


def _nothing() -> None:
    """What Helpdesk would do with an e-mail is not asked for an answer made elsewhere."""


def take_back(ticket: str) -> None:
    """Let a ticket's first-response clock run again: what counted as its answer was none.

    Nothing happens where anything else was answered on the ticket: another reply, one made elsewhere, an e-mail.
    """
    answered = rows.row(
        "select 1 from `tabCommunication` shown left join `tabSocial Message` message on message.name = shown.social_message"
        " where shown.reference_doctype = 'HD Ticket' and shown.reference_name = %(ticket)s"
        " and shown.communication_type = 'Communication' and shown.sent_or_received = 'Sent' and"
        " (message.name is null or (message.reply is null and message.is_context = 0) or exists"
        " (select 1 from `tabSocial Message` part where part.reply = message.reply and part.state = 'Sent'"
        " and part.automatic = 0)) limit 1",
        ticket=ticket,
    )
    if answered or not frappe.db.exists("HD Ticket", ticket):
        return
    document = frappe.get_doc("HD Ticket", ticket, for_update=True)
    document.update({"first_responded_on": None, "first_response_time": None, "first_response_failed_by": None})
    document.last_agent_response = None
    if document.status_category == "Paused":  # Helpdesk holds what waits for the customer for answered
        document.status = document.default_open_status
    document.save(ignore_permissions=True)
