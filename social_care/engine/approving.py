"""Who has to ask before a reply goes out, and what a supervisor may do about it. No other way leads out of the waiting."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.approvals import Approval, Asks, Decision
from social_care.core.errors import AlreadyDecided, NotPermitted, Refused
from social_care.core.events import Audience
from social_care.core.ports import Clock, Connector, Desk
from social_care.core.replies import DeliveryState, Part, Plan, Reply
from social_care.engine import private_replies
from social_care.engine.delivery import bind_private_case
from social_care.engine.templating import plan_reply

LoadConnector = Callable[[str], Connector]
"""Returns the connector of a platform."""


# --- who has to ask -------------------------------------------------------------------------------------------------
def reasons_to_ask(reply: Reply, account: Account, audience: Audience, desk: Desk) -> tuple[str, ...]:
    """Return in plain sentences why a reply needs approval, () when it does not.

    What somebody who does not speak alone wrote always does, whatever the policy; what the owner of the account wrote
    beforehand (automatic messages) never.
    """
    policy = account.approval
    if reply.automatic:
        return ()
    found = []
    if not desk.team.member(reply.author).speaks_alone:
        found.append("Its author is in training.")
    if policy.asks is Asks.PUBLIC and audience is Audience.PUBLIC:
        found.append("Every public reply of this account is approved.")
    if policy.asks is Asks.CONDITION:
        found += _conditions_met(reply, account, desk)
    return tuple(found)


def _conditions_met(reply: Reply, account: Account, desk: Desk) -> list[str]:
    policy, circumstances = account.approval, desk.tickets.circumstances(reply.target)
    said = f"{reply.target.text}\n{reply.text}"
    found = [
        f"It is about “{word}”." for word in policy.words if re.search(rf"(?<!\w){re.escape(word)}", said, re.IGNORECASE)
    ]
    if circumstances.sentiment and circumstances.sentiment in policy.sentiments:
        found.append(f"The sentiment of the ticket is {circumstances.sentiment}.")
    if policy.urgent and circumstances.urgent:
        found.append("The ticket is urgent.")
    if policy.followers and circumstances.followers is not None and circumstances.followers >= policy.followers:
        found.append(f"The customer has {circumstances.followers} followers.")
    return found


MAIL = Plan(audience=Audience.PRIVATE, drafts=())
"""An e-mail has no parts in the outbox; nobody but its recipients reads it."""


def reasons_to_hold(reply: Reply, desk: Desk) -> tuple[str, ...]:
    """Return why an e-mail needs approval, () when it does not: the same rule as for any private reply."""
    return reasons_to_ask(reply, desk.accounts.get(reply.target.account), MAIL.audience, desk)


def hold_mail(reply: Reply, *, reply_name: str, desk: Desk, clock: Clock) -> str:
    """Let an e-mail wait for a supervisor, in the caller's transaction; return the name of the record."""
    reasons = reasons_to_hold(reply, desk)
    return desk.approvals.ask(reply, MAIL, reply_name=reply_name, reasons=reasons, now=clock())


def check_resending(part: Part, user: str, desk: Desk) -> None:
    """Before a person sends a part again that nobody approved. Raises: NotPermitted when it would need approval today."""
    account = desk.accounts.get(part.account)
    again = Reply(ticket=part.ticket, target=part.target, text=part.text, author=user, automatic=part.automatic)
    by_author = replace(again, author=part.author)
    if not part.approved_by and any(reasons_to_ask(one, account, part.audience, desk) for one in (again, by_author)):
        raise NotPermitted("This message needs a supervisor's approval. Please write it as a new reply.")


# --- what is decided ------------------------------------------------------------------------------------------------
def approve(
    approval_id: str, user: str, *, desk: Desk, load_connector: LoadConnector, clock: Clock, text: str | None = None
) -> Plan:
    """Queue a waiting reply, with another text where one is given; it is planned anew, since time has passed.

    Raises: AlreadyDecided; NotPermitted for whoever may not; Refused when a rule forbids the reply by now. Nothing changes
    then.
    """
    with desk.transaction():
        approval = _undecided_for_supervisor(approval_id, user, desk)
        edited = text is not None and text.strip() != approval.reply.text.strip()
        reply = replace(approval.reply, text=text.strip(), template=None) if edited and text is not None else approval.reply
        if reply.mail is not None:
            planned = _release_mail(approval, reply.text if edited else None, desk)
        else:
            planned = _release(reply, approval.reply_name, user, desk, load_connector, clock)
        decision = Decision.EDITED if edited else Decision.APPROVED
        desk.approvals.record(approval_id, decision, by=user, now=clock(), final_text=reply.text)
        return planned


