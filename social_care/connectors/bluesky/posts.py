"""Posts, as records, views and notifications show them → events.

Source: lexicons app.bsky.feed.post, app.bsky.feed.defs, com.atproto.label.defs (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from social_care.connectors.bluesky.addresses import owner_of, read_uri, web_address
from social_care.connectors.bluesky.embeds import quoted, read_media, read_notes
from social_care.connectors.bluesky.people import INVALID_HANDLE, labels_of, read_author
from social_care.connectors.bluesky.text import features_of, shown
from social_care.connectors.kit.reading import identifier, items, mapping, moment, text
from social_care.core.events import Audience, Event, Ignored, MessageReceived, Thread, Unknown

MENTION = "app.bsky.richtext.facet#mention"
POST_TYPE = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What surrounds a post: our own DID ("" unknown), the feed, whether it turns to us, or stands below a post of ours."""

    us: str
    feed: str = "webhook"
    to_us: bool = False
    on_our_ground: bool = False


def read_post(view: Mapping[str, Any], scene: Scene) -> Event:
    """Return the event of one post: `uri`, `cid`, `author`, `record`, and what the view of it has more.

    Its time is that of its record, which its author's app wrote; one in the future counts from when it was indexed.
    """
    uri, record = identifier(view.get("uri")), mapping(view.get("record"))
    if read_uri(uri) is None:
        return Unknown(reason="The server sent a post without an address.")
    if "text" not in record:
        return Unknown(message_id=uri, reason="The server told of a post without showing it.")
    did, reply = owner_of(uri), mapping(record.get("reply"))
    root, parent = _uri_in(reply.get("root")), _uri_in(reply.get("parent"))
    ours = bool(scene.us) and did == scene.us
    written, indexed = moment(record.get("createdAt")), moment(view.get("indexedAt"))
    return MessageReceived(
        message_id=uri,
        thread=Thread(id=root or parent or uri, audience=Audience.PUBLIC),
        author=read_author({**mapping(view.get("author")), "did": did}),
        text=shown(text(record.get("text")) or "", record.get("facets")),
        sent_at=min(written, indexed) if written and indexed else written or indexed,
        addresses_us=not ours and _turns_to_us(record, parent, scene),
        parent_id=parent or None,
        parent_author_id=owner_of(parent) or None,
        media=read_media(view.get("embed"), did) or read_media(record.get("embed"), did),
        permalink=web_address(uri),
        language=next((one[:20] for one in map(text, items(record.get("langs"))) if one), None),
        route=_route(view, scene.feed),
        notes=() if ours else _notes(view, record),
        on_our_ground=not ours and (scene.on_our_ground or (bool(scene.us) and owner_of(root) == scene.us)),
    )


def thread_of(record: Mapping[str, Any], uri: str) -> Thread:
    """Return where a post of ours stands."""
    reply = mapping(record.get("reply"))
    return Thread(id=_uri_in(reply.get("root")) or _uri_in(reply.get("parent")) or uri, audience=Audience.PUBLIC)


def read_other(view: Mapping[str, Any]) -> Event:
    """Return the event of a record that is no post."""
    kind = text(mapping(view.get("record")).get("$type")) or "a record"
    return Ignored(message_id=identifier(view.get("uri")), reason=f"no post, but {kind[:60]}")


def _uri_in(reference: object) -> str:
    uri = identifier(mapping(reference).get("uri"))
    return uri if read_uri(uri) else ""


def _turns_to_us(record: Mapping[str, Any], parent: str, scene: Scene) -> bool:
    if scene.to_us or scene.feed.startswith("search:"):
        return True
    if not scene.us:
        return False
    mentioned = [one.get("did") for one in features_of(record.get("facets")) if one.get("$type") == MENTION]
    return scene.us in (*mentioned, owner_of(parent), owner_of(quoted(record.get("embed"))))


def _route(view: Mapping[str, Any], feed: str) -> dict[str, str]:
    found = {"via": feed, "cid": identifier(view.get("cid"))}
    if mapping(view.get("viewer")).get("replyDisabled") is True:
        found["reply_disabled"] = "1"
    return {name: value for name, value in found.items() if value}


def _notes(view: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, ...]:
    author, uri = mapping(view.get("author")), identifier(view.get("uri"))
    found = list(read_notes(view.get("embed")) or read_notes(record.get("embed")))
    if author.get("handle") == INVALID_HANDLE:
        found.append("The author's handle does not lead back to this account, so it is not shown.")
    own = [text(mapping(one).get("val")) for one in items(mapping(record.get("labels")).get("values"))]
    if own := [one[:128] for one in own if one]:
        found.append(f"The author marked it as: {', '.join(own[:5])}.")
    if labels := [one for one in labels_of(view) if one not in own]:
        found.append(f"Moderators labelled it: {', '.join(labels[:5])}.")
    # A profile's view may carry labels of its own posts, too.
    about_author = {"labels": [one for one in items(author.get("labels")) if mapping(one).get("uri") != uri]}
    if "bot" in (labels := labels_of(about_author)):
        found.append("The author is marked as a bot.")
    if labels := [one for one in labels if one != "bot" and not one.startswith("!no-")]:
        found.append(f"The author's account is labelled: {', '.join(labels[:5])}.")
    if mapping(view.get("viewer")).get("replyDisabled") is True:
        found.append("Its author lets only some people answer, and this account is not among them.")
    return tuple(found)
