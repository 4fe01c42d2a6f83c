"""Recorded calls to X → events: the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_care.connectors.kit.reading import identifier, load_json, mapping, text
from social_care.connectors.x.direct_messages import normal_conversation
from social_care.connectors.x.errors import classify, unreadable_success
from social_care.connectors.x.parse import LOOKUP, parse_value
from social_care.connectors.x.text import unescape
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
FEEDS: tuple[tuple[str, str], ...] = (
    (r"/2/users/[^/]+/mentions", "mentions"),
    (r"/2/users/[^/]+/tweets", "own_posts"),
    (r"/2/tweets/search/(?:recent|all)", "search:"),
    (r"/2/tweets/search/stream", "search:stream"),
    (r"/2/dm_events(?:/[^/]+)?|/2/dm_conversations/(?:with/)?[^/]+/dm_events", "direct_messages"),
    (r"/2/tweets(?:/\d+)?", LOOKUP),
    (r"/2/activity/stream", "webhook"),
)
DM_SENDS = re.compile(r"/2/dm_conversations(?:/(?:with/)?[^/]+/messages)?")


def split_url(url: object) -> tuple[str, dict[str, list[str]]]:
    """Return path and query of a URL, empty where it is none."""
    try:
        parts = urlsplit(text(url) or "")
        return parts.path.rstrip("/"), parse_qs(parts.query)
    except ValueError:
        return "", {}


def feed_of(url: object) -> str:
    """Return the feed that a GET of this address reads, "" when it is none."""
    path, query = split_url(url)
    for pattern, feed in FEEDS:
        if re.fullmatch(pattern, path):
            return feed + query.get("query", [""])[0] if feed == "search:" else feed
    return ""


def account_id_of(exchange: Exchange) -> str:
    """Return our own id as the call's address or X's answer to "who am I" names it, or ""."""
    path, _ = split_url(exchange.url)
    if found := re.match(r"/2/users/(\d+)/", path + "/"):
        return found.group(1)
    body = _decoded(exchange.body) if path == "/2/users/me" else None
    return identifier(mapping(mapping(body).get("data")).get("id"))


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = _decoded(exchange.body)
    error = classify(exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    path, _ = split_url(exchange.url)
    method = exchange.method.upper()
    if method == "POST" and path == "/2/tweets":
        return _posted(mapping(_decoded(exchange.request_body)), mapping(body))
    if method == "POST" and DM_SENDS.fullmatch(path):
        return _messaged(mapping(_decoded(exchange.request_body)), mapping(body))
    if method == "DELETE" and (found := re.fullmatch(r"/2/tweets/([^/]+)", path)):
        if mapping(mapping(body).get("data")).get("deleted") is True:
            return (MessageDeleted(message_id=found.group(1), author_id=us or None),)
        return (Ignored(reason="X did not delete the post"),)
    feed = feed_of(exchange.url) if method == "GET" else ""
    if not feed:
        return NOT_A_FEED
    if isinstance(body, str):
        raise UnreadablePayload("X's answer is not JSON.")
    return parse_value(body, feed=feed, us=us or account_id_of(exchange))


def _decoded(body: object) -> Any:
    """Return a body as JSON; text that is none stays text."""
    if not isinstance(body, str | bytes):
        return body
    try:
        return load_json(body)
    except UnreadablePayload:
        return body if isinstance(body, str) else body.decode("utf-8", "replace")


def _posted(request: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    data = mapping(body.get("data"))
    identity = identifier(data.get("id"))
    if not identity:
        return (CallFailed(error=unreadable_success()),)
    answered = identifier(mapping(request.get("reply")).get("in_reply_to_tweet_id"))
    # X's answer names no conversation: for a reply the post it answers stands in, as for the legacy webhooks.
    thread = Thread(id=answered or identity, audience=Audience.PUBLIC)
    words = text(data.get("text")) or text(request.get("text")) or ""
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=unescape(words)),)


def _messaged(request: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    data = mapping(body.get("data"))
    identity, conversation = identifier(data.get("dm_event_id")), identifier(data.get("dm_conversation_id"))
    if not identity:
        return (CallFailed(error=unreadable_success()),)
    thread = Thread(id=normal_conversation(conversation), audience=Audience.PRIVATE) if conversation else None
    words = text(request.get("text")) or text(mapping(request.get("message")).get("text")) or ""
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)
