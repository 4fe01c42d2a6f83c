"""Recorded calls to X → events: the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_care.connectors.kit.reading import decoded, identifier, items, mapping, text
from social_care.connectors.x.direct_messages import conversation_of, normal_conversation
from social_care.connectors.x.errors import classify, unreadable_success
from social_care.connectors.x.parse import LOOKUP, parse_body, parse_value
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
    Unknown,
)
from social_care.core.payloads import Exchange

NOT_A_FEED = (Ignored(reason="a call that brings or sends no messages"),)
NOTHING_NEW = (Ignored(reason="an answer without content"),)
FEEDS: tuple[tuple[str, str], ...] = (
    (r"/2/users/[^/]+/mentions", "mentions"),
    (r"/2/users/[^/]+/tweets", "own_posts"),
    (r"/2/tweets/\d+/(?:quote_tweets|retweets)|/2/users/[^/]+/timelines/reverse_chronological", "others_posts"),
    (r"/2/tweets/search/(?:recent|all)", "search:"),
    (r"/2/tweets/search/stream", "search:stream"),
    (r"/2/dm_events(?:/[^/]+)?|/2/dm_conversations/(?:with/)?[^/]+/dm_events", "direct_messages"),
    (r"/2/tweets(?:/\d+)?", LOOKUP),
    (r"/2/activity/stream", "webhook"),
)
STREAMS = {"search:stream", "webhook"}
DM_PAGES = re.compile(r"/2/dm_conversations/(with/)?([^/]+)/dm_events")
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
    body = decoded(exchange.body) if path == "/2/users/me" else None
    return identifier(mapping(mapping(body).get("data")).get("id"))


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    path, _ = split_url(exchange.url)
    method = exchange.method.upper()
    if method == "POST" and path == "/2/tweets":
        return _posted(mapping(decoded(exchange.request_body)), mapping(body))
    if method == "POST" and DM_SENDS.fullmatch(path):
        return _messaged(mapping(decoded(exchange.request_body)), mapping(body))
    if method == "DELETE" and (found := re.fullmatch(r"/2/tweets/([^/]+)", path)):
        if mapping(mapping(body).get("data")).get("deleted") is True:
            return (MessageDeleted(message_id=found.group(1), author_id=us or None),)
        return (Ignored(reason="X did not delete the post"),)
    feed = feed_of(exchange.url) if method == "GET" else ""
    if not feed:
        return NOT_A_FEED
    us = us or account_id_of(exchange)
    if exchange.status == 204:
        return NOTHING_NEW
    if isinstance(body, str) and feed in STREAMS:
        return tuple(_streamed(body, feed, us))
    if body is None or isinstance(body, str):
        raise UnreadablePayload("X's answer is not JSON.")
    if found := DM_PAGES.fullmatch(path):
        body = _with_conversation(body, _asked_for(found, us))
    return parse_value(body, feed=feed, us=us)


def _streamed(body: str, feed: str, us: str) -> Iterator[Event]:
    """Yield the events of a recorded stream, a JSON document a line; blank lines only keep it alive."""
    for line in filter(None, map(str.strip, body.splitlines())):
        try:
            yield from parse_body(line, feed=feed, us=us)
        except UnreadablePayload as error:
            yield Unknown(reason=f"A line of the stream: {error}")


def _asked_for(found: re.Match[str], us: str) -> str:
    """Return the conversation that an address asks for, "" when it names only the other person and we are unknown."""
    other = found.group(2)
    if not found.group(1):
        return normal_conversation(other)
    return conversation_of(other, us) if us else ""


def _with_conversation(body: object, conversation: str) -> object:
    """Return a page whose messages name their conversation: with X's default fields only the address does."""
    page = mapping(body)
    if not conversation or not isinstance(page.get("data"), list):
        return body
    return {**page, "data": [{"dm_conversation_id": conversation, **mapping(one)} for one in items(page["data"])]}


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
