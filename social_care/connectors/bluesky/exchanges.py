"""Recorded calls to a Bluesky server → events: the call's name in the address tells what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_care.connectors.bluesky.addresses import POST, make_uri
from social_care.connectors.bluesky.errors import classify, unreadable_success
from social_care.connectors.bluesky.parse import own_id_in, parse_value
from social_care.connectors.bluesky.posts import Scene, thread_of
from social_care.connectors.kit.reading import decoded, identifier, items, mapping, text
from social_care.core.errors import UnreadablePayload
from social_care.core.events import (
    Audience,
    CallFailed,
    DeliveryReported,
    Event,
    Fate,
    Ignored,
    MessageDeleted,
    Thread,
)
from social_care.core.payloads import Exchange

NOT_A_FEED = (Ignored(reason="not a feed"),)
FEEDS = {
    "app.bsky.notification.listNotifications": "mentions",
    "chat.bsky.convo.getLog": "direct_messages",
    "chat.bsky.convo.getMessages": "direct_messages",
    "chat.bsky.convo.listConvos": "direct_messages",
    "chat.bsky.convo.listConvoRequests": "direct_messages",
    "chat.bsky.convo.getConvo": "direct_messages",
    "chat.bsky.convo.getConvoForMembers": "direct_messages",
}
PAGES = frozenset(
    f"app.bsky.feed.{name}"
    for name in ("getPosts", "getPostThread", "getAuthorFeed", "getTimeline", "getFeed", "getListFeed", "getQuotes")
) | {"app.bsky.unspecced.getPostThreadV2", "app.bsky.unspecced.getPostThreadOtherV2"}
"""Calls that answer posts of no feed of ours."""
CREATIONS = frozenset({"com.atproto.repo.createRecord", "com.atproto.repo.putRecord"})
MESSAGES = frozenset({"chat.bsky.convo.sendMessage", "chat.bsky.convo.sendMessageBatch"})


def split_url(url: object) -> tuple[str, dict[str, list[str]]]:
    """Return the call's name and the query of a URL, empty where it is none."""
    try:
        parts = urlsplit(text(url) or "")
        return parts.path.rstrip("/").rpartition("/xrpc/")[2], parse_qs(parts.query)
    except ValueError:
        return "", {}


def feed_of(url: object) -> str:
    """Return the feed that a call of this address reads, "webhook" for pages that are no one feed's, "" for no page."""
    name, query = split_url(url)
    if name in ("app.bsky.feed.searchPosts", "app.bsky.feed.searchPostsV2"):
        return "search:" + (query.get("q") or query.get("query") or [""])[0]
    return FEEDS.get(name) or ("webhook" if name in PAGES else "")


def account_id_of(exchange: Exchange) -> str:
    """Return our own DID where the server says whose session it is, or the call in whose repository it writes."""
    name, _ = split_url(exchange.url)
    if name.startswith("com.atproto.server."):
        return own_id_in(decoded(exchange.body))
    if name.startswith("com.atproto.repo.") and exchange.method.upper() == "POST":
        repo = identifier(mapping(decoded(exchange.request_body)).get("repo"))
        return repo if repo.startswith("did:") else ""
    if name == "chat.bsky.convo.sendMessage":
        return identifier(mapping(mapping(decoded(exchange.body)).get("sender")).get("did"))
    return ""


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    name, query = split_url(exchange.url)
    asked = mapping(decoded(exchange.request_body))
    if name in CREATIONS:
        return _created(name, asked, mapping(body))
    if name in MESSAGES:
        return _sent(asked, mapping(body))
    if name == "com.atproto.repo.deleteRecord":
        return _deleted(asked)
    feed = feed_of(exchange.url)
    if not feed:
        return NOT_A_FEED
    if not isinstance(body, dict):
        raise UnreadablePayload("The server's answer is not a JSON object.")
    convo = query.get("convoId", [""])[0]
    return parse_value({"convoId": convo, **body} if convo else body, Scene(us=us, feed=feed))


def _created(name: str, asked: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    if asked.get("collection") != POST:
        return NOT_A_FEED
    uri, record = identifier(body.get("uri")), mapping(asked.get("record"))
    if not uri:
        return (CallFailed(error=unreadable_success()),)
    if name.endswith("putRecord"):
        return (Ignored(message_id=uri, reason="a post of ours was overwritten, which the app does not show"),)
    words = text(record.get("text")) or ""
    return (DeliveryReported(message_id=uri, fate=Fate.SENT, thread=thread_of(record, uri), text=words),)


def _sent(asked: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the fate of messages that were sent; of several at once the call's own items name the conversations."""
    several = items(asked.get("items"))
    answers = items(body.get("items")) if several else [body]
    found: list[Event] = []
    for place, one in enumerate(map(mapping, answers)):
        request = mapping(several[place]) if place < len(several) else asked
        convo, identity = identifier(request.get("convoId")), identifier(one.get("id"))
        if not identity:
            found.append(CallFailed(error=unreadable_success()))
            continue
        thread = Thread(id=convo, audience=Audience.PRIVATE) if convo else None
        words = text(one.get("text")) or ""
        found.append(DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words))
    return tuple(found) or (CallFailed(error=unreadable_success()),)


def _deleted(asked: Mapping[str, Any]) -> tuple[Event, ...]:
    repo, rkey = identifier(asked.get("repo")), identifier(asked.get("rkey"))
    if asked.get("collection") != POST or not repo or not rkey:
        return NOT_A_FEED
    return (MessageDeleted(message_id=identifier(make_uri(repo, POST, rkey)), author_id=repo),)
