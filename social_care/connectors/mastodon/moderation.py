"""What a Mastodon server lets an account do to posts and people, and doing it.

Sources: https://docs.joinmastodon.org/methods/statuses/, .../methods/accounts/ and .../api/oauth-scopes/ (read 2026-11).
"""

from __future__ import annotations

from urllib.parse import quote

from social_care.connectors.kit.reading import identifier, mapping
from social_care.connectors.mastodon.calls import Calls, covers, decode
from social_care.connectors.mastodon.rules import acct_of
from social_care.connectors.mastodon.statuses import identity_of
from social_care.core.accounts import Account
from social_care.core.errors import Refused, TargetGone
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.DELETE, ModerationAction.LIKE, ModerationAction.BLOCK)
SCOPES = {
    ModerationAction.DELETE: "write:statuses",
    ModerationAction.LIKE: "write:favourites",
    ModerationAction.UNLIKE: "write:favourites",
    ModerationAction.BLOCK: "write:blocks",
    ModerationAction.UNBLOCK: "write:blocks",
}
FOLLOW = "follow"
"""The scope that older apps have in the place of `write:blocks`; deprecated since Mastodon 3.5."""

NOT_THERE = "Mastodon lets nobody hide an answer of somebody else."
NOT_OURS = "Mastodon lets an account delete its own posts only."
NOBODY = "The server did not say who wrote this message."
NO_RIGHTS = "The account's token does not allow this: it lacks {0}. Make a new one, and test the connection."
NO_LONGER_TOLD = "The server then shows neither of you to the other, and tells us no more of this person."


def offer(action: ModerationAction, target: StoredMessage, account: Account) -> Offer:
    """Return whether the server lets this account do that to a message or its author."""
    refusal = _refusal(action, target, account)
    note = NO_LONGER_TOLD if action is ModerationAction.BLOCK and not refusal else ""
    return Offer(action=action, refusal=refusal, note=note)


def _refusal(action: ModerationAction, target: StoredMessage, account: Account) -> str:
    scope, scopes = SCOPES.get(action), account.permissions
    if scope is None:
        return NOT_THERE
    blocking = action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK)
    if scopes and not covers(scopes, scope) and not (blocking and FOLLOW in scopes):
        return NO_RIGHTS.format(scope)
    if blocking and not target.author_id:
        return NOBODY
    if action is ModerationAction.DELETE and target.author_id != account.external_id:
        return NOT_OURS
    return ""


def moderate(action: ModerationAction, target: StoredMessage, calls: Calls) -> None:
    """Do it once; each sets a state, so what holds already is no fault. Raises: as `CarriesOut.moderate`."""
    status = f"/api/v1/statuses/{quote(target.message_id, safe='')}"
    if action is ModerationAction.DELETE:
        try:
            calls.call("DELETE", status, repeatable=True)
        except TargetGone:
            return
    elif action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        calls.call("POST", f"/api/v1/accounts/{_number_of_author(target, status, calls)}/{action.value}", repeatable=True)
    else:
        verb = "favourite" if action is ModerationAction.LIKE else "unfavourite"
        calls.call("POST", f"{status}/{verb}", repeatable=True)


def _number_of_author(target: StoredMessage, status: str, calls: Calls) -> str:
    """Return our server's own number of a message's author, by the message or, when that is gone, by the name."""
    try:
        person = mapping(mapping(decode(calls.get(status))).get("account"))
    except TargetGone:
        person = mapping(decode(calls.get("/api/v1/accounts/lookup", acct=acct_of(target))))
    number = identifier(person.get("id"))
    if not number or identity_of(person) != target.author_id:
        raise Refused(NOBODY)
    return quote(number, safe="")
