"""What Facebook lets a Page do to comments and people, and doing it.

Source: https://developers.facebook.com/docs/graph-api/reference/comment (`is_hidden`, deleting),
https://developers.facebook.com/docs/graph-api/reference/object/likes,
https://developers.facebook.com/docs/graph-api/reference/page/blocked (read 2026-11).
"""

from __future__ import annotations

from social_care.connectors.facebook.parse import TITLE
from social_care.connectors.meta.graph import Graph
from social_care.connectors.meta.moderation import UNDOING, check_success, check_told, lacking
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.LIKE, ModerationAction.BLOCK)

PRIVATE = "Facebook lets apps do that to comments and posts only."
ELSEWHERE = "This does not stand on our Page, so Facebook does not let us do that."
POST = "Facebook lets apps do that to comments; for a visitor's post do it on Facebook."
OUR_OWN = "This is our own comment: delete it instead."


def refuse(action: ModerationAction, target: StoredMessage, account: Account) -> str:
    """Return why Facebook does not let a Page do that to a message or its author, "" when it does.

    Blocking takes a Page-scoped id, of Messenger for private messages. Whether a comment can be hidden or removed by this
    Page (`can_hide`, `can_remove`) is left to Facebook.
    """
    private = target.audience is Audience.PRIVATE
    if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        return lacking(account, "pages_messaging" if private else "pages_manage_engagement")
    if private:
        return PRIVATE
    if action in (ModerationAction.LIKE, ModerationAction.UNLIKE):
        return lacking(account, "pages_manage_engagement")
    ours = target.direction == "out" or target.author_id == account.external_id
    if target.route.get("elsewhere") and not ours:
        return ELSEWHERE
    if target.kind == "post" and not ours:
        return POST
    if ours and action is not ModerationAction.DELETE:
        return OUR_OWN
    return lacking(account, "pages_manage_engagement")


def moderate(graph: Graph, page: str, identity: str, action: ModerationAction, target: StoredMessage) -> None:
    """Do it once. Raises: as `CarriesOut.moderate`.

    identity: the message's id, fit for an address; "" where it is about the author.
    """
    undoing = action in UNDOING
    if action in (ModerationAction.BLOCK, ModerationAction.UNBLOCK):
        person = target.author_id or ""
        kind = "psid" if target.audience is Audience.PRIVATE else "user"
        if undoing:
            check_success(graph.delete(f"{page}/blocked", json={kind: person}).body, TITLE)
        else:
            told = graph.post(f"{page}/blocked", json={kind: [person]}).body  # {"PERSON": true}
            check_told(next(iter(told.values()), None), TITLE)
    elif action in (ModerationAction.LIKE, ModerationAction.UNLIKE):
        write = graph.delete if undoing else graph.post
        check_success(write(f"{identity}/likes").body, TITLE)
    elif action is ModerationAction.DELETE:
        check_success(graph.delete(identity).body, TITLE)
    else:
        check_success(graph.post(identity, json={"is_hidden": not undoing}).body, TITLE)
