"""The one private reply that some platforms take to a public message: when it can be sent, and the public note after it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from social_care.core.accounts import Account
from social_care.core.errors import PrivateReplyUsed, SocialCareError
from social_care.core.events import Audience, Direction
from social_care.core.ports import Clock, Conflict, Connector, Desk, LimitsPrivateReplies
from social_care.core.replies import Draft, Part, Plan, Reply, Sent, StoredMessage

USED = "The one private reply to this message was sent already: answer publicly, or in the private conversation."


def describe(target: StoredMessage, account: Account, connector: Connector, now: datetime) -> str:
    """Return what an agent should know about a private reply before typing, "" where there is nothing to know."""
    ours = target.direction == Direction.OUT.value
    if target.audience is Audience.PRIVATE or ours or not isinstance(connector, LimitsPrivateReplies):
        return ""
    if target.private_reply_used:
        return USED
    if sentence := connector.refusal(target, account, Audience.PRIVATE, now):
        return sentence
    until = connector.private_reply_until(target)
    return "One private reply is possible" + (f" until {until:%Y-%m-%d %H:%M} UTC." if until else ".")


def take(target: StoredMessage, audience: Audience, desk: Desk, connector: Connector) -> None:
    """Use up the private reply of a message in the caller's transaction. Raises: PrivateReplyUsed."""
    opening = audience is Audience.PRIVATE and target.audience is Audience.PUBLIC
    if opening and connector.capabilities.private_opening_once and not desk.tickets.take_private_reply(target):
        raise PrivateReplyUsed(USED)


def free(part: Part, error: SocialCareError, desk: Desk) -> None:
    """Give the private reply back after a failure, where no attempt may have arrived and the platform still takes one."""
    if part.opening and not part.checks and not isinstance(error, PrivateReplyUsed):
        with desk.transaction():
            desk.tickets.free_private_reply(part.target)


def confirm(part: Part, sent: Sent, desk: Desk, clock: Clock) -> bool:
    """Record that a part was sent, and queue the public note that goes with it; False when it was known already."""
    with desk.transaction():
        done = desk.outbox.record_sent(part.id, sent, clock())
        if done:
            _leave_note(part, desk)
    return done


def _leave_note(part: Part, desk: Desk) -> None:
    """Say below a comment, once, that its author got a private message, where the account wants that."""
    account, target = desk.accounts.get(part.account), part.target
    if not (account.public_note and part.opening and target.private_reply_used) or part.automatic or target.deleted:
        return
    note = Reply(
        ticket=part.ticket,
        target=target,
        text=account.public_note,
        author="",
        audience=Audience.PUBLIC,
        automatic=True,
    )
    planned = Plan(audience=Audience.PUBLIC, drafts=(Draft(index=1, of=1, text=account.public_note),))
    with suppress(Conflict):
        desk.outbox.add(account, note, planned, reply_name=f"note-{target.id}")
