"""What platforms tell of our messages, of customers' wishes and of templates."""

from __future__ import annotations

from datetime import datetime, timedelta

from social_care.core.errors import Retryable
from social_care.core.events import DeliveryReported, Event, Fate, MessageReceived, PreferenceChanged, TemplatesChanged
from social_care.core.replies import DeliveryState, Part, Sent
from social_care.engine import private_replies
from social_care.engine.delivery import bind_private_thread
from social_care.engine.office import ECHO_GRACE_S, Office
from social_care.engine.outcomes import Action, Outcome
from social_care.engine.preferences import NOTES, note_opt_out

CLOCK_SKEW = timedelta(seconds=2)
"""We learn a moment after the platform that a message is there, and it may be read at once."""


def confirm(part: Part, event: Event, thread_id: str | None, office: Office) -> Outcome:
    """Record that a part arrived, as our own message that came back or a report tells."""
    bind_private_thread(part, thread_id, office.desk)
    permalink = event.permalink if isinstance(event, MessageReceived) else None
    sent = Sent(external_id=event.message_id, thread_id=thread_id, permalink=permalink)
    if private_replies.confirm(part, sent, office.desk, office.clock):
        if part.state is not DeliveryState.SENDING:  # else the worker that sends it adds what it costs
            cost, _ = office.connector.price(part.text, part.audience, part.target)
            office.desk.accounts.add_spend(part.account, cost, office.clock())
        return Outcome(action=Action.DELIVERY, event=event, ticket=part.ticket, reason="our reply arrived")
    return Outcome(action=Action.IGNORE, event=event, ticket=part.ticket, reason="our own reply, recorded already")


def handle_report(event: DeliveryReported, office: Office) -> Outcome:
    """Record the fate of a message of ours. Raises: Retryable while one is just being sent."""
    if event.until is not None and event.thread is not None:
        return _handle_receipts(event, event.thread.id, event.until, office)
    outbox = office.desk.outbox
    part = outbox.find_by_external_id(office.account.name, event.message_id) or _part_with_reference(event, office)
    if part is None:
        waiting = outbox.unsettled(office.account.name) if event.fate is Fate.FAILED else ()
        if any(one.state is DeliveryState.SENDING for one in waiting):
            raise Retryable("one of our replies is being sent right now", retry_after_s=ECHO_GRACE_S)
        return Outcome(action=Action.DELIVERY, event=event, reason=event.reason or "not a reply of this help desk")
    if event.fate is Fate.FAILED:
        told_before = part.state is not DeliveryState.SENT and part.external_id == event.message_id
        if not told_before:  # else a person may have had it sent again since
            outbox.record_failed(part.id, event.reason or "The platform could not deliver it.", external_id=event.message_id)
        if event.unwanted:
            note_opt_out(part, event.unwanted, office.desk, office.clock)
        if told_before:
            return Outcome(action=Action.IGNORE, event=event, ticket=part.ticket, reason="handled already")
        return Outcome(action=Action.DELIVERY, event=event, ticket=part.ticket, reason=event.reason)
    if event.fate is Fate.SENT and part.state is DeliveryState.FAILED:
        return Outcome(action=Action.IGNORE, event=event, ticket=part.ticket, reason="it failed after it was accepted")
    outcome = confirm(part, event, _new_thread(part, event), office)
    if event.fate is not Fate.SENT and outbox.record_receipt(part.id, event.fate):
        return Outcome(action=Action.DELIVERY, event=event, ticket=part.ticket, reason=event.fate.value)
    return outcome


def _handle_receipts(event: DeliveryReported, thread_id: str, until: datetime, office: Office) -> Outcome:
    """Record that a customer got, or read, all our messages up to a moment."""
    outbox, reason, ticket = office.desk.outbox, "no reply of this help desk, or known already", None
    for part_id in outbox.sent_until(office.account.name, thread_id, until + CLOCK_SKEW):
        if outbox.record_receipt(part_id, event.fate):
            part = outbox.get(part_id)
            reason, ticket = event.fate.value, part.ticket if part else None
    return Outcome(action=Action.DELIVERY, event=event, ticket=ticket, reason=reason)


def _new_thread(part: Part, event: DeliveryReported) -> str | None:
    """Return the conversation that began with a part; one that goes on keeps its name."""
    return event.thread.id if event.thread and part.audience is not part.target.audience else None


def _part_with_reference(event: DeliveryReported, office: Office) -> Part | None:
    """Return the part whose id we sent along, while its own id is not known, or only that of a failed try."""
    part = office.desk.outbox.get(event.reference) if event.reference else None
    if part is None or part.account != office.account.name:
        return None
    return part if not part.external_id or part.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN) else None


def handle_preference(event: PreferenceChanged, office: Office) -> Outcome:
    """Keep what a customer wants to get."""
    with office.desk.transaction():
        changed = office.desk.tickets.save_preference(office.account, event, office.clock())
    return Outcome(action=Action.PREFERENCE if changed else Action.IGNORE, event=event, reason=NOTES[event.wanted])


def handle_template_change(event: TemplatesChanged, office: Office) -> Outcome:
    """Remember that the templates are to be fetched anew."""
    office.desk.templates.expire(office.account.name)
    return Outcome(action=Action.IGNORE, event=event, reason=event.reason)
