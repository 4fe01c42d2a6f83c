"""Bodies of Bluesky → events. Total: whatever comes in, out come events or UnreadablePayload.

A body is what one call answers: notifications, posts, a thread, a feed, the log of conversations, messages of one. Our own
pages put beside each other what several calls answered: notifications and the posts they are about.
Source: lexicons app.bsky.notification.listNotifications, app.bsky.feed.*, chat.bsky.convo.*,
https://docs.bsky.app/docs/api (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from social_care.connectors.bluesky.addresses import make_uri, owner_of
from social_care.connectors.bluesky.direct_messages import Talk, people_in, read_log, read_message
from social_care.connectors.bluesky.posts import POST_TYPE, Scene, read_other, read_post
from social_care.connectors.kit.reading import EPOCH, identifier, items, load_json, mapping, moment, text
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Ignored, MessageDeleted, MessageReceived, Unknown

TURNS_TO_US = frozenset({"mention", "reply", "quote"})
IGNORED_REASONS: dict[str, str] = {
    "like": "a like",
    "repost": "a repost",
    "follow": "somebody followed",
    "starterpack-joined": "somebody joined by a starter pack",
    "verified": "the account was verified",
    "unverified": "the account is no longer verified",
    "like-via-repost": "a like of something reposted",
    "repost-via-repost": "a repost of something reposted",
    "subscribed-post": "a post of somebody whom the account watches",
    "contact-match": "somebody known from an address book is here, too",
}
LONGEST_NOTE = 200
LISTS = {"posts": "", "feed": "post", "quotes": ""}
"""Arrays of views, and under which name each entry holds its post ("": it is one)."""


def parse_body(raw: bytes | str, *, feed: str, us: str) -> tuple[Event, ...]:
    """Return the events of a raw body; `us` is our own DID, "" when unknown. Raises: UnreadablePayload."""
    return parse_value(load_json(raw), Scene(us=us, feed=feed))


def parse_value(root: object, scene: Scene) -> tuple[Event, ...]:
    """Return the events of a decoded body, oldest first where it tells. Raises: UnreadablePayload."""
    body = mapping(root)
    if isinstance(body.get("notifications"), list):
        return tuple(_read_notifications(body, scene))
    if isinstance(body.get("logs"), list):
        return tuple(_read_entry(one, lambda entry: read_log(entry, scene.us, scene.feed)) for one in body["logs"])
    if isinstance(body.get("messages"), list):
        return tuple(_read_messages(body, identifier(body.get("convoId")), scene))
    if isinstance(body.get("convos"), list):
        return tuple(_read_entry(one, lambda entry: _read_convo(entry, scene)) for one in reversed(body["convos"]))
    if isinstance(body.get("convo"), dict):
        return (_read_convo(body["convo"], scene),)
    if isinstance(body.get("thread"), dict):
        return tuple(_read_thread(body["thread"], scene))
    if isinstance(body.get("thread"), list):
        return tuple(_read_entry(one, lambda entry: _read_item(entry, scene)) for one in body["thread"])
    for name, inner in LISTS.items():
        if isinstance(body.get(name), list):
            views = [mapping(one).get(inner) if inner else one for one in body[name]]
            return _read_posts(views, people_in(body.get("profiles")), scene)
    if body.get("kind") in ("commit", "identity", "account"):
        return (_read_streamed(body, scene),)
    if _is_view(body):
        return (_read_view(body, scene),)
    if "did" in body and ("handle" in body or "accessJwt" in body):
        return (Ignored(reason="an account, not a message"),)
    raise UnreadablePayload("Nothing in it is known as something a Bluesky server sends.")


def own_id_in(body: object) -> str:
    """Return the DID of whose session a body describes, "" where it describes none."""
    session = mapping(body)
    return identifier(session.get("did")) if "accessJwt" in session or "emailConfirmed" in session else ""


def _read_entry(entry: object, read: Any) -> Event:
    event: Event = read(entry) if isinstance(entry, dict) else Unknown(reason="The server sent an entry of no known shape.")
    return event


def _is_view(one: Mapping[str, Any]) -> bool:
    return isinstance(one.get("record"), dict) and "uri" in one


# --- posts ----------------------------------------------------------------------------------------------------------
def _read_posts(views: list[Any], people: Mapping[str, Mapping[str, Any]], scene: Scene) -> tuple[Event, ...]:
    """Return the events of views, which come newest first, oldest first; people: their authors, by DID."""

    def read(view: Mapping[str, Any]) -> Event:
        author = _known(mapping(view.get("author")), people)
        return _read_view({**view, "author": author} if author else view, scene)

    return tuple(_read_entry(one, read) for one in sorted(reversed(views), key=_age))


def _known(author: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an author with what the fuller view of that person tells."""
    return {**author, **people.get(identifier(author.get("did")), {})}


