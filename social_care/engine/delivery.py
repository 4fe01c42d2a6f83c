"""From the outbox to the platform: one fate a part, known or plainly unknown. Nothing is ever resent blindly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
)
from social_care.core.events import Thread
from social_care.core.ports import Backoff, Clock, Connection, Connector, Desk, SendsIdempotently
from social_care.core.replies import DeliveryState, Part, Plan, Reply, Sent
from social_care.engine import private_replies
from social_care.engine.keeping import pause_sending
from social_care.engine.preferences import UNWANTED, note_opt_out

log = logging.getLogger(__name__)

Connect = Callable[[Account], Connection]
"""Opens a connection to an account's platform. Raises: ConfigurationError, AccountNeedsLogin."""

BACKOFF = Backoff(steps_s=(20, 60, 180, 600, 1800), give_up_after=10)
CHECKS = Backoff(steps_s=(5, 30, 120, 600), give_up_after=5)
PAUSED_RETRY_S = 300
"""How long a part waits before it is looked at again while its account may not send."""
RECORDINGS = 3
"""So often a fate is recorded where the database is busy: the platform does not say it again."""
NO_CONNECTION = "The connection to the platform could not be opened."
UNKNOWN = "It is not known whether the platform took this message."


def deliver(part_id: str, *, desk: Desk, connect: Connect, clock: Clock) -> DeliveryState | None:
    """Send one part and record its fate; None when it was not this worker's to send.

    A part in `sending` whose worker died becomes `unknown`, never `queued`.
    """
    waiting = desk.outbox.get(part_id)
    if waiting is None or waiting.state is not DeliveryState.QUEUED:
        return None
    account = desk.accounts.get(waiting.account)
    if account.sending_paused or not account.enabled:
        reason = account.sending_paused or "The account is switched off."
        postponed = desk.outbox.postpone(part_id, reason, clock() + timedelta(seconds=PAUSED_RETRY_S))
        return DeliveryState.QUEUED if postponed else None
    part = desk.outbox.claim(part_id, clock())
    if part is None:
        return None
    if part.target.erased:
        desk.outbox.record_failed(part_id, "The message was erased before the reply could be sent.")
        return DeliveryState.FAILED
    if part.target.deleted and part.audience is part.target.audience and part.template is None:
        desk.outbox.record_failed(part_id, f"The message {_gone(part)} before the reply could be sent.")
        return DeliveryState.FAILED
    if part.template is not None and part.template.category in desk.tickets.unwanted(
        part.account, part.target.author_id or ""
    ):
        desk.outbox.record_failed(part_id, UNWANTED.format(category=part.template.category))
        return DeliveryState.FAILED
    return _send(part, account, desk, connect, clock)


def _gone(part: Part) -> str:
    return "vanished" if part.target.vanished else "was deleted"


def _send(part: Part, account: Account, desk: Desk, connect: Connect, clock: Clock) -> DeliveryState:
    try:
        connection = connect(account)
    except Exception as error:  # whatever it was: nothing has been said yet
        reason = error if isinstance(error, SocialCareError) else Retryable(NO_CONNECTION)
        log.warning("part %s cannot be sent now", part.id, exc_info=reason is not error)
        return _recorded(lambda: _certainly_not_sent(part, reason, desk, clock))
    try:
        sent = _find(part, connection, desk) if part.checks else None  # the first attempt may have arrived meanwhile
        sent = sent or connection.send(part)
    except (Retryable, Refused, AccountNeedsLogin, ConfigurationError) as error:
        refusal = error
        return _recorded(lambda: _certainly_not_sent(part, refusal, desk, clock, connection))
    except OutcomeUnknown as error:
        log.warning("the outcome of part %s is unknown: %s", part.id, error)
        return _look_again(part, desk, clock)
    except Exception:  # a fault of ours may have come after the platform took it
        log.exception("the outcome of part %s is unknown", part.id)
        return _look_again(part, desk, clock)
    finally:
        connection.close()
    return _recorded(lambda: _confirm(part, sent, desk, clock))


def _recorded(record: Callable[[], DeliveryState]) -> DeliveryState:
    """Record a fate, where the database is busy once more: forgotten, it could only be looked for. Raises: Retryable."""
    for _ in range(RECORDINGS - 1):
        with suppress(Retryable):
            return record()
    return record()


def bind_private_case(reply: Reply, planned: Plan, account: Account, connector: Connector, desk: Desk) -> None:
    """Make the private conversation that a reply will open continue on its ticket, where its name is known beforehand."""
    if planned.audience is not reply.target.audience:
        thread = connector.private_thread(reply.target, account)
        if thread is not None:
            desk.tickets.bind_case(account, thread, None, reply.ticket)


def bind_private_thread(part: Part, thread_id: str | None, desk: Desk) -> None:
    """Make a private conversation that began with this part continue on its ticket: one case, two audiences."""
    if thread_id and part.audience is not part.target.audience:
        with desk.transaction():
            thread = Thread(id=thread_id, audience=part.audience)
            desk.tickets.bind_case(desk.accounts.get(part.account), thread, None, part.ticket)


def _confirm(part: Part, sent: Sent, desk: Desk, clock: Clock) -> DeliveryState:
    bind_private_thread(part, sent.thread_id, desk)
    private_replies.confirm(part, sent, desk, clock)  # False where its echo was faster: the call costs the same
    if sent.cost:
        desk.accounts.add_spend(part.account, sent.cost, clock())
    return DeliveryState.SENT


