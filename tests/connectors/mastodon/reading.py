"""Mastodon as the shared helpers of the platforms' tests read it, and what recorded payloads become."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

US = "https://social.example/@northwind"

MASTODON = Platform(
    key="mastodon",
    us=US,
    kinds={
        "api_notifications_page": ["MessageReceived"],
        "api_post_status_direct": ["DeliveryReported"],
        "error_401_invalid_token": ["AccountNeedsLogin"],
        "error_404": ["TargetGone"],
        "error_422_empty_text_localized": ["Refused"],
        "error_422_too_long": ["Refused"],
        "error_429": ["RateLimited"],
        "instance_v2": ["Ignored"],
        "notification_mention_direct": ["MessageReceived"],
        "notification_mention_from_pleroma": ["MessageReceived"],
        "status_public": ["MessageReceived"],
        "status_reply_remote": ["MessageReceived"],
        "status_update_edited": ["MessageEdited"],
        "stream_conversation_direct": ["MessageReceived"],
        "stream_status_update_without_edited_at": ["MessageReceived"],
    },
)
