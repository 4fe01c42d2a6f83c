"""From a person's wish to rows in the outbox, and what a person may decide about them afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from social_care.core.accounts import Account
from social_care.core.errors import NotPermitted
from social_care.core.ports import Clock, Connector, Desk
from social_care.core.replies import DeliveryState, Plan, Reply, Sent
from social_care.engine import private_replies
from social_care.engine.approving import check_resending, reasons_to_ask
from social_care.engine.delivery import bind_private_case
from social_care.engine.templating import plan_reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen to a reply. reasons: why it would wait for a supervisor, () when it would not."""

    plan: Plan
    reasons: tuple[str, ...]


def preview_reply(reply: Reply, account: Account, *, desk: Desk, connector: Connector, clock: Clock) -> Preview:
    """Return what would be sent and whether it would have to be approved. Raises: Refused. Stores nothing."""
    planned = plan_reply(reply, account, desk=desk, connector=connector, clock=clock)
    return Preview(plan=planned, reasons=reasons_to_ask(reply, account, planned.audience, desk))


def queue_reply(
    reply: Reply, account: Account, *, reply_name: str, desk: Desk, connector: Connector, clock: Clock
) -> tuple[Plan, tuple[str, ...]]:
    """Plan a reply and queue its parts in the caller's transaction; return the plan and the names of the parts.

    Where the account's policy asks, the parts wait for a supervisor instead. A private reply to a public message binds the
    private conversation to the same ticket: one case, two audiences. Raises: Refused before anything is stored.
    """
    preview = preview_reply(reply, account, desk=desk, connector=connector, clock=clock)
    planned = preview.plan
    if not preview.reasons:
        private_replies.take(reply.target, planned.audience, desk, connector)
    parts = desk.outbox.add(account, reply, planned, reply_name=reply_name, awaiting=bool(preview.reasons))
    if preview.reasons:
        desk.approvals.ask(reply, planned, reply_name=reply_name, reasons=preview.reasons, now=clock())
        planned = replace(planned, warnings=("A supervisor has to approve this reply first.", *planned.warnings))
    else:
        bind_private_case(reply, planned, account, connector, desk)
    return planned, parts


def resend_by_person(part_id: str, user: str, *, desk: Desk, connector: Connector) -> bool:
    """A person wants a failed or unknown part sent (again). False when its state has changed meanwhile.

    Raises: NotPermitted when it would need approval; PrivateReplyUsed when another private reply to the same message was
    sent, or the platform takes none.
    """
    part = desk.outbox.get(part_id)
    if part is None:
        return False
    check_resending(part, user, desk)
    with desk.transaction():
        queued = desk.outbox.requeue(part_id)
        if queued and part.state is DeliveryState.FAILED:
            private_replies.take(part.target, part.audience, desk, connector)
        return queued


def take_back(part_id: str, *, desk: Desk) -> bool:
    """The author takes a reply back, by its first part. False when a worker has begun with it."""
    part = desk.outbox.get(part_id)
    if part is None:
        return False
    with desk.transaction():
        done = desk.outbox.take_back(part.reply)
        if done and part.opening:
            desk.tickets.free_private_reply(part.target)
    return done


def give_up_waiting(part_id: str, *, desk: Desk) -> bool:
    """A person gives up a part that waits for another attempt, and those after it. False when a worker took it up.

    A private reply that surely never arrived can be written anew.
    """
    with desk.transaction():
        done = desk.outbox.cancel(part_id, only=DeliveryState.QUEUED)
        part = desk.outbox.get(part_id)
        if done and part is not None and part.opening and not part.checks:
            desk.tickets.free_private_reply(part.target)
    return done


def settle_by_person(part_id: str, user: str, *, sent: bool, desk: Desk, clock: Clock) -> bool:
    """A person looked: the part was sent, or it is given up. False when its state has changed meanwhile.

    Raises: NotPermitted where somebody who does not speak alone says that it was sent.
    """
    if sent and not desk.team.member(user).speaks_alone:
        raise NotPermitted("Please ask a colleague to look: that something was said is not recorded by trainees.")
    part = desk.outbox.get(part_id)
    if part is None or part.state not in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
        return False
    if sent:
        return private_replies.confirm(part, Sent(external_id=""), desk, clock)
    return desk.outbox.cancel(part_id)
