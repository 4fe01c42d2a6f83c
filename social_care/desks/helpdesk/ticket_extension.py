"""What an HD Ticket does differently where social messages stand on it. All else is Helpdesk's.

Frappe puts this class in the place of Helpdesk's (`override_doctype_class` in hooks.py).
"""

from __future__ import annotations

from typing import Any

import frappe
from helpdesk.helpdesk.doctype.hd_ticket.hd_ticket import HDTicket

from social_care.core.replies import Mail
from social_care.desks.helpdesk import deadlines, html, insight, mailing, replying, rows, visibility
from social_care.desks.helpdesk.contacts import is_made_up
from social_care.desks.helpdesk.turns import Turn, add_communication, take_turn


class SocialHDTicket(HDTicket):
    """An HD Ticket whose customers may be on social platforms."""

    def validate(self) -> None:
        visibility.check_whose(self)
        insight.note_corrections(self)
        super().validate()

    # --- in
    @frappe.whitelist()
    def create_communication_via_contact(
        self, message: str, attachments: list[dict[str, Any]] | None = None, new_ticket: bool = False
    ) -> None:
        """A social ticket's first message is shown without a second save of the ticket, which would change nothing."""
        if new_ticket and self.flags.social_first_message:
            add_communication(self, self.flags.social_first_message, Turn.FIRST)
        else:
            super().create_communication_via_contact(message, attachments or [], new_ticket)

    def on_communication_update(self, c: Any) -> None:
        """Let a social message have the turn that is its due; an unconfirmed reply has none."""
        if not c.get("social_message"):
            super().on_communication_update(c)
            return
        turn = c.flags.social_turn or _turn_of_stored(c.social_message)
        take_turn(self, turn, lambda: HDTicket.on_communication_update(self, c))

    # --- out
    @frappe.whitelist()
    def reply_via_agent(
        self,
        message: str,
        from_email: dict[str, Any] | None = None,
        to: str | None = None,
        cc: str | None = None,
        bcc: str | None = None,
        attachments: list[str] | None = None,
    ) -> None:
        """Answer on the platform where the customer wrote, or by e-mail where that is what the agent addressed."""
        way = None if mailing.is_approved() else replying.choose_way(self, message, to, cc, bcc)
        if way is not None:
            way(self, message, attachments or [])
        elif not mailing.hold(self, message, lambda: self._mail(message, from_email, to, cc, bcc), attachments or []):
            super().reply_via_agent(message, from_email, to, cc, bcc, attachments or [])

    def _mail(
        self, message: str, from_email: dict[str, Any] | None, to: str | None, cc: str | None, bcc: str | None
    ) -> Mail:
        """Return an e-mail to be kept as it may be sent one day: nothing in it is hidden from who approves it."""
        chosen, wish = from_email or {}, self.flags.social_wish
        return Mail(
            to=to or "",
            html=html.without_style(message),
            cc=cc or "",
            bcc=bcc or "",
            sender=str(chosen.get("email_id") or ""),
            account=str(chosen.get("email_account") or ""),
            resolve=wish is not None and wish.resolve,
        )

    def instantly_send_email(self) -> bool:
        """An approved e-mail leaves once its approval is stored: sent at once, it might go out twice."""
        return not mailing.is_approved() and super().instantly_send_email()

    def set_first_responded_on(self) -> None:
        """A change of status is no response while a reply waits for its confirmation and none was confirmed."""
        if not (self.get("social_account") and not self.first_responded_on and self._has_only_unconfirmed_replies()):
            super().set_first_responded_on()

    def _has_only_unconfirmed_replies(self) -> bool:
        if self.is_new() or not self.has_value_changed("status"):
            return False
        states = rows.rows(
            "select distinct part.state from `tabCommunication` communication"
            " join `tabSocial Message` first on first.name = communication.social_message"
            " join `tabSocial Message` part on part.reply = first.reply where communication.reference_doctype = 'HD Ticket'"
            " and communication.reference_name = %(name)s and part.automatic = 0"
            " and part.state not in ('Cancelled', 'Rejected')",
            name=str(self.name),
        )
        return bool(states) and all(row["state"] != "Sent" for row in states)

    @staticmethod
    def default_list_data(show_customer_portal_fields: bool = False) -> dict[str, list[Any]]:
        """Show agents until when a ticket can be answered; the list can be sorted by it."""
        listed = HDTicket.default_list_data(show_customer_portal_fields)
        return listed if show_customer_portal_fields else deadlines.with_column(listed)

    # --- no automatic e-mail to somebody who has no address, or who wrote on a platform: theirs is for agents' e-mails
    def send_acknowledgement_email(self) -> None:
        if not self._came_by_platform():
            super().send_acknowledgement_email()

    def handle_email_feedback(self) -> None:
        if not self._came_by_platform():
            super().handle_email_feedback()

    def _came_by_platform(self) -> bool:
        return bool(self.get("social_account")) or is_made_up(self.raised_by)


def _turn_of_stored(name: str) -> Turn:
    """Return the turn of a message that was shown before: a copy made by a merge, or a Communication saved again."""
    row = rows.row("select direction, is_context, reply from `tabSocial Message` where name = %(name)s", name=name)
    if row is None or row["is_context"]:
        return Turn.CONTEXT
    if row["direction"] == "In":
        return Turn.CUSTOMER
    if not row["reply"]:
        return Turn.ANSWERED_ELSEWHERE
    sent = rows.row(
        "select 1 from `tabSocial Message` where reply = %(reply)s and state = 'Sent' and automatic = 0", reply=row["reply"]
    )
    return Turn.ANSWERED if sent else Turn.WAITING
