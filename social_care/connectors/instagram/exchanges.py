"""Recorded calls to Instagram's API → events: the address tells what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.instagram.parse import TITLE, parse_listing
from social_care.connectors.kit.reading import decoded, mapping, text
from social_care.connectors.meta.addresses import path_of, request_of
from social_care.connectors.meta.conversations import account_of
from social_care.connectors.meta.envelope import Scene, remote_id
from social_care.connectors.meta.errors import classify, unreadable_success
from social_care.connectors.meta.sent import NOT_A_FEED, messaged
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Audience, CallFailed, DeliveryReported, Event, Fate, Ignored, MessageDeleted, Thread
from social_care.core.payloads import Exchange

LISTED = frozenset({"media", "live_media", "tags", "conversations", "messages"})
OF_THE_ACCOUNT = LISTED | {"stories", "mentions", "subscribed_apps"}
FEEDS = LISTED | {"comments", "replies"}


def account_id_of(exchange: Exchange) -> str:
    """Return our account's id as the call's address, or the message it returned, names it; ""."""
    path, body = path_of(exchange.url), mapping(decoded(exchange.body))
    if len(path) > 1 and path[0].isdecimal() and path[1] in OF_THE_ACCOUNT:
        return path[0]
    if "mentioned_comment" in body or "mentioned_media" in body:
        return remote_id(body.get("id"))
    return account_of(body) if _is_message(path, body) else ""


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(TITLE, exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    path, method = path_of(exchange.url), exchange.method.upper()
    us = us or account_id_of(exchange)
    if method == "POST" and len(path) == 2 and path[1] in {"replies", "comments", "mentions"}:
        return _commented(path[0], request_of(exchange), mapping(body))
    if method == "POST" and len(path) == 2 and path[1] == "messages":
        return messaged(request_of(exchange), mapping(body), TITLE)
    if method == "DELETE" and len(path) == 1 and path[0].isdecimal():
        if mapping(body).get("success") is True:
            return (MessageDeleted(message_id=path[0]),)
        return (Ignored(reason="Instagram did not delete it"),)
    if method != "GET" or not _is_feed(path, mapping(body)):
        return NOT_A_FEED
    if not isinstance(body, dict):
        raise UnreadablePayload("Instagram's answer is not JSON.")
    direct = path[-1] in {"conversations", "messages"} or _is_message(path, body) or "messages" in body
    kind = path[1] if len(path) == 2 and path[1] in {"comments", "replies", "tags"} else ""
    feed = "direct_messages" if direct else "mentions"
    return parse_listing(body, Scene(us=us, title=TITLE, feed=feed), kind=kind, of=path[0] if kind else "")


def _is_feed(path: list[str], body: Mapping[str, Any]) -> bool:
    if len(path) == 2:
        return path[1] in FEEDS
    known = any(name in body for name in ("messages", "comments", "mentioned_comment", "mentioned_media", "text"))
    return len(path) == 1 and (known or _is_message(path, body))


def _is_message(path: list[str], body: Mapping[str, Any]) -> bool:
    return len(path) == 1 and "to" in body and "from" in body


def _commented(target: str, request: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    identity = remote_id(body.get("id"))
    if not identity:
        return (CallFailed(error=unreadable_success(TITLE)),)
    # Instagram's answer names no post: the comment that was answered stands in.
    post = remote_id(request.get("media_id")) or target
    words = text(request.get("message")) or ""
    thread = Thread(id=post, audience=Audience.PUBLIC)
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)
