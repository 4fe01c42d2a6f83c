"""Bodies of Instagram → events. Total: whatever comes in, out come events or UnreadablePayload.

Both login kinds send the same updates; accounts connected through a Page may get private messages as object `page`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.instagram.comments import (
    read_comment,
    read_comment_node,
    read_looked_up,
    read_media_node,
    read_mention,
    read_tagged_node,
)
from social_care.connectors.kit.reading import items, mapping
from social_care.connectors.meta import envelope
from social_care.connectors.meta.conversations import is_conversation, is_message, read_conversation, read_message
from social_care.connectors.meta.envelope import Dated, Scene, Update
from social_care.connectors.meta.messaging import is_messaging, read_messaging
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Ignored, Unknown

TITLE = "Instagram"
PRODUCTS = {"instagram": TITLE, "page": "Facebook"}
NO_MATTER: dict[str, str] = {
    "story_insights": "numbers of a story that ended",
    "standby": "another app handles this conversation",
    "business_account": "a change of the account's own data",
    **dict.fromkeys(("comment_poll_response", "story_poll_response"), "an answer to a poll of the account"),
    **dict.fromkeys(("share_to_story", "story_reactions"), "somebody reacted to or shared something of the account"),
    "follow": "somebody follows the account",
    "creator_marketplace_invited_creator_onboarding": "an invitation to creators",
    "creator_marketplace_projects": "an offer to creators",
}


def parse_body(raw: bytes | str, *, feed: str, us: str, handle: str = "") -> tuple[Event, ...]:
    """Return the events of a raw body; us, handle: our account's id and name, "" when unknown. Raises: UnreadablePayload."""
    scene = Scene(us=us, title=TITLE, feed=feed, handle=handle.lstrip("@"))
    return envelope.read_body(raw, scene, listing=parse_listing, products=PRODUCTS, read=read_update)


def read_update(update: Update, scene: Scene) -> Iterator[Dated]:
    """Yield the events of one update of a webhook."""
    value = mapping(update.value)
    if update.list in {"messaging", "standby"} or is_messaging(update.value):
        yield from read_messaging(update.value, scene, standby="standby" in (update.list, update.field))
    elif update.field in {"comments", "live_comments"} and value:
        yield read_comment(value, scene, live=update.field == "live_comments")
    elif update.field == "mentions" and value:
        yield read_mention(value, scene)
    elif update.field in NO_MATTER:
        yield update.at, Ignored(reason=NO_MATTER[update.field])
    else:
        yield update.at, Unknown(reason=f"Instagram told of something unknown: {update.field[:60] or 'unnamed'}.")


def parse_listing(root: Mapping[str, Any], scene: Scene, *, kind: str = "", of: str = "") -> tuple[Event, ...]:
    """Return the events of a list or node of the API, oldest first.

    kind: `comments`, `replies` or `tags` where the address tells; else the nodes do. of: the post or comment it belongs to.
    Raises: UnreadablePayload when it is neither.
    """
    data = root.get("data")
    nodes = data if isinstance(data, list) else [root] if "id" in root else None
    if nodes is None:
        raise UnreadablePayload("Nothing in it is known as something Instagram sends.")
    dated: list[Dated] = []
    for node in nodes:
        if not isinstance(node, dict):
            dated.append((0.0, Unknown(reason="Instagram listed something that is not an object.")))
        elif "mentioned_comment" in node or "mentioned_media" in node:
            dated.extend(read_looked_up(node, scene))
        elif is_message(node, scene):
            dated.append(read_message(node, scene))
        elif "comments" not in node and is_conversation(node, scene):
            dated.extend(read_conversation(node, scene))
        elif kind == "comments" or (not kind and "text" in node):
            dated.extend(read_comment_node(node, scene, post=of))
        elif kind == "replies":
            dated.extend(read_comment_node(node, scene, post="", parent=of))
        elif kind == "tags" or (not kind and "comments" not in node and ("media_type" in node or "caption" in node)):
            dated.append(read_tagged_node(node, scene))
        else:
            dated.extend(read_media_node(node, scene))
    return envelope.in_order(dated)


def account_ids(root: object) -> Iterator[str]:
    """Yield our own id wherever a body names it."""
    yield from envelope.account_ids(root)
    for node in map(mapping, items(mapping(root).get("data"))):
        yield str(mapping(node.get("owner")).get("id") or "")
