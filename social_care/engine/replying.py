"""From a person's wish to rows in the outbox, and what a person may decide about them afterwards."""

from __future__ import annotations

from social_care.core.accounts import Account
from social_care.core.ports import Clock, Connector, Desk
from social_care.core.replies import DeliveryState, Plan, Reply, Sent
from social_care.engine.composing import plan
from social_care.engine.templating import plan_template, unwanted_by


def queue_reply(
    reply: Reply, account: Account, *, reply_name: str, desk: Desk, connector: Connector, clock: Clock
) -> tuple[Plan, tuple[str, ...]]:
    """Plan a reply and queue its parts in the caller's transaction; return the plan and the names of the parts.

    A private reply to a public message binds the private conversation to the same ticket: one case, two audiences.
    Raises: Refused before anything is stored.
    """
    if reply.template is None:
        planned = plan(reply, account, connector, clock())
    else:
        template = desk.templates.find(account.name, reply.template.name, reply.template.language)
        planned = plan_template(reply, template, unwanted_by(reply.target, connector, desk), account, connector, clock())
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
        return desk.outbox.record_sent(part_id, Sent(external_id=""), clock())
    return desk.outbox.cancel(part_id)
