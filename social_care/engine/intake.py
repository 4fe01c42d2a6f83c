"""From a stored payload to tickets: parse, decide, apply. One event is one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.errors import Retryable, UnreadablePayload
from social_care.core.events import (
    AccountRevoked,
    Audience,
    CallFailed,
    DeliveryReported,
    Direction,
    Event,
    Fate,
    Ignored,
    MessageDeleted,
    MessageReceived,
    ReactionChanged,
    Unknown,
)
from social_care.core.ids import is_later, make_event_key
from social_care.core.payloads import PayloadState
from social_care.core.ports import Backoff, Case, Clock, Conflict, Connector, Desk
from social_care.core.replies import DeliveryState, Part, Sent, StoredMessage
from social_care.core.routing import Verdict
from social_care.engine.acknowledging import acknowledge
from social_care.engine.delivery import bind_private_thread
from social_care.engine.outcomes import Action, Outcome
from social_care.engine.rooms import cases_at_hand, whose
from social_care.engine.routing import find_rule

log = logging.getLogger(__name__)

BACKOFF = Backoff(steps_s=(10, 60, 300, 900, 3600), give_up_after=8)
ECHO_GRACE_S = 20
"""How long an own message that matches nothing waits for a part that is being sent at this very moment."""


@dataclass(frozen=True, slots=True)
class Office:
    """What one event is handled with."""

    desk: Desk
    connector: Connector
    account: Account
    clock: Clock


def handle_payload(payload_id: str, *, desk: Desk, connector: Connector, clock: Clock) -> tuple[Outcome, ...]:
    """Handle one stored payload; () when another worker has it or it is done.

    Whatever goes wrong with one event does not stop the others, and the payload stays in the ledger: to be retried
    while that may help, else parked with the reason.
    """
    payload = desk.ledger.claim(payload_id, clock())
    if payload is None:
        return ()
    account = desk.accounts.get(payload.account)
    events = read_events(lambda: connector.parse(replace(payload, handle=account.handle)))
    outcomes, trouble = handle_events(events, Office(desk, connector, account, clock))
    _settle(desk, payload_id, payload.attempts, outcomes, trouble, clock)
    return tuple(outcomes)


def read_events(parse: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
    """Return the events of a body; one that cannot be read, by whose fault ever, is one unknown event, to be parked."""
    try:
        return parse()
    except UnreadablePayload as error:
        return (Unknown(reason=str(error)),)
    except Exception as error:
        log.exception("a body could not be read")
        return (Unknown(reason=f"It could not be read, by a fault of this app: {type(error).__name__}."),)


def handle_events(events: tuple[Event, ...], office: Office) -> tuple[list[Outcome], list[tuple[str, float | None]]]:
    """Handle events one by one; return what became of them, and of each failure its text and the wait asked for (s)."""
    outcomes: list[Outcome] = []
    trouble: list[tuple[str, float | None]] = []
    for event in events:
        try:
            outcomes.append(handle_event(event, office))
            _acknowledge(outcomes[-1], office)
        except Retryable as error:
            trouble.append((str(error), error.retry_after_s))
        except Exception as error:
            log.exception("the event %s %s failed", type(event).__name__, event.message_id)
            trouble.append((f"{type(error).__name__}: {error}", None))  # whatever the desk raises: nothing is lost
    return outcomes, trouble


def _acknowledge(outcome: Outcome, office: Office) -> None:
    """Tell a customer that nobody works now; whatever goes wrong with that never touches the message, which is stored."""
    event = outcome.event
    if not office.account.acknowledgements or outcome.action not in (Action.OPEN, Action.APPEND):
        return
    if not isinstance(event, MessageReceived) or _is_own(event, office):
        return
    if event.thread.audience is Audience.PUBLIC and not event.addresses_us:
        return
    try:
        acknowledge(event, office.account, desk=office.desk, connector=office.connector, clock=office.clock)
    except Exception:
        log.exception("the message %s could not be acknowledged", event.message_id)


def _settle(
    desk: Desk,
    payload_id: str,
    attempts: int,
    outcomes: list[Outcome],
    trouble: list[tuple[str, float | None]],
    clock: Clock,
) -> None:
    note = "\n".join([outcome.line() for outcome in outcomes] + [f"failed: {text}" for text, _ in trouble])
    if trouble and attempts < BACKOFF.give_up_after:
        asked = [wait for _, wait in trouble if wait is not None]
        wait_s = max(asked) if asked else BACKOFF.wait_s(attempts)
        desk.ledger.settle(payload_id, PayloadState.RETRY, note, clock() + timedelta(seconds=wait_s))
        return
    parked = bool(trouble) or any(outcome.action is Action.PARK for outcome in outcomes)
    desk.ledger.settle(payload_id, PayloadState.PARKED if parked else PayloadState.DONE, note)


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
    own = _is_own(event, office)
    if own and (part := _part_behind(event, office)) is not None and not _is_edit_of(part, event):
        return _confirm(part, event, event.thread.id, office)
    try:
        with office.desk.transaction():
            event = _in_thread_of_parent(event, office)
            stored = office.desk.tickets.find_message(office.account.name, event.message_id)
            if stored is not None and _is_settled(stored, event):
                return _another_version(stored, event, office)
            return _own_message(event, office) if own else _customer_message(event, office)
    except Conflict:
        return Outcome(action=Action.IGNORE, event=event, reason="handled already")


def _is_own(event: MessageReceived, office: Office) -> bool:
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
    """A tombstone, and a message without a ticket that now turns to us, are decided (again)."""
    return not stored.tombstone and not (stored.ticket is None and event.addresses_us and stored.direction == "in")


def _another_version(stored: StoredMessage, event: MessageReceived, office: Office) -> Outcome:
    current = is_later(event.revision, stored.revision)
    if event.revision == stored.revision or not office.desk.tickets.add_version(stored, event, current=current):
        return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    reason = "" if current else "an older version came later; kept beside the newer one"
    return Outcome(action=Action.EDIT, event=event, ticket=stored.ticket, reason=reason)


def _customer_message(event: MessageReceived, office: Office) -> Outcome:
    tickets = office.desk.tickets
    event = replace(event, reply_until=office.connector.reply_until(event, office.account))
    if event.author is not None:
        tickets.save_profile(office.account, event.author)
    if event.thread.audience is Audience.PRIVATE:
        return _on_case(event, tickets.lock_case(office.account.name, event.thread, None), office)
    cases = cases_at_hand(event, office.account.name, tickets)
    if event.addresses_us or any(case.author_id == whose(event) for case in cases):
        return _on_case(event, tickets.lock_case(office.account.name, event.thread, whose(event)), office)
    return _bystander(event, cases, office)


def _on_case(event: MessageReceived, case: Case, office: Office, *, ruled: bool = True) -> Outcome:
    tickets, key = office.desk.tickets, _key(event, office.account)
    related: list[str] = []
    if case.ticket is not None and (state := tickets.ticket_state(case.ticket)) is not None:
        oldest = office.clock() - timedelta(days=office.account.reopen_days)
        if state.open or state.closed_at is None or state.closed_at >= oldest:
            used = tickets.append(office.account, case, state.id, event, key=key, direction=Direction.IN, reopen=True)
            return Outcome(action=Action.APPEND, event=event, ticket=used)
        related.append(state.id)
    if case.audience is Audience.PUBLIC and not event.in_room:
        others = tickets.cases_in(office.account.name, case.thread_id)
        related += [other.ticket for other in others if other.ticket and other.ticket not in related]
    rule = find_rule(event, office.account, tickets) if ruled else None
    if rule is not None and rule.verdict is not Verdict.TICKET:
        return _keep_loose(event, office, Direction.IN, rule.explanation())
    ticket = tickets.open_ticket(office.account, case, event, key=key, related=related, rule=rule)
    if not event.in_room:
        tickets.adopt_loose(office.account, case, ticket)
    reason = f"the earlier ticket {related[0]} was closed too long ago" if case.ticket in related else ""
    return Outcome(action=Action.OPEN, event=event, ticket=ticket, reason=reason)


def open_by_person(message: str, office: Office) -> Outcome | None:
    """Make a ticket of a message without one (collected, ignored, a bystander's); None when it has one meanwhile."""
    with office.desk.transaction():
        event = office.desk.tickets.loose_event(message)
        if event is None:
            return None
        author = None if event.thread.audience is Audience.PRIVATE else whose(event)
        case = office.desk.tickets.lock_case(office.account.name, event.thread, author)
        return _on_case(event, case, office, ruled=False)


def _bystander(event: MessageReceived, cases: tuple[Case, ...], office: Office) -> Outcome:
    """Show a word that is not addressed to us on the case it belongs to; it opens nothing, but under our own posts."""
    case = _case_of_parent(event, cases, office)
    if case is None or case.ticket is None:
        if event.on_our_ground:
            case = office.desk.tickets.lock_case(office.account.name, event.thread, whose(event))
            return _on_case(event, case, office)
        return _keep_loose(event, office, Direction.IN, "not addressed to us, and no case in this conversation")
    used = _append(event, case, office, Direction.IN, context=True)
    return Outcome(action=Action.APPEND, event=event, ticket=used, reason="not addressed to us; shown as context")


def _case_of_parent(event: MessageReceived, cases: tuple[Case, ...], office: Office) -> Case | None:
    """Return the case of the message being answered, else the oldest of the conversation, None when it has none."""
    parent = office.desk.tickets.find_message(office.account.name, event.parent_id) if event.parent_id else None
    wanted = parent.author_id if parent else event.parent_author_id
    of_parent = [case for case in cases if case.author_id == wanted]
    if of_parent or not cases:
        return next(iter(of_parent), None)
    on_ticket = [case for case in cases if parent and parent.ticket and _used(case, office) == parent.ticket]
    return (on_ticket or cases)[0]


def _used(case: Case, office: Office) -> str | None:
    """Return the ticket that a case is really on: merged tickets lead to another one."""
    state = office.desk.tickets.ticket_state(case.ticket) if case.ticket else None
    return state.id if state else None


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
    for part in waiting:
        if office.connector.is_echo_of(part, event):
            return part
    if any(part.state is DeliveryState.SENDING for part in waiting):
        raise Retryable("one of our replies is being sent right now", retry_after_s=ECHO_GRACE_S)
    return None


def _is_edit_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether this is a later version of a reply that is out already, made on the platform itself."""
    return part.external_id == event.message_id and part.state is DeliveryState.SENT and bool(event.revision)


def _own_message(event: MessageReceived, office: Office) -> Outcome:
    cases = cases_at_hand(event, office.account.name, office.desk.tickets)
    case = _case_of_parent(event, cases, office)
    if case is None or case.ticket is None:
        return _keep_loose(event, office, Direction.OUT, "our own message, and no case in this conversation")
    used = _append(event, case, office, Direction.OUT, context=False)
    return Outcome(action=Action.APPEND, event=event, ticket=used, reason="answered by the team outside the help desk")


def _confirm(part: Part, event: Event, thread_id: str | None, office: Office) -> Outcome:
    bind_private_thread(part, thread_id, office.desk)
    permalink = event.permalink if isinstance(event, MessageReceived) else None
    sent = Sent(external_id=event.message_id, thread_id=thread_id, permalink=permalink)
    if office.desk.outbox.record_sent(part.id, sent, office.clock()):
        return Outcome(action=Action.DELIVERY, event=event, ticket=part.ticket, reason="our reply arrived")
    return Outcome(action=Action.IGNORE, event=event, ticket=part.ticket, reason="our own reply, recorded already")


# --- the rest -------------------------------------------------------------------------------------------------------
def _deleted(event: MessageDeleted, office: Office) -> Outcome:
    if not event.message_id:
        return Outcome(action=Action.PARK, event=event, reason="a deletion that does not say of what")
    with office.desk.transaction():
        stored = office.desk.tickets.mark_deleted(office.account.name, event.message_id, event.thread)
    if stored is None:
        return Outcome(action=Action.DELETE, event=event, reason="not known here; remembered in case it comes later")
    if stored.deleted:
        return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.DELETE, event=event, ticket=stored.ticket)


def _reaction(event: ReactionChanged, office: Office) -> Outcome:
    with office.desk.transaction():
        stored = office.desk.tickets.find_message(office.account.name, event.message_id)
        if stored is None:
            return Outcome(action=Action.IGNORE, event=event, reason="a reaction to a message we do not have")
        if not office.desk.tickets.add_reaction(stored, event):
            return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.REACTION, event=event, ticket=stored.ticket)


def _delivery(event: DeliveryReported, office: Office) -> Outcome:
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
    return _confirm(part, event, event.thread.id if event.thread else None, office)


def _part_with_reference(event: DeliveryReported, office: Office) -> Part | None:
    """Return the part whose id we sent along, while its own id at the platform is not known."""
    part = office.desk.outbox.get(event.reference) if event.reference else None
    return part if part is not None and part.account == office.account.name and not part.external_id else None


def _revoked(event: AccountRevoked, office: Office) -> Outcome:
    office.desk.accounts.pause_sending(office.account.name, event.reason)
    return Outcome(action=Action.ERROR, event=event, reason=event.reason)


def _failed_call(event: CallFailed, office: Office) -> Outcome:
    return Outcome(action=Action.ERROR, event=event, reason=f"{type(event.error).__name__}: {event.error}")


def _ignored(event: Ignored, office: Office) -> Outcome:
    return Outcome(action=Action.IGNORE, event=event, reason=event.reason)


def _unknown(event: Unknown, office: Office) -> Outcome:
    return Outcome(action=Action.PARK, event=event, reason=event.reason)


_HANDLERS: tuple[tuple[type[Event], Callable[..., Outcome]], ...] = (
    (MessageReceived, _message),
    (MessageDeleted, _deleted),
    (ReactionChanged, _reaction),
    (DeliveryReported, _delivery),
    (AccountRevoked, _revoked),
    (CallFailed, _failed_call),
    (Ignored, _ignored),
    (Unknown, _unknown),
)
