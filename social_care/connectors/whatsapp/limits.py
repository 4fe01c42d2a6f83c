"""How much fits into one message on WhatsApp, and for how long a customer can be answered."""

from __future__ import annotations

from datetime import timedelta

from social_care.core.capabilities import MediaRule, TextRule

TEXT = TextRule(limit=4096, unit="characters")
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages (2026-11)."""
WINDOW = timedelta(hours=24)
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages (customer service
windows; read 2026-11)."""
MEDIA = MediaRule(
    count=10,
    max_bytes=(
        ("image/jpeg", 5_000_000),
        ("image/png", 5_000_000),
        ("video/mp4", 16_000_000),
        ("audio/mpeg", 16_000_000),
        ("audio/ogg", 16_000_000),
        ("application/pdf", 100_000_000),
    ),
    apart=True,
)
"""Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
(read 2026-11)."""
