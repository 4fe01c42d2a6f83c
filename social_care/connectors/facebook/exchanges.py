"""Recorded calls to the Graph API about a Page → events: the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_care.connectors.facebook.parse import TITLE, parse_listing
from social_care.connectors.kit.reading import items, mapping, text
from social_care.connectors.meta.addresses import decoded, path_of
from social_care.connectors.meta.conversations import account_of
from social_care.connectors.meta.envelope import Scene, remote_id
from social_care.connectors.meta.errors import classify, unreadable_success
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Audience, CallFailed, DeliveryReported, Event, Fate, Ignored, MessageDeleted, Thread
from social_care.core.payloads import Exchange

NOT_A_FEED = (Ignored(reason="not a feed"),)
FEEDS = frozenset({"feed", "posts", "published_posts", "tagged", "visitor_posts", "conversations"})
OF_THE_PAGE = FEEDS | {"messages", "subscribed_apps"}


def account_id_of(exchange: Exchange) -> str:
    """Return our Page's id as the call's address, or the message it returned, names it; ""."""
    path = path_of(exchange.url)
    page, _, rest = (path[0] if path else "").partition("_")
    if len(path) > 1 and page.isdecimal():
        if path[1] in OF_THE_PAGE:
            return page
        if path[1] == "comments" and rest and exchange.method.upper() == "GET":
            listed = items(mapping(decoded(exchange.body)).get("data"))
            halves = {str(mapping(node).get("id") or "").partition("_")[0] for node in listed}
            return "" if page in halves else page
    body = mapping(decoded(exchange.body))
    return account_of(body) if _is_message(path, body) else ""


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(TITLE, exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    path, method = path_of(exchange.url), exchange.method.upper()
    us = us or account_id_of(exchange)
    if method == "POST" and len(path) == 2 and path[1] == "comments":
        return _commented(path[0], mapping(decoded(exchange.request_body)), mapping(body), us)
    if method == "POST" and len(path) == 2 and path[1] == "messages":
        return _messaged(mapping(decoded(exchange.request_body)), mapping(body))
    if method == "DELETE" and len(path) == 1 and "_" in path[0]:
        if mapping(body).get("success") is True:
            return (MessageDeleted(message_id=remote_id(path[0]), author_id=None),)
        return (Ignored(reason="Facebook did not delete it"),)
    if method != "GET" or not _is_feed(path, mapping(body)):
        return NOT_A_FEED
    if not isinstance(body, dict):
        raise UnreadablePayload("Facebook's answer is not JSON.")
    asked = "from" in (parse_qs(_query(exchange.url)).get("fields") or [""])[0]
    of = path[0] if len(path) > 1 and path[1] == "comments" else ""
    direct = path[-1] in {"conversations", "messages"} or (len(path) == 1 and "comments" not in body)
    feed = "direct_messages" if direct else "mentions"
    return parse_listing(body, Scene(us=us, title=TITLE, feed=feed), of=of, authors_told=asked)


def _is_feed(path: list[str], body: Mapping[str, Any]) -> bool:
    if len(path) == 2:
        return path[1] in FEEDS | {"comments", "messages"}
    return len(path) == 1 and ("messages" in body or "comments" in body or _is_message(path, body))


def _is_message(path: list[str], body: Mapping[str, Any]) -> bool:
    """Tell whether a single private message was asked for; a post's id is PAGE_POST."""
    return len(path) == 1 and "to" in body and "from" in body and not re.fullmatch(r"\d+_\d+", path[0])


def _query(url: object) -> str:
    try:
        return urlsplit(text(url) or "").query
    except ValueError:
        return ""


def _commented(target: str, request: Mapping[str, Any], body: Mapping[str, Any], us: str) -> tuple[Event, ...]:
    identity = remote_id(body.get("id"))
    if not identity:
        return (CallFailed(error=unreadable_success(TITLE)),)
    # The answer names no post: the first half of the new comment's id is the post's second.
    half = identity.partition("_")[0]
    post = target if target.endswith(f"_{half}") else f"{us}_{half}" if us else target
    words = text(request.get("message")) or ""
    thread = Thread(id=post, audience=Audience.PUBLIC)
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)


def _messaged(request: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    identity, person = remote_id(body.get("message_id")), remote_id(body.get("recipient_id"))
    if not identity:
        if body.get("success") is True or person:
            return NOT_A_FEED  # a sign that somebody is typing, or that a message was seen
        return (CallFailed(error=unreadable_success(TITLE)),)
    thread = Thread(id=person, audience=Audience.PRIVATE) if person else None
    words = text(mapping(request.get("message")).get("text")) or ""
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)
