"""From an event to tickets: decide, and apply it in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from social_care.core.accounts import Account
from social_care.core.errors import Retryable
from social_care.core.events import (
    AccountRevoked,
    Audience,
    CallFailed,
    DeliveryReported,
    Direction,
    Event,
    Ignored,
    MessageDeleted,
    MessageReceived,
    PreferenceChanged,
    ReactionChanged,
    TemplatesChanged,
    ThreadMoved,
    Unknown,
    VisibilityChanged,
)
from social_care.core.ids import is_later, make_event_key
from social_care.core.ports import Case, Conflict
from social_care.core.replies import DeliveryState, Part, StoredMessage
from social_care.core.storms import stands_apart
from social_care.engine import signs
from social_care.engine.answered_outside import join_record
from social_care.engine.insight import understand
from social_care.engine.office import ECHO_GRACE_S, Office
from social_care.engine.outcomes import ERASED_BEFORE, Action, Outcome
from social_care.engine.preferences import NOTES, wish_in
from social_care.engine.reports import confirm, handle_preference, handle_report, handle_template_change
from social_care.engine.routing import find_rule, goes_on, reason_to_keep
from social_care.engine.shown_again import as_version, mind_visibility, says_nothing_new
from social_care.engine.storming import catch, count_in

SILENT = "it says nothing by itself; shown as context"
RELATED = 10
"""To so many older cases of its conversation a new ticket is linked."""


def handle_event(event: Event, office: Office) -> Outcome:
    """Decide about one event and apply it. Raises: Retryable when the desk is busy; what the desk raises."""
    for kind, handler in _HANDLERS:
        if isinstance(event, kind):
            return handler(event, office)
    return Outcome(action=Action.PARK, event=event, reason=f"nothing handles {type(event).__name__}")


# --- messages -------------------------------------------------------------------------------------------------------
def _message(event: MessageReceived, office: Office) -> Outcome:
    if not event.message_id or not event.thread.id:
        return Outcome(action=Action.PARK, event=event, reason="the message has no id or no thread")
    own = is_own(event, office)
    if own and (part := _part_behind(event, office)) is not None and not _is_edit_of(part, event):
        return confirm(part, event, event.thread.id, office)
    event = event if own else understand(event, office.insight, office.desk.tickets, office.clock())
    try:
        with office.desk.transaction():
            event = _in_thread_of_parent(event, office)
            stored = office.desk.tickets.find_message(office.account.name, event.message_id)
            if stored is not None and stored.erased:
                return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason=ERASED_BEFORE)
            if stored is not None and says_nothing_new(event, stored):
                outcome = Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
            elif stored is not None and _is_settled(stored, event):
                outcome = _another_version(stored, as_version(event, stored, office), office)
            else:
                outcome = _own_message(event, office) if own else _customer_message(event, office)
                _keep_version_before(stored, event, office)
            _mind_deletion_of_version(event, office)
            return mind_visibility(outcome, event, office)
    except Conflict:
        return Outcome(action=Action.IGNORE, event=event, reason="handled already")


def is_own(event: MessageReceived, office: Office) -> bool:
    return event.author is not None and bool(event.author.id) and event.author.id == office.account.external_id


def _in_thread_of_parent(event: MessageReceived, office: Office) -> MessageReceived:
    """Return an answer in the thread of the message it answers.

    Where a platform does not name the conversation, a connector names the thread after the answered message, and only the
    desk knows where that one stands. In a room an answer may belong to a conversation of its own.
    """
    named = event.parent_id != event.thread.id and not event.in_room
    if event.thread.audience is Audience.PRIVATE or not event.parent_id or named:
        return event
    parent = office.desk.tickets.find_message(office.account.name, event.parent_id)
    if parent is None or not parent.thread_id or parent.audience is Audience.PRIVATE:
        return event
    return replace(event, thread=replace(event.thread, id=parent.thread_id))


def _is_settled(stored: StoredMessage, event: MessageReceived) -> bool:
    """A tombstone, and a message without a ticket (and no storm's) that now turns to us, are decided (again)."""
    undecided = stored.ticket is None and not stored.storm and stored.direction == "in"
    return not stored.tombstone and not (undecided and event.addresses_us)


def _keep_version_before(before: StoredMessage | None, event: MessageReceived, office: Office) -> None:
    """Keep the words of a message without a ticket whose row was taken over by another version, which turned to us."""
    if before is None or before.tombstone or before.revision == event.revision:
        return
    taken_over = office.desk.tickets.find_message(office.account.name, event.message_id)
    version = replace(event, text=before.text, revision=before.revision, route=before.route)
    if taken_over is not None:
        office.desk.tickets.add_version(taken_over, version, current=is_later(before.revision, event.revision))


def _mind_deletion_of_version(event: MessageReceived, office: Office) -> None:
    """Mark a message gone when a deletion came first and named this version by its own id."""
    tickets, account = office.desk.tickets, office.account.name
    vanished = tickets.find_message(account, event.revision) if event.revision else None
    if vanished is not None and vanished.tombstone:
        tickets.mark_deleted(account, event.message_id, None)


def _another_version(stored: StoredMessage, event: MessageReceived, office: Office) -> Outcome:
    current = is_later(event.revision, stored.revision)
    if event.revision == stored.revision or not office.desk.tickets.add_version(stored, event, current=current):
        return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    if current:
        return Outcome(action=Action.EDIT, event=event, ticket=stored.ticket)
    if stored.ticket is not None and stored.direction == "in":  # the older version tells when the message was really sent
        case = office.desk.tickets.find_case(office.account.name, stored.thread_id, author_id=whose_case(event))
        whose = whose_case(event) if case is not None and case.ticket == stored.ticket else None
        office.desk.tickets.gather_followers(office.account, event, stored.ticket, whose=whose)
    reason = "an older version came later; kept beside the newer one"
    return Outcome(action=Action.EDIT, event=event, ticket=stored.ticket, reason=reason)


def _customer_message(event: MessageReceived, office: Office) -> Outcome:
    tickets = office.desk.tickets
    event = replace(event, reply_until=office.connector.reply_until(event, office.account))
    wish = wish_in(event, office.account) if office.connector.capabilities.templates else None
    if wish is not None and tickets.save_preference(office.account, wish, office.clock()):
        event = replace(event, notes=(*event.notes, NOTES[wish.wanted]))
    if event.author is not None and event.author.id:
        tickets.save_profile(office.account, event.author)
        if office.desk.moderations.is_muted(office.account, event.author.id):
            return _keep_loose(event, office, Direction.IN, "its author is muted")
    if event.thread.audience is Audience.PRIVATE:
        case = tickets.lock_case(office.account.name, event.thread, None)
        if case.ticket is None and _is_private_reply_under_way(office):
            raise Retryable("a private reply is being sent right now, which this may answer", retry_after_s=ECHO_GRACE_S)
        return (_on_case if event.addresses_us else _without_words)(event, case, office)
    whose = whose_case(event)
    if event.addresses_us or _has_case(event, whose, office):
        return _on_case(event, tickets.lock_case(office.account.name, event.thread, whose), office)
    return _bystander(event, office)


def _without_words(event: MessageReceived, case: Case, office: Office) -> Outcome:
    """Show what says nothing by itself as context: now, or once its author has written."""
    state = office.desk.tickets.ticket_state(case.ticket) if case.ticket is not None else None
    if state is None or not goes_on(state, office.account, office.clock()):
        return _keep_loose(event, office, Direction.IN, f"{SILENT} once there are words")
    used = _append(event, case, office, Direction.IN, context=True)
    return Outcome(action=Action.APPEND, event=event, ticket=used, reason=SILENT)


def _has_case(event: MessageReceived, whose: str, office: Office) -> bool:
    """Tell whether a customer's word belongs to a case of theirs; in a room only while that one is open."""
    case = office.desk.tickets.find_case(office.account.name, event.thread.id, author_id=whose)
    if case is None or case.ticket is None or not event.in_room:
        return case is not None
    state = office.desk.tickets.ticket_state(case.ticket)
    return state is not None and state.open


def _is_private_reply_under_way(office: Office) -> bool:
    """Tell whether a conversation may become known in a moment as the one that a private reply of ours began."""
    waiting = office.desk.outbox.unsettled(office.account.name)
    return any(part.state is DeliveryState.SENDING and part.target.private_reply_used for part in waiting)


def whose_case(event: MessageReceived) -> str:
    """Return whose case a public message is; messages that name nobody, or only a name, never share one."""
    if event.author is None:
        return f"unknown:{event.message_id}"
    return event.author.id or (f"@{event.author.handle}" if event.author.handle else f"unknown:{event.message_id}")


def _on_case(event: MessageReceived, case: Case, office: Office, *, ruled: bool = True) -> Outcome:
    tickets, key = office.desk.tickets, _key(event, office.account)
    related: list[str] = []
    if case.ticket is not None and (state := tickets.ticket_state(case.ticket)) is not None:
        if goes_on(state, office.account, office.clock()):
            used = tickets.append(office.account, case, state.id, event, key=key, direction=Direction.IN, reopen=True)
            tickets.gather_followers(office.account, event, used, whose=whose_case(event))
            return Outcome(action=Action.APPEND, event=event, ticket=used)
        related.append(state.id)
    if case.audience is Audience.PUBLIC and not event.in_room:
        others = tickets.cases_in(office.account.name, case.thread_id, RELATED)
        related += [other.ticket for other in others if other.ticket and other.ticket not in related]
    rule = find_rule(event, office.account, tickets) if ruled else None
    if ruled and (reason := reason_to_keep(event, rule, office.search, office.account, office.connector)):
        return _keep_loose(event, office, Direction.IN, reason)
    storm = catch(event, office) if ruled else None
    if storm is not None and not stands_apart(event.reading, office.desk.storms.rules()):
        outcome = _keep_loose(event, office, Direction.IN, storm.reason())
        count_in(storm, event, whose_case(event), office)
        return outcome
    if storm is not None and storm.ticket is not None:
        related.append(storm.ticket)
    ticket = tickets.open_ticket(office.account, case, event, key=key, related=related, rule=rule)
    if storm is not None:
        count_in(storm, event, whose_case(event), office)
    if not event.in_room:
        tickets.adopt_loose(office.account, case, ticket)
    tickets.gather_followers(office.account, event, ticket, whose=whose_case(event))
    reason = f"the earlier ticket {related[0]} was closed too long ago" if case.ticket in related else ""
    return Outcome(action=Action.OPEN, event=event, ticket=ticket, reason=reason)


def open_by_person(message: str, office: Office) -> Outcome | None:
    """Make a ticket of a message without one (collected, ignored, a bystander's); None when it has one meanwhile."""
    with office.desk.transaction():
        event = office.desk.tickets.loose_event(message)
        if event is None:
            return None
        event = replace(event, reply_until=office.connector.reply_until(event, office.account))
        author = None if event.thread.audience is Audience.PRIVATE else whose_case(event)
        case = office.desk.tickets.lock_case(office.account.name, event.thread, author)
        return _on_case(event, case, office, ruled=False)


def _bystander(event: MessageReceived, office: Office) -> Outcome:
    """Show a word that is not addressed to us on the case it belongs to; it opens nothing, but under our own posts."""
    case = _case_of_parent(event, office)
    if case is None or case.ticket is None:
        if event.on_our_ground:
            case = office.desk.tickets.lock_case(office.account.name, event.thread, whose_case(event))
            return _on_case(event, case, office)
        return _keep_loose(event, office, Direction.IN, "not addressed to us, and no case in this conversation")
    used = _append(event, case, office, Direction.IN, context=True)
    office.desk.tickets.gather_followers(office.account, event, used, whose=None)
    return Outcome(action=Action.APPEND, event=event, ticket=used, reason="not addressed to us; shown as context")


def _case_of_parent(event: MessageReceived, office: Office) -> Case | None:
    """Return the case of the message being answered, else (in no room) the oldest of the conversation, None without one."""
    tickets, place = office.desk.tickets, (office.account.name, event.thread.id)
    parent = tickets.find_message(office.account.name, event.parent_id) if event.parent_id else None
    author, ticket = parent.author_id if parent else event.parent_author_id, parent.ticket if parent else None
    if event.in_room:
        return tickets.find_case(*place, ticket=ticket) if ticket else None
    of_parent = tickets.find_case(*place, author_id=author) if author else None
    on_ticket = tickets.find_case(*place, ticket=ticket) if ticket and not of_parent else None
    return of_parent or on_ticket or tickets.find_case(*place)


def _append(event: MessageReceived, case: Case, office: Office, direction: Direction, *, context: bool) -> str:
    assert case.ticket is not None  # noqa: S101 - for the type checker; both callers looked
    return office.desk.tickets.append(
        office.account,
        case,
        case.ticket,
        event,
        key=_key(event, office.account),
        direction=direction,
        reopen=False,
        context=context,
    )


def _keep_loose(event: MessageReceived, office: Office, direction: Direction, reason: str) -> Outcome:
    key = _key(event, office.account)
    office.desk.tickets.keep_loose(office.account, event, key=key, direction=direction, reason=reason)
    return Outcome(action=Action.IGNORE, event=event, reason=reason)


def _key(event: MessageReceived, account: Account) -> str:
    us = account.external_id or account.name
    return make_event_key(account.platform, us, event.thread.audience.value, event.message_id, "message")


# --- our own messages coming back -----------------------------------------------------------------------------------
def _part_behind(event: MessageReceived, office: Office) -> Part | None:
    """Return the outgoing part that came back as this message. Raises: Retryable while one is just being sent."""
    outbox, account = office.desk.outbox, office.account.name
    if (part := outbox.find_by_external_id(account, event.message_id)) is not None:
        return part
    waiting = [part for part in outbox.unsettled(account) if part.audience is event.thread.audience]
    for part in sorted(waiting, key=_under_way):
        if office.connector.is_echo_of(part, event):
            return part
    if any(part.state is DeliveryState.SENDING for part in waiting):
        raise Retryable("one of our replies is being sent right now", retry_after_s=ECHO_GRACE_S)
    return None


def _under_way(part: Part) -> int:
    """Return what to sort by: what is being sent, what may have been sent, what was held for not sent."""
    return {DeliveryState.SENDING: 0, DeliveryState.UNKNOWN: 1}.get(part.state, 2)


def _is_edit_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether this is a later version of a reply that is out already, made on the platform itself."""
    return part.external_id == event.message_id and part.state is DeliveryState.SENT and bool(event.revision)


def _own_message(event: MessageReceived, office: Office) -> Outcome:
    if (joined := join_record(event, office)) is not None:
        return joined
    parent = office.desk.tickets.find_message(office.account.name, event.parent_id) if event.parent_id else None
    case = _case_of_parent(event, office)
    if case is None or case.ticket is None:
        return _keep_loose(event, office, Direction.OUT, "our own message, and no case in this conversation")
    early = event.thread.audience is Audience.PUBLIC and bool(event.parent_id) and parent is None
    used = _append(event, case, office, Direction.OUT, context=early or event.automatic)
    reason = "it answers a message that has not come" if early else "answered by the team outside the help desk"
    if event.automatic:
        reason = "sent by the platform itself in our name"
    return Outcome(action=Action.APPEND, event=event, ticket=used, reason=reason)


_HANDLERS: tuple[tuple[type[Event], Callable[..., Outcome]], ...] = (
    (MessageReceived, _message),
    (MessageDeleted, signs.take_deleted),
    (VisibilityChanged, signs.take_visibility),
    (ThreadMoved, signs.take_moved),
    (ReactionChanged, signs.take_reaction),
    (DeliveryReported, handle_report),
    (PreferenceChanged, handle_preference),
    (TemplatesChanged, handle_template_change),
    (AccountRevoked, signs.take_revoked),
    (CallFailed, signs.take_failed_call),
    (Ignored, signs.take_ignored),
    (Unknown, signs.take_unknown),
)