def _certainly_not_sent(
    part: Part, error: SocialCareError, desk: Desk, clock: Clock, connection: Connection | None = None
) -> DeliveryState:
    sentence = str(error)
    if isinstance(error, (AccountNeedsLogin, ConfigurationError)):
        pause_sending(part.account, error, desk)
        desk.outbox.record_retry(part.id, sentence, clock() + timedelta(seconds=PAUSED_RETRY_S))
        return DeliveryState.QUEUED
    patient = isinstance(error, RateLimited) or part.attempts < BACKOFF.give_up_after  # a limit always ends
    if isinstance(error, Retryable) and patient:
        wait_s = error.retry_after_s if error.retry_after_s is not None else BACKOFF.wait_s(part.attempts)
        desk.outbox.record_retry(part.id, sentence, clock() + timedelta(seconds=wait_s), error.progress)
        return DeliveryState.QUEUED
    if part.checks and connection is not None:  # refused, maybe because an earlier, unknown attempt arrived
        try:
            found = _find(part, connection, desk)
        except SocialCareError:
            return _look_again(part, desk, clock)
        if found is not None:
            return _confirm(part, found, desk, clock)
    # A later part answers the part before it, so it does not tell whether the customer's message is there.
    if isinstance(error, TargetGone) and part.audience is part.target.audience and part.previous_id is None:
        with desk.transaction():
            desk.tickets.mark_deleted(part.account, part.target.message_id, None, vanished=True)
    if isinstance(error, OptedOut):
        note_opt_out(part, error.category, desk, clock)
    if not desk.outbox.record_failed(part.id, sentence):
        return DeliveryState.SENT  # its echo was faster: an earlier attempt had arrived
    private_replies.free(part, error, desk)
    return DeliveryState.FAILED


def _find(part: Part, connection: Connection, desk: Desk) -> Sent | None:
    """Look for a part on the platform. Raises: SocialCareError when that could not be done."""
    try:
        return connection.find_sent(part, lambda message_id: _is_anothers(message_id, part, desk))
    except SocialCareError as error:
        log.warning("part %s could not be looked for: %s", part.id, error)
        raise


def _is_anothers(message_id: str, part: Part, desk: Desk) -> bool:
    known = desk.outbox.find_by_external_id(part.account, message_id)
    return known is not None and known.id != part.id


def _look_again(part: Part, desk: Desk, clock: Clock, error: SocialCareError | None = None) -> DeliveryState:
    """Record that the outcome is unknown, and when to look on the platform; in the end a person is asked.

    error: why it could not be looked for just now; a limit's own time is waited for.
    """
    if part.checks < CHECKS.give_up_after:
        asked_s = error.retry_after_s if isinstance(error, Retryable) else None
        check_at = clock() + timedelta(seconds=max(CHECKS.wait_s(part.checks + 1), asked_s or 0))
        desk.outbox.record_unknown(part.id, f"{UNKNOWN} It is being looked for.", check_at)
    else:
        desk.outbox.record_unknown(
            part.id,
            f"{UNKNOWN} It could not be found there: please look yourself, then send it again or mark it as sent.",
            None,
        )
    return DeliveryState.UNKNOWN


def reconcile(part_id: str, *, desk: Desk, connect: Connect, clock: Clock) -> DeliveryState | None:
    """Look on the platform for a part whose outcome is unknown; None when there is nothing to settle.

    Where it is not found, but the platform would surely know its key again, it is sent again under that key.
    """
    part = desk.outbox.get(part_id)
    if part is None or part.state not in (DeliveryState.UNKNOWN, DeliveryState.SENDING):
        return None
    if part.state is DeliveryState.SENDING and part_id not in desk.outbox.abandoned(clock()):
        return None  # a worker is sending it (again)
    try:
        connection = connect(desk.accounts.get(part.account))
    except Exception:
        log.warning("part %s cannot be looked for now", part_id, exc_info=True)
        return _look_again(part, desk, clock)
    try:
        found = _find(part, connection, desk)
        if found is None and _may_repeat(part, connection, desk, clock):
            if desk.outbox.claim_again(part_id, clock()) is None:
                return None  # another worker has it
            found = _repeat(part, connection)
    except SocialCareError as error:
        log.warning("part %s stays unknown: %s", part.id, error)
        return _look_again(part, desk, clock, error)
    finally:
        connection.close()
    if found is None:
        return _look_again(part, desk, clock)
    return _recorded(lambda: _confirm(part, found, desk, clock))


def _may_repeat(part: Part, connection: Connection, desk: Desk, clock: Clock) -> bool:
    account = desk.accounts.get(part.account)
    if part.state is not DeliveryState.UNKNOWN or account.sending_paused or not account.enabled:
        return False
    return isinstance(connection, SendsIdempotently) and connection.may_repeat(part, clock())


def _repeat(part: Part, connection: Connection) -> Sent:
    """Send a part of unknown outcome again under its key.

    Whatever the platform answers now, the first attempt may have arrived: nothing but a success settles the part.
    Raises: SocialCareError.
    """
    try:
        return connection.send(part)
    except SocialCareError:
        raise
    except Exception as error:
        log.exception("part %s could not be sent again", part.id)
        raise OutcomeUnknown(UNKNOWN) from error
