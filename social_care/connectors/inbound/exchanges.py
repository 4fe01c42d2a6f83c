"""Recorded calls → events, for replay: what we sent to a receiver of replies, and what came to us."""

from __future__ import annotations

from social_care.connectors.inbound.errors import UNREADABLE, classify
from social_care.connectors.inbound.parse import parse_value
from social_care.connectors.kit.reading import decoded, identifier, mapping, text
from social_care.core.errors import OutcomeUnknown
from social_care.core.events import Audience, CallFailed, DeliveryReported, Event, Fate, Ignored, Thread
from social_care.core.payloads import Exchange


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    said = mapping(decoded(exchange.request_body))
    if said and said.get("type") not in ("reply", "ping"):  # a sender's own call to us
        return parse_value(said, us)
    if error := classify(exchange.status, exchange.headers):
        return (CallFailed(error=error),)
    if said.get("type") != "reply":
        return (Ignored(reason="no message"),)
    identity = identifier(mapping(decoded(exchange.body)).get("id"))
    if not identity:
        return (CallFailed(error=OutcomeUnknown(UNREADABLE)),)
    thread = identifier(mapping(said.get("in_reply_to")).get("thread_id"))
    audience = Audience.PRIVATE if said.get("audience") == "private" else Audience.PUBLIC
    return (
        DeliveryReported(
            message_id=identity,
            fate=Fate.SENT,
            reference=identifier(said.get("id")),
            thread=Thread(id=thread, audience=audience) if thread else None,
            text=text(said.get("text")) or "",
        ),
    )
