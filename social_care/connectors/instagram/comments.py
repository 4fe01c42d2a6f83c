"""Comments and mentions on Instagram, as webhooks and as the API tell them → events. A thread is a post ("media").

Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram,
https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/comments,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/mentions (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from social_care.connectors.kit.reading import flag, items, mapping, moment, text
from social_care.connectors.meta.envelope import Dated, Scene, remote_id
from social_care.core.events import (
    Audience,
    Author,
    Ignored,
    Media,
    MessageEdited,
    MessageReceived,
    Missing,
    Thread,
    Unknown,
)

NO_TEXT = "Instagram sent no text with it."
LIVE = "A comment during a live broadcast: a private answer is possible only while it lasts."
MENTIONED = "Instagram told only that the account was mentioned here, not in which words: open it on Instagram to read it."
ADVERTISEMENT = "A comment on an advertisement."


def read_comment(value: Mapping[str, Any], scene: Scene, *, live: bool = False) -> Dated:
    """Return a comment that a webhook brought; its id is `id` or, as printed for Facebook Login, `comment_id`.

    What the account itself writes below its own posts comes with `self_ig_scoped_id`, which nobody else's comment has.
    Source: https://developers.facebook.com/docs/instagram-platform/self-messaging (read 2026-11).
    Instagram tells no edits and no removals of comments, and no time but the entry's.
    """
    identity = remote_id(value.get("id"), value.get("comment_id"))
    media, parent = mapping(value.get("media")), remote_id(value.get("parent_id"))
    post = remote_id(media.get("id"), media.get("original_media_id"))
    parent = "" if parent == post else parent
    post = post or parent or identity
    if not identity:
        return scene.at, Unknown(reason="Instagram sent a comment without an id.")
    notes = [LIVE] if live else []
    if media.get("ad_id"):
        notes.append(ADVERTISEMENT)
    return scene.at, _comment(value, scene, identity, post, parent, notes=notes, live=live)


def read_mention(value: Mapping[str, Any], scene: Scene) -> Dated:
    """Return a mention in a caption or comment: Instagram tells the ids only, so the text is missing here."""
    comment, post = remote_id(value.get("comment_id")), remote_id(value.get("media_id"))
    identity = comment or post
    if not identity:
        return scene.at, Unknown(reason="Instagram sent a mention without saying where.")
    return scene.at, _mention(scene, identity, post or identity, None, scene.at)


def _comment(
    value: Mapping[str, Any],
    scene: Scene,
    identity: str,
    post: str,
    parent: str,
    *,
    notes: list[str],
    at: float | None = None,
    permalink: str | None = None,
    live: bool = False,
    our_handle: str = "",
) -> MessageReceived:
    author, words = _author(value), text(value.get("text"))
    our_handle, name = our_handle or scene.handle, author.handle if author else None
    marked = mapping(value.get("from")).get("self_ig_scoped_id")
    if scene.us and (marked or (name and name.lower() == our_handle.lower())):
        author = Author(id=scene.us, handle=name)
    if words is None:
        notes = [*notes, NO_TEXT]
    own = bool(author and scene.us and author.id == scene.us)
    above = "" if parent == identity else parent
    when = scene.at if at is None else at
    route = {
        "via": scene.feed,
        "media_id": post if post != identity else "",
        "reply_to": above or identity,
        "live": "1" if live else "",
    }
    return MessageReceived(
        message_id=identity,
        thread=Thread(id=post, audience=Audience.PUBLIC),
        author=author,
        text=words or "",
        kind="comment",
        sent_at=datetime.fromtimestamp(when, timezone.utc) if when else None,
        addresses_us=not own and (not above or _names(our_handle, words or "")),
        on_our_ground=not own,
        parent_id=above or None,
        permalink=permalink,
        route={key: one for key, one in route.items() if one},
        notes=tuple(notes),
        hidden=flag(value.get("hidden")) if scene.feed != "webhook" else flag(value.get("hidden")) or None,
    )


def _names(handle: str, words: str) -> bool:
    """Tell whether somebody's words mention us: below our own posts no `mentions` tells of that."""
    return bool(handle and re.search(rf"(?<![\w.@])@{re.escape(handle)}(?!\.?\w)", words, re.IGNORECASE))


