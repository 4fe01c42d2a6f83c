"""Bluesky as the shared helpers of the platforms' tests read it, and what recorded payloads become."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

US = "did:plc:northwind7777777777777777"

BLUESKY = Platform(
    key="bluesky",
    us=US,
    kinds={
        "chat_get_log": [
            "Ignored",
            "MessageReceived",
            "MessageReceived",
            "Ignored",
            "ReactionChanged",
            "MessageDeleted",
            "Unknown",
        ],
        "chat_send_message": ["DeliveryReported"],
        "create_record_reply": ["DeliveryReported"],
        "error_chat_recipient_disabled": ["NotAllowed"],
        "error_expired_token": ["Retryable"],
        "error_rate_limit": ["RateLimited"],
        "get_post_thread": ["MessageReceived"] * 3,
        "get_post_thread_parent_deleted": ["MessageDeleted", "MessageReceived"],
        "list_notifications": [
            *["Ignored", "Ignored", "MessageReceived", "Ignored", "Ignored", "Ignored", "MessageReceived"],
            *["MessageReceived", "Ignored", "Ignored", "MessageReceived", "Ignored", "Ignored"],
        ],
    },
)
