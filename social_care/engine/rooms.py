"""Rooms: groups where people talk of many things, so not every word there belongs to a case."""

from __future__ import annotations

from social_care.core.events import MessageReceived
from social_care.core.ports import Case, Tickets


def whose(event: MessageReceived) -> str:
    """Return whose case a public message is; messages without an author never share one."""
    return event.author.id if event.author else f"unknown:{event.message_id}"


def cases_at_hand(event: MessageReceived, account: str, tickets: Tickets) -> tuple[Case, ...]:
    """Return the cases that a message may belong to, oldest first.

    Outside a room all of the conversation; in a room those that its author has open, and those of the answered message.
    """
    cases = tickets.cases_in(account, event.thread.id)
    if not event.in_room:
        return cases
    answered = tickets.find_message(account, event.parent_id) if event.parent_id else None
    wanted = answered.ticket if answered else None
    found = []
    for case in cases:
        state = tickets.ticket_state(case.ticket) if case.ticket else None
        if state is not None and (state.id == wanted or (state.open and case.author_id == whose(event))):
            found.append(case)
    return tuple(found)
