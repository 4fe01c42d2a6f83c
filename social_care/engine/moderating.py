"""What may be done to a message or its author, doing it once, and recording who did it, why, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from social_care.core.accounts import Account
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    OutcomeUnknown,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
)
from social_care.core.events import VisibilityChanged
from social_care.core.moderation import (
    BEGINNINGS,
    NEEDS_REASON,
    OF_AUTHOR,
    OURS,
    Moderation,
    ModerationAction,
    ModerationState,
    Offer,
    Standing,
    Wish,
)
from social_care.core.ports import CarriesOut, ChecksRights, Clock, Conflict, Connection, Connector, Desk, Moderates
from social_care.core.replies import StoredMessage
from social_care.engine.delivery import Connect
from social_care.engine.keeping import pause_sending

log = logging.getLogger(__name__)

BUSY = "Somebody is doing something with this message right now: look again in a moment."
GONE = "This message is no longer on the platform."
NO_AUTHOR = "It is not known who wrote this message."
NO_REASON = "Please say why: the reason is recorded."
OUR_OWN = "This is our own message."
SO_ALREADY = "This is so already."
SWITCHED_OFF = "The account is switched off."
UNKNOWN = "It is not known whether the platform did this: please look there. Doing it again does no harm."
UNKNOWN_BEFORE = "It is not known whether the last attempt worked; doing it again does no harm."


def list_offers(
    target: StoredMessage, account: Account, *, desk: Desk, connector: Connector, now: datetime
) -> tuple[Offer, ...]:
    """Return what the platform can do to such messages, each with the reason where not to this one; then what is ours."""
    standing = desk.moderations.standing(target)
    offers = []
    for beginning in BEGINNINGS:
        if beginning in OURS or beginning in connector.capabilities.moderates:
            undoing = beginning.opposite if beginning in standing.done else None
            offers.append(judge(undoing or beginning, target, account, standing, connector, now))
    return tuple(offers)


def ask_rights(
    offers: tuple[Offer, ...], target: StoredMessage, account: Account, connector: Connector, connect: Connect
) -> tuple[Offer, ...]:
    """Return the offers without what the account may not do where this message stands, where the platform tells that."""
    wanted = [offer for offer in offers if not offer.refusal and offer.action not in OURS]
    if not connector.capabilities.rights_by_place or not wanted:
        return offers
    try:
        connection = connect(account)
        try:
            lacking = connection.lacking_rights(target) if isinstance(connection, ChecksRights) else {}
        finally:
            connection.close()
    except SocialCareError as error:
        lacking = {offer.action: str(error) for offer in wanted}
    refused = {offer: lacking[offer.action] for offer in wanted if offer.action in lacking}
    return tuple(replace(offer, refusal=refused[offer]) if offer in refused else offer for offer in offers)


def judge(
    action: ModerationAction,
    target: StoredMessage,
    account: Account,
    standing: Standing,
    connector: Connector,
    now: datetime,
) -> Offer:
    """Return whether something can be done to a message that stands like this."""
    if refusal := _refusal(action, target, account, standing):
        return Offer(action=action, refusal=refusal)
    if action in OURS:
        return Offer(action=action)
    if not isinstance(connector, Moderates) or not {action, action.opposite}.intersection(connector.capabilities.moderates):
        return Offer(action=action, refusal=f"{connector.title} does not let apps do that.")
    offer = connector.offer(action, target, account, now)
    if {action, action.opposite} & standing.unknown and not offer.refusal:
        return Offer(action=action, note=f"{offer.note} {UNKNOWN_BEFORE}".strip())
    return offer


def _refusal(action: ModerationAction, target: StoredMessage, account: Account, standing: Standing) -> str:
    """Return why something is out of the question on any platform, "" when it is not."""
    ours = target.direction == "out" or target.author_id == account.external_id
    if action in OF_AUTHOR and ours:
        return OUR_OWN
    if action in OF_AUTHOR and not target.author_id:
        return NO_AUTHOR
    if action not in OF_AUTHOR and (target.deleted or target.erased or target.tombstone or not target.message_id):
        return GONE
    if {action, action.opposite} & standing.doing:
        return BUSY
    undoes = action not in BEGINNINGS
    if undoes != bool({action, action.opposite} & standing.done):
        return SO_ALREADY
    if action in OURS:
        return ""
    return account.sending_paused if account.enabled else SWITCHED_OFF


def moderate(wish: Wish, *, desk: Desk, connector: Connector, connect: Connect, clock: Clock) -> Moderation:
    """Record the wish, carry it out, and record its fate; return the record.

    An unknown outcome is never repeated by itself. Raises: Refused before anything is stored.
    """
    account, target = desk.accounts.get(wish.target.account), wish.target
    if wish.action in NEEDS_REASON and not wish.reason.strip():
        raise Refused(NO_REASON)
    try:
        with desk.transaction():
            standing = desk.moderations.standing(target)
            if refusal := judge(wish.action, target, account, standing, connector, clock()).refusal:
                raise Refused(refusal)
            moderation_id = desk.moderations.begin(wish, clock())
            if wish.action in OURS:
                _settle(moderation_id, wish, ModerationState.DONE, "", account, desk, clock())
    except Conflict as error:
        raise Refused(BUSY) from error
    if wish.action not in OURS:
        state, sentence = _carry_out(wish, account, desk, connector, connect, clock)
        with desk.transaction():
            _settle(moderation_id, wish, state, sentence, account, desk, clock())
    return next(one for one in desk.moderations.history(target) if one.id == moderation_id)


def _carry_out(
    wish: Wish, account: Account, desk: Desk, connector: Connector, connect: Connect, clock: Clock
) -> tuple[ModerationState, str]:
    """Call the platform once; return what became of it and the sentence for it."""
    try:
        connection = connect(account)
    except SocialCareError as error:
        return _certainly_not_done(error, account, desk)
    if not isinstance(connection, CarriesOut):
        raise TypeError(f"{type(connection).__name__} cannot do what its connector offers")
    try:
        _spend(connection.moderate(wish.action, wish.target), account, desk, clock)
    except TargetGone as error:
        if not _find_gone(wish, account, connection, desk, connector, clock):
            return ModerationState.FAILED, str(error)
        if wish.action is not ModerationAction.DELETE:
            with desk.transaction():
                desk.tickets.mark_deleted(account.name, wish.target.message_id, None)
            return ModerationState.FAILED, GONE
    except (Retryable, Refused, AccountNeedsLogin, ConfigurationError) as error:
        return _certainly_not_done(error, account, desk)
    except Exception as error:  # a fault of ours may have come after the platform did it
        if not isinstance(error, OutcomeUnknown):
            log.exception("the outcome of a moderation is unknown")
        deleting = wish.action is ModerationAction.DELETE
        if not (deleting and _find_gone(wish, account, connection, desk, connector, clock)):
            return ModerationState.UNKNOWN, UNKNOWN
    finally:
        connection.close()
    return ModerationState.DONE, ""


def _certainly_not_done(error: SocialCareError, account: Account, desk: Desk) -> tuple[ModerationState, str]:
    if isinstance(error, AccountNeedsLogin):
        pause_sending(account.name, error, desk)
    return ModerationState.FAILED, str(error)


def _find_gone(wish: Wish, account: Account, connection: Connection, desk: Desk, connector: Connector, clock: Clock) -> bool:
    """Look whether the message is still there: a refusal that says "gone" may mean "not for you"."""
    if wish.action in OF_AUTHOR:
        return False
    try:
        gone = connection.gone([wish.target.message_id])
    except Exception:
        log.exception("it could not be looked whether a message is still there")
        return False
    _spend(connector.capabilities.look_up_price, account, desk, clock)
    return wish.target.message_id in gone


def _spend(cost: Decimal, account: Account, desk: Desk, clock: Clock) -> None:
    if cost:
        desk.accounts.add_spend(account.name, cost, clock())


def _settle(
    moderation_id: str, wish: Wish, state: ModerationState, error: str, account: Account, desk: Desk, now: datetime
) -> None:
    """Record a fate, and what follows from it, in the caller's transaction."""
    desk.moderations.settle(moderation_id, state, now, error)
    if state is not ModerationState.DONE:
        return
    if wish.action in (ModerationAction.HIDE, ModerationAction.UNHIDE):
        desk.moderations.set_hidden(wish.target, wish.action is ModerationAction.HIDE, now)
    elif wish.action is ModerationAction.DELETE:
        desk.tickets.mark_deleted(account.name, wish.target.message_id, None)
    elif wish.action in OURS and wish.target.author_id:
        desk.moderations.set_muted(account, wish.target.author_id, wish.action is ModerationAction.MUTE)


def confirm(message: StoredMessage, action: ModerationAction, desk: Desk, now: datetime) -> None:
    """The platform reports what we wished for: wishes under way or unknown are done. In the caller's transaction."""
    for moderation_id in desk.moderations.unsettled(message, action):
        desk.moderations.settle(moderation_id, ModerationState.DONE, now)


def report_visibility(message: StoredMessage, event: VisibilityChanged, desk: Desk, now: datetime) -> bool:
    """The platform reports that a message is hidden or shown again; False when that is nothing new.

    An old report, handled again, proves nothing about a later wish.
    """
    if not desk.moderations.set_hidden(message, event.hidden, event.at or now):
        return False
    confirm(message, ModerationAction.HIDE if event.hidden else ModerationAction.UNHIDE, desk, now)
    return True


def mark_lost(moderation_ids: Iterable[str], *, desk: Desk, clock: Clock) -> None:
    """Say of wishes whose worker died that nobody knows; a person looks."""
    for moderation_id in moderation_ids:
        with desk.transaction():
            desk.moderations.settle(moderation_id, ModerationState.UNKNOWN, clock(), UNKNOWN)