def _read_view(view: Mapping[str, Any], scene: Scene) -> Event:
    """Return the event of a view, of whichever kind of record."""
    uri = identifier(view.get("uri"))
    if view.get("notFound") is True:
        return MessageDeleted(message_id=uri, vanished=True) if uri else Unknown(reason="A post is gone, who knows which.")
    if view.get("blocked") is True:
        return Ignored(message_id=uri, reason="a post of somebody who blocked this account, or whom it blocked")
    kind = text(mapping(view.get("record")).get("$type"))
    return read_post(view, scene) if kind in (None, POST_TYPE) else read_other(view)


def _age(view: object) -> datetime:
    one = mapping(view)
    return moment(one.get("indexedAt")) or moment(mapping(one.get("record")).get("createdAt")) or EPOCH


def _read_notifications(body: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    """Yield what notifications tell, with the posts that were fetched for them; those around come as what they are."""
    views = {identifier(one.get("uri")): one for one in map(mapping, items(body.get("posts")))}
    people = people_in(body.get("profiles"))
    entries = body["notifications"]
    told = {identifier(mapping(one).get("uri")) for one in entries}
    around = [one for uri, one in views.items() if uri not in told]
    for one in sorted([*around, *reversed(entries)], key=_age):
        if not isinstance(one, dict):
            yield Unknown(reason="The server sent a notification of no known shape.")
        elif "reason" in one:
            yield _read_notification(one, views, people, scene)
        elif _begins_ours(one, scene):
            yield Ignored(message_id=identifier(one.get("uri")), reason="our own post, which a message is about")
        else:
            yield _read_view(one, scene)


def _begins_ours(view: Mapping[str, Any], scene: Scene) -> bool:
    """Tell whether a post is ours and answers nobody."""
    ours = bool(scene.us) and owner_of(identifier(view.get("uri"))) == scene.us
    return ours and "reply" not in mapping(view.get("record"))


def _read_notification(
    entry: Mapping[str, Any],
    views: Mapping[str, Mapping[str, Any]],
    people: Mapping[str, Mapping[str, Any]],
    scene: Scene,
) -> Event:
    reason, uri = text(entry.get("reason")) or "", identifier(entry.get("uri"))
    view = views.get(uri, {})
    if reason in IGNORED_REASONS:
        return Ignored(message_id=uri, reason=IGNORED_REASONS[reason])
    record = mapping(entry.get("record"))
    kind = text(record.get("$type"))
    if kind == "app.bsky.notification.defs#recordDeleted":
        return _deleted(uri)
    if reason not in TURNS_TO_US:
        return Unknown(message_id=uri, reason=f"The server sent a notification of an unknown kind: {reason[:60] or 'none'}.")
    if kind not in (None, POST_TYPE):
        return Unknown(message_id=uri, reason=f"The server told of a {reason} that is no post.")
    author = _known(mapping(entry.get("author")), people)
    shown = {**view, **entry, "author": author, "labels": entry.get("labels") or view.get("labels")}
    event = read_post(shown, _scene_of(entry, record, reason, scene))
    about = views.get(identifier(entry.get("reasonSubject")), {})
    if isinstance(event, MessageReceived) and _begins_ours(about, scene):
        words = (text(mapping(about.get("record")).get("text")) or "").strip()[:LONGEST_NOTE]
        return replace(event, notes=(f"It is about our post: “{words}”.", *event.notes))
    return event


def _scene_of(entry: Mapping[str, Any], record: Mapping[str, Any], reason: str, scene: Scene) -> Scene:
    """Tell whether a notification is about somebody who turned to us.

    Of an answer to somebody else below a post of ours Bluesky tells us, too.
    Source: packages/bsky/src/data-plane/server/indexing/plugins/post.ts of atproto (read 2026-11).
    """
    if reason != "reply":
        return replace(scene, to_us=True)
    reply, ours = mapping(record.get("reply")), identifier(entry.get("reasonSubject"))
    parent, root = (identifier(mapping(reply.get(name)).get("uri")) for name in ("parent", "root"))
    return replace(scene, to_us=not ours or parent == ours, on_our_ground=bool(ours) and root == ours)


def _read_thread(root: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    """Yield the posts of a thread: what is above it, from the top, itself, then what is below it."""
    above: list[Mapping[str, Any]] = []
    one: Mapping[str, Any] = root
    while one:
        above.append(one)
        one = mapping(one.get("parent"))
    below: list[Any] = []
    waiting = list(items(root.get("replies")))
    while waiting:
        answer = waiting.pop(0)
        below.append(answer)
        waiting += items(mapping(answer).get("replies"))
    for one in (*reversed(above), *below):
        post = mapping(one).get("post")
        yield _read_entry(post if isinstance(post, dict) else one, lambda entry: _read_view(entry, scene))


def _read_item(item: Mapping[str, Any], scene: Scene) -> Event:
    """Return the event of one entry of a flat thread, which its server has put in order.

    Source: lexicon app.bsky.unspecced.getPostThreadV2 (read 2026-11).
    """
    value, uri = mapping(item.get("value")), item.get("uri")
    kind = (text(value.get("$type")) or "").rpartition("#")[2]
    if kind == "threadItemNoUnauthenticated":
        return Ignored(message_id=identifier(uri), reason="a post that is shown to signed-in people only")
    state = {"threadItemNotFound": {"notFound": True}, "threadItemBlocked": {"blocked": True}}.get(kind, {})
    return _read_view({"uri": uri, **mapping(value.get("post")), **state}, scene)


def _deleted(uri: str) -> Event:
    """Return that somebody deleted a post."""
    if not owner_of(uri):
        return Unknown(reason="A deletion that does not say of what.")
    return MessageDeleted(message_id=uri, author_id=owner_of(uri))


# --- conversations --------------------------------------------------------------------------------------------------
def _read_messages(body: Mapping[str, Any], convo_id: str, scene: Scene) -> Iterator[Event]:
    """Yield the messages of one conversation, which come newest first, oldest first."""
    people = people_in(body.get("relatedProfiles")) | people_in(body.get("members"))
    talk = Talk(convo_id=convo_id, us=scene.us, feed=scene.feed, people=people)
    for one in reversed(body["messages"]):
        yield _read_entry(one, lambda entry: read_message(entry, talk))


def _read_convo(convo: Mapping[str, Any], scene: Scene) -> Event:
    last = mapping(convo.get("lastMessage"))
    if not last:
        return Ignored(reason="a conversation without a message")
    people = people_in(convo.get("members"))
    return read_message(last, Talk(convo_id=identifier(convo.get("id")), us=scene.us, feed=scene.feed, people=people))


# --- the stream -----------------------------------------------------------------------------------------------------
def _read_streamed(body: Mapping[str, Any], scene: Scene) -> Event:
    """Return what one event of the network's stream tells, in the form of Jetstream.

    Source: https://github.com/bluesky-social/jetstream (read 2026-11).
    """
    commit, did = mapping(body.get("commit")), identifier(body.get("did"))
    if not commit:
        return Ignored(reason="an account or its handle changed")
    collection, rkey = identifier(commit.get("collection")), identifier(commit.get("rkey"))
    uri, operation = identifier(make_uri(did, collection, rkey)), text(commit.get("operation"))
    if collection != POST_TYPE:
        return Ignored(message_id=uri, reason=f"no post, but {collection[:60] or 'a record'}")
    if operation == "delete":
        return _deleted(uri)
    if operation == "create":
        return read_post({**commit, "uri": uri, "author": {"did": did}}, scene)
    return Unknown(message_id=uri, reason="A post was overwritten, which the app does not do: look at it on the platform.")