def _release(reply: Reply, reply_name: str, user: str, desk: Desk, load_connector: LoadConnector, clock: Clock) -> Plan:
    account = desk.accounts.get(reply.target.account)
    connector = load_connector(account.platform)
    planned = plan_reply(reply, account, desk=desk, connector=connector, clock=clock)
    private_replies.take(reply.target, planned.audience, desk, connector)
    desk.outbox.release(account, reply, planned, reply_name=reply_name, approved_by=user)
    bind_private_case(reply, planned, account, connector, desk)
    return planned


def _release_mail(approval: Approval, text: str | None, desk: Desk) -> Plan:
    if text == "":
        raise Refused("The reply is empty.")
    desk.approvals.send_mail(approval, text)
    return MAIL


def reject(approval_id: str, user: str, note: str, *, desk: Desk, clock: Clock) -> None:
    """Turn a waiting reply down with a note for its author, who keeps the text. Raises: as `approve`."""
    if not note.strip():
        raise Refused("Please tell the author what to do better.")
    with desk.transaction():
        approval = _undecided_for_supervisor(approval_id, user, desk)
        _drop(approval, DeliveryState.REJECTED, note.strip(), desk)
        desk.approvals.record(approval_id, Decision.REJECTED, by=user, now=clock(), note=note.strip())


def withdraw(approval_id: str, user: str, *, desk: Desk, clock: Clock) -> None:
    """The author takes a waiting reply back. Raises: AlreadyDecided; NotPermitted for anybody else."""
    with desk.transaction():
        approval = _locked(approval_id, desk)
        if approval.reply.author != user:
            raise NotPermitted("Only its author can withdraw a reply.")
        _undecided(approval, desk)
        _drop(approval, DeliveryState.CANCELLED, "Withdrawn by its author.", desk)
        desk.approvals.record(approval_id, Decision.WITHDRAWN, by=user, now=clock())


def _drop(approval: Approval, state: DeliveryState, why: str, desk: Desk) -> None:
    if approval.reply.mail is None:
        desk.outbox.drop(approval.reply_name, state, why)


def _undecided_for_supervisor(approval_id: str, user: str, desk: Desk) -> Approval:
    member = desk.team.member(user)
    if not member.decides:
        raise NotPermitted("Only supervisors decide about replies.")
    approval = _locked(approval_id, desk)
    if approval.reply.author == user:
        raise NotPermitted("Nobody decides about their own reply: please ask another supervisor.")
    return _undecided(approval, desk)


def _locked(approval_id: str, desk: Desk) -> Approval:
    approval = desk.approvals.lock(approval_id)
    if approval is None:
        raise NotPermitted("There is no such reply waiting.")
    return approval


def _undecided(approval: Approval, desk: Desk) -> Approval:
    if approval.decision is not Decision.WAITING:
        who = desk.team.member(approval.decided_by).name or approval.decided_by
        raise AlreadyDecided(f"{who} was faster: this reply is {approval.decision.value} already.")
    return approval


# --- in time --------------------------------------------------------------------------------------------------------
def raise_alarms(desk: Desk, clock: Clock) -> int:
    """Tell the supervisors once of each reply whose deadline is near; return of how many."""
    now, raised = clock(), 0
    for approval in desk.approvals.waiting():
        if approval.alarmed or approval.deadline is None:
            continue
        policy = desk.accounts.get(approval.reply.target.account).approval
        if approval.deadline - now > timedelta(seconds=policy.alarm_s):
            continue
        minutes = int((approval.deadline - now).total_seconds() // 60)
        left = f"{minutes} minutes are left" if minutes > 0 else "its time is over"
        with desk.transaction():
            desk.approvals.alarm(approval.id, f"A reply waits for approval, and {left}.")
        raised += 1
    return raised
