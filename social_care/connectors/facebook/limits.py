"""How much fits into one message on Facebook."""

from __future__ import annotations

from social_care.core.capabilities import MediaRule, TextRule

PUBLIC_TEXT = TextRule(limit=8000, unit="characters")
"""Facebook's pages give no number; 8,000 is what others met (unsure). A longer text is refused by Facebook, not cut."""
PRIVATE_TEXT = TextRule(limit=2000, unit="characters")
"""Source: https://developers.facebook.com/docs/messenger-platform/reference/send-api ("text", read 2026-11)."""
PRIVATE_REPLY_TEXT = TextRule(limit=2000, unit="characters", max_parts=1)
"""Source: https://developers.facebook.com/docs/messenger-platform/discovery/private-replies (one message, read 2026-11)."""

_IMAGES = (("image/jpeg", 8_000_000), ("image/png", 8_000_000), ("image/gif", 8_000_000))
PUBLIC_MEDIA = MediaRule(count=1, max_bytes=_IMAGES)
"""Source: https://developers.facebook.com/docs/graph-api/reference/object/comments ("source", a photo; sizes unsure)."""
PRIVATE_MEDIA = MediaRule(
    count=5,
    max_bytes=(*_IMAGES, ("application/pdf", 25_000_000), ("audio/mpeg", 25_000_000), ("video/mp4", 25_000_000)),
    apart=True,
    opening=False,
)
"""Source: https://developers.facebook.com/docs/messenger-platform/send-messages (one file, 25 MB; read 2026-11)."""
