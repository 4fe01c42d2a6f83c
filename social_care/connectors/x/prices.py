"""What calls cost, in US dollars, and how much fits into one message.

Source: https://docs.x.com/x-api/getting-started/pricing (read 2026-08). X may change prices without a new API version.
"""

from __future__ import annotations

from decimal import Decimal

from social_care.core.capabilities import MediaRule, TextRule

POST_READ = Decimal("0.005")
OWNED_READ = Decimal("0.001")
DM_READ = Decimal("0.010")
USER_READ = Decimal("0.010")
POST = Decimal("0.015")
POST_WITH_LINK = Decimal("0.200")
SUMMONED_REPLY = Decimal("0.010")
DM = Decimal("0.015")
MANAGED = Decimal("0.005")
"""Hiding, deleting ("Content: Manage")."""
INTERACTION, INTERACTION_UNDONE = Decimal("0.015"), Decimal("0.010")
"""Liking, blocking ("Interaction"): which line X books a block under is unsure."""

PUBLIC_TEXT = TextRule(limit=280, unit="weighted characters")
"""Source: https://docs.x.com/fundamentals/counting-characters (read 2026-08)."""
LONG_PUBLIC_TEXT = TextRule(limit=25_000, unit="weighted characters")
"""With X Premium. Source: https://docs.x.com/changelog (2024-08-20, read 2026-08); in which unit X counts them is unsure."""
PRIVATE_TEXT = TextRule(limit=10_000, unit="characters")
"""Source: https://docs.tweepy.org/en/stable/client.html, create_direct_message (read 2026-08); X's pages give no number."""

MOVING = ("image/gif", "video/mp4", "video/quicktime")
_FILES = (
    *(("image/jpeg", 5_000_000), ("image/png", 5_000_000), ("image/webp", 5_000_000)),
    *(("image/gif", 15_000_000), ("video/mp4", 512_000_000), ("video/quicktime", 512_000_000)),
)
PUBLIC_MEDIA = MediaRule(count=4, max_bytes=_FILES, alone=MOVING)
PRIVATE_MEDIA = MediaRule(count=1, max_bytes=_FILES)
"""Source: https://docs.x.com/x-api/media/introduction, .../media/quickstart/best-practices ("4 photos, 1 animated GIF or 1
video"; read 2026-11)."""
