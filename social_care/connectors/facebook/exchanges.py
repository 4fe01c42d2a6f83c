"""Recorded calls to the Graph API about a Page → events: the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from social_care.connectors.facebook.parse import TITLE, parse_listing, place_of_comment
from social_care.connectors.kit.reading import decoded, items, mapping, text
from social_care.connectors.meta.addresses import path_of, query_of, request_of
from social_care.connectors.meta.conversations import account_of
from social_care.connectors.meta.envelope import Scene, remote_id
from social_care.connectors.meta.errors import classify, unreadable_success
from social_care.connectors.meta.sent import NOT_A_FEED, messaged
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Audience, CallFailed, DeliveryReported, Event, Fate, Ignored, MessageDeleted, Thread
from social_care.core.payloads import Exchange

FEEDS = frozenset({"feed", "posts", "published_posts", "tagged", "visitor_posts", "conversations", "ratings"})
PIECE = re.compile(r"\d+_\d+")
OF_COMMENTS = ("parent", "can_reply_privately", "can_hide", "can_comment", "comment_count", "like_count", "attachment")
OF_POSTS = ("attachments", "full_picture", "status_type", "story", "is_published", "comments", "shares", "updated_time")
"""What only comments, and only posts, are asked for.

Source: https://developers.facebook.com/docs/graph-api/reference/comment,
https://developers.facebook.com/docs/graph-api/reference/page-post (read 2026-11).
"""
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
        return _commented(path[0], request_of(exchange), mapping(body), us)
    if method == "POST" and len(path) == 2 and path[1] == "messages":
        return messaged(request_of(exchange), mapping(body), TITLE)
    if method == "DELETE" and len(path) == 1 and "_" in path[0]:
        if mapping(body).get("success") is True:
            return (MessageDeleted(message_id=remote_id(path[0]), author_id=None),)
        return (Ignored(reason="Facebook did not delete it"),)
    if method != "GET" or not _is_feed(path, mapping(body)):
        return NOT_A_FEED
    if not isinstance(body, dict):
        raise UnreadablePayload("Facebook's answer is not JSON.")
    asked = "from" in query_of(exchange.url).get("fields", "")
    direct = path[-1] in {"conversations", "messages"} or "messages" in body or _is_message(path, body)
    scene = Scene(us=us, title=TITLE, feed="direct_messages" if direct else "mentions")
    of = path[0] if len(path) > 1 and path[1] == "comments" else ""
    if len(path) == 1 and not direct and _is_comment(path[0], body, us):
        of = place_of_comment(path[0], us)
    return parse_listing(body, scene, of=of, reviews=path[-1] == "ratings", authors_told=asked or "from" in body)


def _is_feed(path: list[str], body: Mapping[str, Any]) -> bool:
    if len(path) == 2:
        return path[1] in FEEDS | {"comments", "messages"}
    if len(path) != 1:
        return False
    return "messages" in body or "comments" in body or _is_message(path, body) or _is_piece(path, body)


def _is_piece(path: list[str], body: Mapping[str, Any]) -> bool:
    """Tell whether a single post or comment was asked for, with something to read in it."""
    return bool(PIECE.fullmatch(path[0])) and ("message" in body or "from" in body)


def _is_comment(identity: str, body: Mapping[str, Any], us: str) -> bool:
    """Tell a comment (POST_COMMENT) from a post (PAGE_POST), whose ids look alike."""
    if any(name in body for name in OF_COMMENTS) or "comment_id=" in (text(body.get("permalink_url")) or ""):
        return True
    return bool(us) and not identity.startswith(f"{us}_") and not any(name in body for name in OF_POSTS)


def _is_message(path: list[str], body: Mapping[str, Any]) -> bool:
    """Tell whether a single private message was asked for; a post's id is PAGE_POST."""
    return len(path) == 1 and "to" in body and "from" in body and not PIECE.fullmatch(path[0])


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
