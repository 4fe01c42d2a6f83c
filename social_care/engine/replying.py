"""From a person's wish to rows in the outbox, and what a person may decide about them afterwards."""

from __future__ import annotations

from social_care.core.accounts import Account
from social_care.core.ports import Clock, Connector, Desk
from social_care.core.replies import DeliveryState, Plan, Reply, Sent
from social_care.engine import private_replies
from social_care.engine.composing import plan


def queue_reply(
    reply: Reply, account: Account, *, reply_name: str, desk: Desk, connector: Connector, clock: Clock
) -> tuple[Plan, tuple[str, ...]]:
    """Plan a reply and queue its parts in the caller's transaction; return the plan and the names of the parts.

    A private reply to a public message binds the private conversation to the same ticket: one case, two audiences.
    Raises: Refused before anything is stored.
    """
    planned = plan(reply, account, connector, clock())
    private_replies.take(reply, planned.audience, desk, connector)
    parts = desk.outbox.add(account, reply, planned, reply_name=reply_name)
    if planned.audience is not reply.target.audience:
        thread = connector.private_thread(reply.target, account)
        if thread is not None:
            desk.tickets.bind_case(account, thread, None, reply.ticket)
    return planned, parts


def settle_by_person(part_id: str, *, sent: bool, desk: Desk, clock: Clock) -> bool:
    """A person looked: the part was sent, or it is given up. False when its state has changed meanwhile."""
    part = desk.outbox.get(part_id)
    if part is None or part.state not in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
        return False
    if sent:
        return private_replies.confirm(part, Sent(external_id=""), desk, clock)
    return desk.outbox.cancel(part_id)


def send_again(part_id: str, *, desk: Desk, connector: Connector) -> bool:
    """A person wants a failed or unknown part sent (again). False when its state has changed meanwhile.

    Raises: PrivateReplyUsed when another private reply to the same message was sent, or the platform takes none.
    """
    part = desk.outbox.get(part_id)
    if part is None:
        return False
    with desk.transaction():
        if part.state is DeliveryState.FAILED:
            reply = Reply(ticket=part.ticket, target=part.target, text=part.text, author=part.author)
            private_replies.take(reply, part.audience, desk, connector)
        return desk.outbox.requeue(part_id)
