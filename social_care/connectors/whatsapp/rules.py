"""WhatsApp's rules for answering, asked before anything is written."""

from __future__ import annotations

from datetime import datetime

from social_care.connectors.whatsapp.limits import WINDOW
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import StoredMessage

NOT_PUBLIC = "WhatsApp has no public replies."
CLOSED = (
    "WhatsApp lets us answer freely for 24 hours after the customer's last message; after that it takes approved templates"
    " only: choose one, or wait until the customer writes again."
)


def refuse(target: StoredMessage, audience: Audience, now: datetime) -> str:
    """Return in a plain sentence why a message cannot be answered like that, "" when it can.

    Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages (read 2026-11).
    """
    if audience is Audience.PUBLIC:
        return NOT_PUBLIC
    return CLOSED if target.reply_until is not None and target.reply_until <= now else ""


def reply_until(message: MessageReceived) -> datetime | None:
    """Return when the window opened by a customer's message closes."""
    return message.sent_at + WINDOW if message.sent_at else None
