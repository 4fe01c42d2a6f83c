"""How much fits into one message on Instagram."""

from __future__ import annotations

from social_care.core.capabilities import MediaRule, TextRule

PUBLIC_TEXT = TextRule(limit=2200, unit="characters")
"""Instagram's pages name 2,200 for captions and, on an older page, 300 for comments (unsure): the option
`comment_limit` of an account lowers it."""
PRIVATE_TEXT = TextRule(limit=1000, unit="bytes")
"""Bytes of UTF-8, not characters: a text in Cyrillic or with emoji is full much sooner.

Source: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
(read 2026-11).
"""
PRIVATE_REPLY_TEXT = TextRule(limit=1000, unit="bytes", max_parts=1)
"""Source: https://developers.facebook.com/docs/instagram-platform/private-replies (one message, read 2026-11)."""

PRIVATE_MEDIA = MediaRule(
    count=5,
    max_bytes=(
        *(("image/jpeg", 8_000_000), ("image/png", 8_000_000), ("image/gif", 8_000_000), ("application/pdf", 25_000_000)),
        *((f"video/{kind}", 25_000_000) for kind in ("mp4", "ogg", "quicktime", "webm", "x-msvideo")),
        *((f"audio/{kind}", 25_000_000) for kind in ("aac", "mp4", "x-m4a", "wav", "x-wav")),
    ),
    apart=True,
    opening=False,
)
"""Of both logins; through Instagram Login Instagram takes no content and fetches the file from a public address instead.

Source: https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/attachment-upload,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api (read 2026-11).
"""
