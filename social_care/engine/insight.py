"""Has a customer's message read before anything is decided. Reading may fail in any way: the message goes on unread."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from social_care.core.campaigns import are_alike, is_link, make_campaign_keys
from social_care.core.events import MessageReceived
from social_care.core.insight import make_text_key
from social_care.core.ports import Insight, Tickets

log = logging.getLogger(__name__)

SAME_TEXT_WITHIN = timedelta(days=1)


def understand(event: MessageReceived, insight: Insight | None, tickets: Tickets, now: datetime) -> MessageReceived:
    """Return a message with what can be told of it; as it came where nobody reads, or reading fails.

    Call it before a transaction begins: whatever the look-up of the same text does to one, it must not be the message's.
    """
    if insight is None:
        return event
    try:
        key, author = make_text_key(event.text), event.author
        same = tickets.writers_of(key, author.id if author else "", now - SAME_TEXT_WITHIN) if key else 0
        reading = replace(insight.read(event, same_text=same), text_key=key)
        reading = replace(reading, campaign=find_campaign(event.text, tickets, now - SAME_TEXT_WITHIN))
    except Exception:
        log.exception("the message %s could not be read for insight", event.message_id)
        return event
    return replace(event, reading=reading, language=reading.language or event.language)


def find_campaign(text: str, tickets: Tickets, since: datetime) -> str:
    """Return the campaign to which a text belongs: one that is known, else the one it begins; "" where nothing tells."""
    keys = make_campaign_keys(text)
    for key in keys:
        texts = tickets.texts_in_campaign(key, since)
        if texts and (is_link(key) or any(are_alike(text, other) for other in texts)):
            return key
    return keys[0] if keys else ""
