"""What YouTube lets a channel do to comments and their authors, and doing it.

Source: https://developers.google.com/youtube/v3/docs/comments/setModerationStatus, .../docs/comments/delete (read 2026-11).
"""

from __future__ import annotations

from social_care.connectors.youtube.calls import Calls
from social_care.connectors.youtube.comments import HELD, PUBLISHED, REJECTED
from social_care.connectors.youtube.tokens import SCOPE
from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.BLOCK)
IRREVERSIBLE = (ModerationAction.BLOCK,)

NO_LIKES = "YouTube does not let apps like comments: like it in YouTube Studio."
NO_UNBLOCK = "YouTube does not let apps do that: take the person off the list of hidden users in YouTube Studio."
OUR_OWN = "This is our own comment: delete it instead."
RIGHTS = "The sign-in lacks the permission for comments: sign in again, and leave every box ticked."
HIDES = "It waits for a review then, as do the answers to it; only the channel sees it."
REJECTS = (
    "YouTube lets nobody delete what others wrote: it is rejected, and with it its answers. That cannot be undone here."
)
BANS = "It also rejects this comment, and every later one of this person. Only YouTube Studio can undo that."
NOTES = {ModerationAction.HIDE: HIDES, ModerationAction.DELETE: REJECTS, ModerationAction.BLOCK: BANS}


def offer(action: ModerationAction, target: StoredMessage, account: Account) -> Offer:
    """Return whether YouTube lets this account do that to a comment or its author."""
    ours = target.direction == "out" or (bool(target.author_id) and target.author_id == account.external_id)
    refusal = _refusal(action, account, ours=ours)
    return Offer(action=action, refusal=refusal, note="" if refusal or ours else NOTES.get(action, ""))


def _refusal(action: ModerationAction, account: Account, *, ours: bool) -> str:
    if action in (ModerationAction.LIKE, ModerationAction.UNLIKE):
        return NO_LIKES
    if action is ModerationAction.UNBLOCK:
        return NO_UNBLOCK
    if account.permissions and SCOPE not in account.permissions:
        return RIGHTS
    return OUR_OWN if ours and action is not ModerationAction.DELETE else ""


def moderate(calls: Calls, us: str, action: ModerationAction, target: StoredMessage) -> None:
    """Do it once; YouTube answers without content. Raises: as `CarriesOut.moderate`."""
    ours = target.direction == "out" or target.author_id == us
    if action is ModerationAction.DELETE and ours:
        calls.write("DELETE", "comments", params={"id": target.message_id})
        return
    wanted = {
        ModerationAction.HIDE: {"moderationStatus": HELD},
        ModerationAction.UNHIDE: {"moderationStatus": PUBLISHED},
        ModerationAction.DELETE: {"moderationStatus": REJECTED},
        ModerationAction.BLOCK: {"moderationStatus": REJECTED, "banAuthor": "true"},
    }.get(action)
    if wanted is None:
        raise Refused(NO_UNBLOCK if action is ModerationAction.UNBLOCK else NO_LIKES)
    calls.write("POST", "comments/setModerationStatus", params={"id": target.message_id, **wanted})
