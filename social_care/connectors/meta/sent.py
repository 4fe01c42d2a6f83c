"""What Graph answers to a private message, of whichever platform, as the fate of that message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import mapping, text
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.errors import unreadable_success
from social_care.core.events import Audience, CallFailed, DeliveryReported, Event, Fate, Ignored, Thread

NOT_A_FEED = (Ignored(reason="a call that brings or sends no messages"),)


def messaged(request: Mapping[str, Any], body: Mapping[str, Any], title: str) -> tuple[Event, ...]:
    """Return the event of a recorded call that sent a private message. title: of the platform."""
    identity, person = remote_id(body.get("message_id")), remote_id(body.get("recipient_id"))
    if not identity:
        if body.get("success") is True or person:
            return NOT_A_FEED  # a sign that somebody is typing, or that a message was seen
        return (CallFailed(error=unreadable_success(title)),)
    thread = Thread(id=person, audience=Audience.PRIVATE) if person else None
    words = text(mapping(request.get("message")).get("text")) or ""
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)