def _author(value: Mapping[str, Any]) -> Author | None:
    sender = mapping(value.get("from"))
    identity = remote_id(sender.get("id"))
    handle = text(sender.get("username")) or text(value.get("username"))
    return Author(id=identity, handle=handle) if identity or handle else None


def _mention(
    scene: Scene,
    identity: str,
    post: str,
    node: Mapping[str, Any] | None,
    at: float,
) -> MessageReceived:
    """Return a mention; one that was looked up is a later version of the one without words."""
    found = node or {}
    words = text(found.get("text")) or text(found.get("caption"))
    author = _author(found)
    media = []
    if url := text(found.get("media_url")):
        media.append(Media(kind=(text(found.get("media_type")) or "image").lower(), url=url))
    notes = [] if words else [MENTIONED]
    route = {"via": scene.feed, "media_id": post, "comment_id": identity if identity != post else "", "elsewhere": "1"}
    kind = MessageEdited if node is not None else MessageReceived
    return kind(
        message_id=identity,
        thread=Thread(id=post, audience=Audience.PUBLIC),
        author=author,
        text=words or "",
        kind="comment" if identity != post else "post",
        sent_at=datetime.fromtimestamp(at, timezone.utc) if at else None,
        addresses_us=True,
        revision=f"{int(at):010d}" if node is not None else "",
        media=tuple(media),
        permalink=text(found.get("permalink")),
        route={key: one for key, one in route.items() if one},
        notes=tuple(notes),
        missing=(Missing.TEXT,) if node is None else (),
    )


# --- as the API lists them ------------------------------------------------------------------------------------------
def read_media_node(node: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    """Yield the comments below one of our posts, with their answers. The post itself is ours, and names our handle."""
    handle = text(node.get("username")) or ""
    post, link = remote_id(node.get("id")), text(node.get("permalink"))
    comments = [mapping(one) for one in items(mapping(node.get("comments")).get("data"))]
    for comment in comments:
        yield from read_comment_node(comment, scene, post=post, permalink=link, our_handle=handle)
    if not comments:
        yield _at(node), Ignored(message_id=post, reason="our own post without new comments")


def read_comment_node(
    node: Mapping[str, Any],
    scene: Scene,
    *,
    post: str,
    parent: str = "",
    permalink: str | None = None,
    our_handle: str = "",
) -> Iterator[Dated]:
    """Yield a comment and the answers that came with it."""
    identity = remote_id(node.get("id"))
    media = mapping(node.get("media"))
    post, our_handle = remote_id(media.get("id")) or post, our_handle or text(media.get("username")) or ""
    if not identity:
        yield 0.0, Unknown(reason="Instagram listed a comment without an id.")
        return
    above = remote_id(node.get("parent_id")) or parent
    at, where = _at(node), post or above or identity
    yield at, _comment(node, scene, identity, where, above, notes=[], at=at, permalink=permalink, our_handle=our_handle)
    for answer in map(mapping, items(mapping(node.get("replies")).get("data"))):
        yield from read_comment_node(answer, scene, post=post, parent=identity, permalink=permalink, our_handle=our_handle)


def read_tagged_node(node: Mapping[str, Any], scene: Scene) -> Dated:
    """Return a post of somebody else in which we are tagged."""
    identity, at = remote_id(node.get("id")), _at(node)
    if not identity:
        return at, Unknown(reason="Instagram listed a post without an id.")
    return at, _mention(scene, identity, identity, node, at)


def read_looked_up(root: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    """Yield mentions that were looked up by their ids (`mentioned_comment`, `mentioned_media`)."""
    comment, media = mapping(root.get("mentioned_comment")), mapping(root.get("mentioned_media"))
    for node in (comment, media):
        if identity := remote_id(node.get("id")):
            post = remote_id(mapping(node.get("media")).get("id")) or identity
            yield _at(node), _mention(scene, identity, post, node, _at(node))


def _at(node: Mapping[str, Any]) -> float:
    when = moment(node.get("timestamp"))
    return when.timestamp() if when else 0.0
