"""Recorded calls → events, for replay: every call of ours fetches the feed."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from social_care.connectors.feed.envelope import Envelope
from social_care.connectors.feed.errors import classify
from social_care.connectors.feed.parse import EMPTY, events_of, read_document
from social_care.connectors.kit.signatures import header
from social_care.core.events import CallFailed, Event, Ignored
from social_care.core.payloads import Exchange

RECORDED = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""A recorded call does not say when it was made; its own dates order the versions of its entries."""


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    if exchange.status == 304:
        return (Ignored(reason="nothing new in the feed"),)
    if 300 <= exchange.status < 400 and (place := header(exchange.headers, "location")):
        return (Ignored(reason=f"the server leads to {place[:300]}, where the feed is read"),)
    if error := classify(exchange.status, exchange.headers):
        return (CallFailed(error=error),)
    if exchange.body is None:
        raise EMPTY
    body = exchange.body if isinstance(exchange.body, str | bytes) else json.dumps(exchange.body)
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
    document = read_document(raw, header(exchange.headers, "content-type"), exchange.url)
    return events_of(document, Envelope(raw=raw, at=RECORDED), us)
