"""Answers that somebody gave on the platform itself, shown on their tickets."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import frappe

from social_care.core.accounts import Account
from social_care.core.events import Direction, MessageReceived
from social_care.core.outside import Afterwards, OutsideAnswer, Recorded
from social_care.core.ports import Conflict
from social_care.desks.helpdesk import messages, notices, rows
from social_care.desks.helpdesk.html import to_html
from social_care.desks.helpdesk.times import from_site, to_site
from social_care.desks.helpdesk.turns import Turn, add_communication

CATEGORIES = {Afterwards.WAITING: "Paused", Afterwards.RESOLVED: "Resolved"}
"""Of Helpdesk's statuses."""


class HelpdeskOutsideAnswers:
    """See `core.outside.OutsideAnswers`."""

    def record(self, account: Account, answer: OutsideAnswer, name: str, now: datetime) -> bool:
        event, communication = answer.as_message(account, name, now), rows.new_name()
        ticket = frappe.get_doc("HD Ticket", answer.target.ticket, for_update=True)
        case = rows.the_row("select thread from `tabSocial Message` where name = %(name)s", name=answer.target.id)["thread"]
        try:
            message = messages.store(
                account,
                event,
                key=answer.key(account),
                direction=Direction.OUT,
                thread=case,
                ticket=str(ticket.name),
                communication=communication,
                author_user=answer.user,
            )
        except Conflict:
            return False
        shown = {
            "name": communication,
            "social_message": message,
            "sent_or_received": "Sent",
            "sender": answer.user,
            "sender_full_name": name,
            "content": to_html(event.text),
            "communication_date": to_site(now),
        }
        add_communication(ticket, shown, Turn.ANSWERED_ELSEWHERE)
        self._leave(str(ticket.name), answer.afterwards)
        return True

    def waiting(self, account: str, thread_id: str) -> tuple[Recorded, ...]:
        found = rows.rows(
            "select name, text, permalink, parent_id, ticket, sent_at from `tabSocial Message` where account = %(account)s"
            " and thread_id = %(thread)s and direction = 'Out' and message_id like 'outside:%%'"
            " order by creation, name for update",
            account=account,
            thread=thread_id,
        )
        return tuple(
            Recorded(
                id=row["name"],
                text=row["text"] or "",
                link=row["permalink"] or "",
                parent_id=row["parent_id"] or "",
                ticket=messages.present_ticket(row["name"], row["ticket"]),
                at=from_site(row["sent_at"]),
            )
            for row in found
        )

    def join(self, record: Recorded, event: MessageReceived) -> str:
        row = rows.the_row("select notes, permalink from `tabSocial Message` where name = %(name)s", name=record.id)
        notes = [row["notes"], *event.notes, record.remembered()]
        values = {
            "message_id": event.message_id,
            "text": event.text,
            "permalink": event.permalink or row["permalink"],
            "sent_at": to_site(event.sent_at),
            "revision": event.revision,
            "media": [asdict(one) for one in event.media],
            "notes": "\n".join(filter(None, notes)),
        }
        rows.update(messages.DOCTYPE, record.id, values)
        rows.run(
            "update `tabCommunication` set content = %(content)s where social_message = %(name)s",
            content=to_html(event.text),
            name=record.id,
        )
        notices.refresh_pages(record.ticket)
        return record.ticket

    def _leave(self, name: str, afterwards: Afterwards) -> None:
        """Give a ticket the first status of Helpdesk that means what the person chose."""
        found = frappe.get_all(
            "HD Ticket Status",
            {"category": CATEGORIES.get(afterwards, ""), "enabled": 1},
            pluck="name",
            order_by="`order`",
            limit=1,
        )
        if found:
            ticket = frappe.get_doc("HD Ticket", name, for_update=True)
            ticket.status = found[0]
            ticket.save(ignore_permissions=True)
