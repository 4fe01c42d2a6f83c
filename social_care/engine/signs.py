"""Events that are no new words: deletions, hiding, reactions, deliveries, trouble, and what is nobody's matter."""

from __future__ import annotations

from social_care.core.accounts import Standing
from social_care.core.events import (
    AccountRevoked,
    Audience,
    CallFailed,
    Ignored,
    MessageDeleted,
    ReactionChanged,
    ThreadMoved,
    Unknown,
    VisibilityChanged,
)
from social_care.core.moderation import ModerationAction
from social_care.engine import moderating
from social_care.engine.office import Office
from social_care.engine.outcomes import ERASED_BEFORE, Action, Outcome
from social_care.engine.shown_again import HIDDEN

MOST_CASES = 100_000
"""Every case there is: one that was left behind would not be found again."""


def take_deleted(event: MessageDeleted, office: Office) -> Outcome:
    if not event.message_id:
        return Outcome(action=Action.PARK, event=event, reason="a deletion that does not say of what")
    with office.desk.transaction():
        stored = office.desk.tickets.mark_deleted(
            office.account.name, event.message_id, event.thread, vanished=event.vanished
        )
        if stored is not None:
            moderating.confirm(stored, ModerationAction.DELETE, office.desk, office.clock())
    if stored is None:
        return Outcome(action=Action.DELETE, event=event, reason="not known here; remembered in case it comes later")
    if stored.deleted:
        return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    reason = "deleted, or no longer visible to us" if event.vanished else ""
    return Outcome(action=Action.DELETE, event=event, ticket=stored.ticket, reason=reason)


def take_visibility(event: VisibilityChanged, office: Office) -> Outcome:
    with office.desk.transaction():
        stored = office.desk.tickets.find_message(office.account.name, event.message_id)
        if stored is None:
            return Outcome(action=Action.IGNORE, event=event, reason="the visibility of a message that is not here")
        if not moderating.report_visibility(stored, event, office.desk, office.clock()):
            return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.VISIBILITY, event=event, ticket=stored.ticket, reason=HIDDEN[event.hidden])


def take_moved(event: ThreadMoved, office: Office) -> Outcome:
    """Let every case of a conversation go on under its new id; one that has begun there already stays."""
    tickets, moved = office.desk.tickets, 0
    with office.desk.transaction():
        for case in tickets.cases_in(office.account.name, event.thread.id, MOST_CASES):
            if case.ticket and tickets.find_case(office.account.name, event.to.id, author_id=case.author_id) is None:
                tickets.bind_case(office.account, event.to, case.author_id, case.ticket)
                moved += 1
    reason = f"{event.reason}; cases that go on there: {moved}"
    return Outcome(action=Action.MOVE, event=event, reason=reason)


def take_reaction(event: ReactionChanged, office: Office) -> Outcome:
    with office.desk.transaction():
        stored = office.desk.tickets.find_message(office.account.name, event.message_id)
        if stored is None:
            # Of public messages we know few, and of our own posts thousands like one.
            if event.thread is None or event.thread.audience is Audience.PUBLIC:
                return Outcome(action=Action.IGNORE, event=event, reason="a reaction to a message we do not have")
            stored = office.desk.tickets.expect_message(office.account.name, event.message_id, event.thread)
        if stored.erased:
            return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason=ERASED_BEFORE)
        if not office.desk.tickets.add_reaction(stored, event):
            return Outcome(action=Action.IGNORE, event=event, ticket=stored.ticket, reason="handled already")
    return Outcome(action=Action.REACTION, event=event, ticket=stored.ticket)


def take_revoked(event: AccountRevoked, office: Office) -> Outcome:
    office.desk.accounts.pause_sending(office.account.name, event.reason, Standing.NEEDS_LOGIN)
    return Outcome(action=Action.ERROR, event=event, reason=event.reason)


def take_failed_call(event: CallFailed, office: Office) -> Outcome:
    return Outcome(action=Action.ERROR, event=event, reason=f"{type(event.error).__name__}: {event.error}")


def take_ignored(event: Ignored, office: Office) -> Outcome:
    return Outcome(action=Action.IGNORE, event=event, reason=event.reason)


def take_unknown(event: Unknown, office: Office) -> Outcome:
    return Outcome(action=Action.PARK, event=event, reason=event.reason)
