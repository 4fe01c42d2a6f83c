"""Recorded calls to YouTube → events: the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social_care.connectors.kit.reading import decoded, identifier, mapping, text
from social_care.connectors.youtube.comments import PUBLISHED, REJECTED, Scene, place_of, read_author, words_of
from social_care.connectors.youtube.errors import classify, unreadable_success
from social_care.connectors.youtube.parse import own_id_in, parse_value
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
    VisibilityChanged,
)
from social_care.core.payloads import Exchange

NO_COMMENTS = (Ignored(reason="a call that brings or sends no comments"),)
METHOD = re.compile(r"(?:/.*)?/youtube/v3/(\w+)(?:/(\w+))?")
"""The resource, and what is done to it beyond reading and writing."""


def split_url(url: object) -> tuple[str, str, dict[str, str]]:
    """Return the resource and verb of an address of the API ("" for others), and its query."""
    try:
        parts = urlsplit(text(url) or "")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    except ValueError:
        return "", "", {}
    found = METHOD.fullmatch(parts.path.rstrip("/"))
    return (found.group(1), found.group(2) or "", query) if found else ("", "", query)


def account_id_of(exchange: Exchange) -> str:
    """Return our own id as the call's address, or the answer to it, names it, or ""."""
    resource, _, query = split_url(exchange.url)
    body = mapping(decoded(exchange.body))
    if resource == "channels" and query.get("mine") != "true":
        return ""
    if resource in ("comments", "commentThreads") and exchange.method.upper() in ("POST", "PUT"):
        first = mapping(mapping(body.get("snippet")).get("topLevelComment")) or body
        author = read_author(mapping(first.get("snippet")))
        return author.id if author else ""
    return identifier(query.get("allThreadsRelatedToChannelId")) or own_id_in(body)


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    resource, verb, query = split_url(exchange.url)
    if resource not in ("comments", "commentThreads"):
        return NO_COMMENTS
    method = exchange.method.upper()
    if verb:
        return _moderated(query) if verb == "setModerationStatus" and method == "POST" else NO_COMMENTS
    if method == "POST":
        return _posted(mapping(decoded(exchange.request_body)), mapping(body))
    if method == "DELETE":
        return tuple(MessageDeleted(message_id=one, author_id=us or None) for one in _ids(query)) or NO_COMMENTS
    if method not in ("GET", "PUT"):
        return NO_COMMENTS
    if body is None or isinstance(body, str):
        raise UnreadablePayload("YouTube's answer is not JSON.")
    scene = Scene(
        us=us,
        plain=query.get("textFormat") == "plainText",
        status=query.get("moderationStatus", ""),
        parent=identifier(query.get("parentId")),
    )
    return parse_value(body, scene)


def _ids(query: Mapping[str, str]) -> list[str]:
    return [one for one in map(identifier, query.get("id", "").split(",")) if one]


def _moderated(query: Mapping[str, str]) -> tuple[Event, ...]:
    """Return what became of the comments whose status was set: a rejected one is gone for everybody."""
    status = query.get("moderationStatus", "")
    if status == REJECTED:
        return tuple(MessageDeleted(message_id=one) for one in _ids(query)) or NO_COMMENTS
    return tuple(VisibilityChanged(message_id=one, hidden=status != PUBLISHED) for one in _ids(query)) or NO_COMMENTS


def _posted(request: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return that a comment or answer of ours was posted."""
    first = mapping(mapping(body.get("snippet")).get("topLevelComment"))
    comment = first or body
    identity, snippet = identifier(comment.get("id"), body.get("id")), mapping(comment.get("snippet"))
    if not identity:
        return (CallFailed(error=unreadable_success()),)
    asked = mapping(request.get("snippet"))
    top = identity if first else identifier(snippet.get("parentId"), asked.get("parentId"), place_of(body, Scene()).top)
    words = words_of(snippet, plain=False) or text(asked.get("textOriginal")) or ""
    thread = Thread(id=top or identity, audience=Audience.PUBLIC)
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)
