"""Telegram as the shared helpers of the platforms' tests read it, and what recorded payloads become."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

US = "700700"

TELEGRAM = Platform(
    key="telegram",
    us=US,
    kinds={
        "api_send_message_ok": ["DeliveryReported"],
        "callback_query": ["MessageReceived"],
        "channel_post": ["MessageReceived"],
        "edited_message": ["MessageEdited"],
        "error_400_chat_migrated": ["Retryable"],
        "error_401": ["AccountNeedsLogin"],
        "error_403_blocked": ["NotAllowed"],
        "error_409_conflict": ["Retryable"],
        "error_429": ["RateLimited"],
        "inline_query": ["Ignored"],
        "message_anonymous_admin": ["MessageReceived"],
        "message_document": ["MessageReceived"],
        "message_entities": ["MessageReceived"],
        "message_forwarded_from_channel": ["MessageReceived"],
        "message_group": ["MessageReceived"],
        "message_photo": ["MessageReceived"],
        "message_reply": ["MessageReceived"],
        "message_text": ["MessageReceived"],
        "message_text_no_chat_type": ["MessageReceived"],
        "message_voice": ["MessageReceived"],
        "my_chat_member_blocked": ["Ignored"],
    },
)
