"""Recorded calls to a Mastodon server → events: the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from social_care.connectors.kit.reading import decoded, identifier, mapping, text
from social_care.connectors.mastodon.errors import classify, unreadable_success
from social_care.connectors.mastodon.parse import own_id_in, parse_value, read_history, read_streamed
from social_care.connectors.mastodon.statuses import Scene, thread_of, words_of
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, DeliveryReported, Event, Fate, Ignored, MessageDeleted, Unknown
from social_care.core.payloads import Exchange

NOT_A_FEED = (Ignored(reason="not a feed"),)
STATUS = r"/api/v1/statuses/([^/]+)"
PAGES = (
    r"/api/v[12]/notifications(?:/[^/]+)?",
    r"/api/v1/conversations",
    r"/api/v1/timelines/(?:home|public|direct|link|list/[^/]+)",
    r"/api/v1/accounts/[^/]+/statuses",
    rf"/api/v1/statuses|{STATUS}(?:/context)?",
)


def split_url(url: object) -> tuple[str, dict[str, list[str]]]:
    """Return path and query of a URL, empty where it is none."""
    try:
        parts = urlsplit(text(url) or "")
        return parts.path.rstrip("/"), parse_qs(parts.query)
    except ValueError:
        return "", {}


def feed_of(url: object) -> str:
    """Return the feed that a GET of this address reads, "webhook" for pages that are no one feed's, "" for no page."""
    path, query = split_url(url)
    if found := re.fullmatch(r"/api/v1/timelines/tag/([^/]+)", path):
        return "search:#" + unquote(found.group(1))
    if re.fullmatch(r"/api/v[12]/search", path):
        return "search:" + query.get("q", [""])[0]
    return "webhook" if any(re.fullmatch(page, path) for page in PAGES) else ""


def account_id_of(exchange: Exchange) -> str:
    """Return our own id as the server's answer to "who am I" names it, or ""."""
    path, _ = split_url(exchange.url)
    return own_id_in(decoded(exchange.body)) if path.endswith("/accounts/verify_credentials") else ""


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    path, _ = split_url(exchange.url)
    method = exchange.method.upper()
    status = re.fullmatch(STATUS, path)
    if method == "POST" and path == "/api/v1/statuses":
        return _posted(mapping(body), us)
    if method == "DELETE" and status:
        return (MessageDeleted(message_id=unquote(status.group(1)), author_id=us or None),)
    if method == "PUT" and status:
        return parse_value(body, Scene(us=us))
    if method != "GET":
        return NOT_A_FEED
    if found := re.fullmatch(STATUS + "/history", path):
        return read_history(body, unquote(found.group(1)), Scene(us=us))
    if path.startswith("/api/v1/streaming") and isinstance(body, str):
        return tuple(_streamed(body, Scene(us=us)))
    feed = feed_of(exchange.url)
    if not feed:
        return NOT_A_FEED
    if body is None or isinstance(body, str):
        raise UnreadablePayload("The server's answer is not JSON.")
    return parse_value(body, Scene(us=us, feed=feed))


def _posted(status: Mapping[str, Any], us: str) -> tuple[Event, ...]:
    identity = identifier(status.get("id"))
    if not identity:
        return (CallFailed(error=unreadable_success()),)
    if "scheduled_at" in status and "content" not in status:
        return (Ignored(message_id=identity, reason="a post for later"),)
    ours = us or identifier(mapping(status.get("account")).get("id"))
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread_of(status, ours), text=words_of(status)),)


def _streamed(body: str, scene: Scene) -> Iterator[Event]:
    """Yield the events of a recorded stream (server-sent events); lines that begin with a colon keep it alive."""
    for block in re.split(r"\r?\n\r?\n", body):
        fields: dict[str, str] = {}
        for name, _, value in (line.partition(":") for line in block.splitlines()):
            fields[name] = fields[name] + "\n" + value.strip() if name in fields else value.strip()
        if fields.get("event"):
            yield read_streamed(fields["event"], fields.get("data", ""), scene)
        elif fields.get("data"):
            yield Unknown(reason="A part of the stream that does not say what it is.")
