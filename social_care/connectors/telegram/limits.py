"""Figures: texts, files, windows, each with its source (read 2026-11)."""

from __future__ import annotations

from datetime import timedelta

from social_care.core.capabilities import MediaRule, TextRule

TEXT = TextRule(limit=4096, unit="characters")
"""Source: https://core.telegram.org/bots/api#sendmessage."""
LARGEST_DOWNLOAD = 20_000_000
"""Bytes of a file that a bot may fetch. Source: https://core.telegram.org/bots/api#getfile."""
BUSINESS_WINDOW = timedelta(hours=24)
"""How long a bot may write in a business account's chat after the customer's last message.

Source: https://core.telegram.org/bots/api#businessbotrights (can_reply).
"""
PICTURE, FILE = 10_000_000, 50_000_000
"""Bytes. Source: https://core.telegram.org/bots/api#sending-files."""
METHODS: dict[str, tuple[str, str]] = {
    "image/jpeg": ("sendPhoto", "photo"),
    "image/png": ("sendPhoto", "photo"),
    "image/webp": ("sendPhoto", "photo"),
    "image/gif": ("sendAnimation", "animation"),
    "video/mp4": ("sendVideo", "video"),
    "audio/mpeg": ("sendAudio", "audio"),
    "audio/mp4": ("sendAudio", "audio"),
    "audio/ogg": ("sendVoice", "voice"),
    "application/pdf": ("sendDocument", "document"),
    "application/zip": ("sendDocument", "document"),
    "text/plain": ("sendDocument", "document"),
}
"""How a file of each MIME type is sent: the method, and the name of its parameter."""
MEDIA = MediaRule(
    count=10,
    max_bytes=tuple((mime, PICTURE if method == "sendPhoto" else FILE) for mime, (method, _) in METHODS.items()),
    apart=True,
)
"""A caption holds 1,024 characters only (https://core.telegram.org/bots/api#sendphoto), so words go apart."""
