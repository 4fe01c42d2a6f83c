"""What X lets an account do to posts and people, and doing it.

Source: https://docs.x.com/x-api/posts/hide-replies/introduction, https://docs.x.com/x-api/posts/delete-post,
https://docs.x.com/x-api/posts/likes/introduction, https://docs.x.com/x-api/users/block-dms (read 2026-08).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from social_care.connectors.kit.reading import mapping, rank
from social_care.connectors.x import prices
from social_care.connectors.x.calls import Calls
from social_care.connectors.x.tokens import decode
from social_care.core.accounts import Account
from social_care.core.errors import OutcomeUnknown, Refused
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.LIKE, ModerationAction.BLOCK)

PUBLIC_ONLY = "X lets apps do that to public posts only."
NOT_AN_ANSWER = "X hides only answers in conversations that this account began."
NOT_OURS = "X lets an account delete its own posts only."
NO_LIKES = "X sells likes by apps to its Enterprise customers only: like it on x.com."
READ_ONLY = "The app at X may only read: change its permissions, then connect and test again."
PRIVATE_MESSAGES_ONLY = "X blocks this person's private messages only; their posts go on reaching you."
WRITING = frozenset({"write", "tweet.moderate.write", "tweet.write", "like.write", "dm.write"})


def offer(action: ModerationAction, target: StoredMessage, account: Account) -> Offer:
    """Return whether X lets this account do that to a message or its author.

    X's apps buy likes with the Enterprise plan only, like free answers (`x_reply_rule`). Who began a conversation is known
    for direct answers; for others X decides.
    """
    refusal = READ_ONLY if account.permissions and not account.permissions & WRITING else _refusal(action, target, account)
    note = PRIVATE_MESSAGES_ONLY if action is ModerationAction.BLOCK and not refusal else ""
    return Offer(action=action, refusal=refusal, note=note)


def _refusal(action: ModerationAction, target: StoredMessage, account: Account) -> str:
    if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        return ""
    if target.audience is Audience.PRIVATE:
        return PUBLIC_ONLY
    if action is ModerationAction.DELETE:
        return "" if target.author_id == account.external_id else NOT_OURS
    if action in (ModerationAction.LIKE, ModerationAction.UNLIKE):
        return "" if account.options.get("x_reply_rule") == "Enterprise" else NO_LIKES
    begun_by = target.route.get("begun_by", account.external_id)
    begins = target.message_id == target.thread_id
    return NOT_AN_ANSWER if begins or begun_by != account.external_id or target.direction == "out" else ""


def moderate(calls: Calls, us: str, action: ModerationAction, target: StoredMessage) -> Decimal:
    """Do it once; return what it cost in US dollars. Raises: as `CarriesOut.moderate`."""
    post, person = target.route.get("reply_to") or target.message_id, target.author_id or ""
    undoing = action in (ModerationAction.UNHIDE, ModerationAction.UNLIKE, ModerationAction.UNBLOCK)
    if action in (ModerationAction.HIDE, ModerationAction.UNHIDE):
        _do(calls, "PUT", f"/2/tweets/{_id(post)}/hidden", {"hidden": not undoing}, json={"hidden": not undoing})
        return prices.MANAGED
    if action is ModerationAction.DELETE:
        _do(calls, "DELETE", f"/2/tweets/{_id(target.message_id)}", {"deleted": True})
        return prices.MANAGED
    if action is ModerationAction.LIKE:
        _do(calls, "POST", f"/2/users/{us}/likes", {"liked": True}, json={"tweet_id": _id(post)})
    elif action is ModerationAction.UNLIKE:
        _do(calls, "DELETE", f"/2/users/{us}/likes/{_id(post)}", {"liked": False})
    else:
        verb = "unblock" if undoing else "block"
        _do(calls, "POST", f"/2/users/{_id(person)}/dm/{verb}", {"blocked": not undoing})
    return prices.INTERACTION_UNDONE if undoing else prices.INTERACTION


def _do(calls: Calls, method: str, route: str, wanted: dict[str, bool], **arguments: Any) -> None:
    """Make one call whose answer says how it is now; another answer than the wanted one is a refusal."""
    data = mapping(mapping(decode(calls.call(method, route, repeatable=False, **arguments))).get("data"))
    [(name, value)] = wanted.items()
    if not isinstance(data.get(name), bool):
        raise OutcomeUnknown("X's answer could not be read: it may or may not have been done.")
    if data[name] is not value:
        raise Refused("X did not do that.")


def _id(identity: str) -> str:
    if rank(identity) < 0:
        raise Refused("X gave no id by which this could be done.")
    return identity
