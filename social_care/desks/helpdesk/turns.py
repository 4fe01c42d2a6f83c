"""Whose turn it is after a message: what a Communication does to its ticket."""

from __future__ import annotations

from enum import Enum
from typing import Any

import frappe

from social_care.core.events import Direction


class Turn(str, Enum):
    """What a Communication of ours means for the ticket on which it stands."""

    FIRST = "first"
    """A new ticket's first message: everything was set with the ticket itself."""
    CUSTOMER = "customer"
    """A customer's word: Helpdesk reopens as it does for an e-mail."""
    CUSTOMER_QUIET = "customer quiet"
    """A customer's word that leaves the status alone."""
    CONTEXT = "context"
    """Shown, and nobody's turn changes."""
    ANSWERED = "answered"
    """Our reply, confirmed by the platform: Helpdesk treats it as an agent's reply."""
    ANSWERED_ELSEWHERE = "answered elsewhere"
    """The team answered outside of the help desk: it counts as a response, and the status is left to people."""
    WAITING = "waiting"
    """Our reply, not confirmed: nothing was said yet."""


def add_communication(ticket: Any, values: dict[str, Any], turn: Turn) -> None:
    """Show a message on a ticket and let it have its turn. `ticket` is the document of an HD Ticket."""
    communication = frappe.new_doc("Communication")
    communication.update(
        {
            "communication_type": "Communication",
            "communication_medium": "Chat",
            "email_status": "Open",
            "status": "Linked",
            "subject": f"Re: {ticket.subject}",
            "reference_doctype": "HD Ticket",
            "reference_name": str(ticket.name),
            "reference_owner": ticket.owner,
            **values,
        }
    )
    communication.parent_doc = ticket
    communication.flags.social_turn = turn
    communication.flags.skip_add_signature = True
    communication.insert(ignore_permissions=True, set_name=values["name"])


def take_turn(ticket: Any, turn: Turn, helpdesk_logic: Any) -> None:
    """Do to a ticket what a message means; `helpdesk_logic` is what Helpdesk would do with an e-mail."""
    now = frappe.utils.now_datetime()
    if turn in (Turn.CUSTOMER, Turn.ANSWERED):
        ticket.flags.ignore_permissions = True
        helpdesk_logic()
    elif turn is Turn.CUSTOMER_QUIET:
        ticket.last_customer_response = now
        ticket.save(ignore_permissions=True)
    elif turn is Turn.ANSWERED_ELSEWHERE:
        ticket.first_responded_on = ticket.first_responded_on or now
        ticket.last_agent_response = now
        ticket.save(ignore_permissions=True)
    else:
        ticket.publish_update()


def turn_of(direction: Direction, *, reopen: bool, context: bool) -> Turn:
    """Return whose turn a message that came in makes it."""
    if context:
        return Turn.CONTEXT
    if direction is Direction.OUT:
        return Turn.ANSWERED_ELSEWHERE
    return Turn.CUSTOMER if reopen else Turn.CUSTOMER_QUIET
