"""What Instagram lets an account do to comments and people, and doing it. Comments cannot be liked by apps.

Source: https://developers.facebook.com/docs/instagram-platform/comment-moderation,
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/moderate-conversations
(read 2026-11).
"""

from __future__ import annotations

from social_care.connectors.instagram.parse import TITLE
from social_care.connectors.meta.graph import Graph
from social_care.connectors.meta.moderation import UNDOING, check_success, lacking
from social_care.connectors.meta.options import option
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.BLOCK)

PRIVATE = "Instagram lets apps do that to comments only."
ELSEWHERE = "This does not stand below a post of ours, so Instagram does not let us do that."
HIDDEN = "This comment is hidden, and Instagram takes no public answer to it: show it again first, or answer privately."
OUR_OWN = "This is our own comment: delete it instead."
NO_CONVERSATION = "Instagram lets apps block only people who have written to us privately: do it in the Instagram app."
OTHER_LOGIN = "Instagram lets apps block people only for accounts that are connected through their Facebook Page."


def refuse(action: ModerationAction, target: StoredMessage, account: Account) -> str:
    """Return why Instagram does not let an account do that to a message or its author, "" when it does."""
    private = target.audience is Audience.PRIVATE
    if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        if option(account, "login").lower() == "instagram":
            return OTHER_LOGIN
        return lacking(account, "instagram_manage_messages") if private else NO_CONVERSATION
    if private:
        return PRIVATE
    if target.route.get("elsewhere") or target.kind == "post":
        return ELSEWHERE
    ours = target.direction == "out" or target.author_id == account.external_id
    if ours and action is not ModerationAction.DELETE:
        return OUR_OWN
    by_instagram = option(account, "login").lower() == "instagram"
    return lacking(account, f"instagram_{'business_' if by_instagram else ''}manage_comments")


def moderate(graph: Graph, identity: str, action: ModerationAction, target: StoredMessage) -> None:
    """Do it once. Raises: as `CarriesOut.moderate`.

    identity: the message's id, fit for an address; "" where it is about the author.
    """
    if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        verb = f"{action.value}_user"
        body = {"user_ids": [{"id": target.author_id}], "actions": [verb]}
        check_success(graph.post("me/moderate_conversations", json=body).body, TITLE)
    elif action is ModerationAction.DELETE:
        check_success(graph.delete(identity).body, TITLE)
    else:
        check_success(graph.post(identity, json={"hide": action not in UNDOING}).body, TITLE)
