"""Events that are no new words: deletions, hiding, reactions, deliveries, trouble, and what is nobody's matter."""

from __future__ import annotations

from social_care.core.errors import Retryable
from social_care.core.events import (
    AccountRevoked,
    Audience,
    CallFailed,
    DeliveryReported,
    Event,
    Fate,
    Ignored,
    MessageDeleted,
    MessageReceived,
    ReactionChanged,
    Unknown,
    VisibilityChanged,
)
from social_care.core.moderation import ModerationAction
from social_care.core.replies import DeliveryState, Part, Sent
from social_care.engine import moderating, private_replies
from social_care.engine.delivery import bind_private_thread
from social_care.engine.office import ECHO_GRACE_S, Office
from social_care.engine.outcomes import Action, Outcome


def confirm(part: Part, event: Event, thread_id: str | None, office: Office) -> Outcome:
    bind_private_thread(part, thread_id, office.desk)
    permalink = event.permalink if isinstance(event, MessageReceived) else None
    sent = Sent(external_id=event.message_id, thread_id=thread_id, permalink=permalink)
    if private_replies.confirm(part, sent, office.desk, office.clock):
        return Outcome(action=Action.DELIVERY, event=event, ticket=part.ticket, reason="our reply arrived")
    return Outcome(action=Action.IGNORE, event=event, ticket=part.ticket, reason="our own reply, recorded already")


def take_deleted(event: MessageDeleted, office: Office) -> Outcome:
    if not event.message_id:
        return Outcome(action=Action.PARK, event=event, reason="a deletion that does not say of what")
    with office.desk.transaction():
        stored = office.desk.tickets.mark_deleted(office.account.name, event.message_id, event.thread)
        if stored is not None:
            moderating.confirm(stored, ModerationAction.DELETE, office.desk, office.clock())
    if stored is None:
        return Outcome(action=Action.DELETE, event=event, reason="not known here; remembered in case it comes later")
    if stored.deleted:
        return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.DELETE, event=event, ticket=stored.ticket)


def take_visibility(event: VisibilityChanged, office: Office) -> Outcome:
    with office.desk.transaction():
        stored = office.desk.tickets.find_message(office.account.name, event.message_id)
        if stored is None:
            return Outcome(action=Action.IGNORE, event=event, reason="the visibility of a message that is not here")
        if not moderating.report_visibility(stored, event, office.desk, office.clock()):
            return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.VISIBILITY, event=event, ticket=stored.ticket)


def take_reaction(event: ReactionChanged, office: Office) -> Outcome:
    with office.desk.transaction():
        stored = office.desk.tickets.find_message(office.account.name, event.message_id)
        if stored is None:
            # Of public messages we know few, and of our own posts thousands like one.
            if event.thread is None or event.thread.audience is Audience.PUBLIC:
                return Outcome(action=Action.IGNORE, event=event, reason="a reaction to a message we do not have")
            stored = office.desk.tickets.expect_message(office.account.name, event.message_id, event.thread)
        if not office.desk.tickets.add_reaction(stored, event):
            return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.REACTION, event=event, ticket=stored.ticket)


def take_delivery(event: DeliveryReported, office: Office) -> Outcome:
    outbox = office.desk.outbox
    part = outbox.find_by_external_id(office.account.name, event.message_id) or _part_with_reference(event, office)
    if part is None:
        waiting = outbox.unsettled(office.account.name) if event.fate is Fate.FAILED else ()
        if any(one.state is DeliveryState.SENDING for one in waiting):
            raise Retryable("one of our replies is being sent right now", retry_after_s=ECHO_GRACE_S)
        return Outcome(action=Action.DELIVERY, event=event, reason=event.reason or "not a reply of this help desk")
    if event.fate is Fate.FAILED:
        outbox.record_failed(part.id, event.reason or "The platform could not deliver it.")
        return Outcome(action=Action.DELIVERY, event=event, ticket=part.ticket, reason=event.reason)
    if event.fate is Fate.SENT and part.state is DeliveryState.FAILED:
        return Outcome(action=Action.IGNORE, event=event, ticket=part.ticket, reason="it failed after it was accepted")
    return confirm(part, event, event.thread.id if event.thread else None, office)


def _part_with_reference(event: DeliveryReported, office: Office) -> Part | None:
    """Return the part whose id we sent along, while its own id at the platform is not known."""
    part = office.desk.outbox.get(event.reference) if event.reference else None
    return part if part is not None and part.account == office.account.name and not part.external_id else None


def take_revoked(event: AccountRevoked, office: Office) -> Outcome:
    office.desk.accounts.pause_sending(office.account.name, event.reason)
    return Outcome(action=Action.ERROR, event=event, reason=event.reason)


def take_failed_call(event: CallFailed, office: Office) -> Outcome:
    return Outcome(action=Action.ERROR, event=event, reason=f"{type(event.error).__name__}: {event.error}")


def take_ignored(event: Ignored, office: Office) -> Outcome:
    return Outcome(action=Action.IGNORE, event=event, reason=event.reason)


def take_unknown(event: Unknown, office: Office) -> Outcome:
    return Outcome(action=Action.PARK, event=event, reason=event.reason)
