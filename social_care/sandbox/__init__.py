"""Platforms on loopback that answer as the real ones do, errors and limits included, with faults on demand."""

if __name__ != "social_care.sandbox":
    raise ImportError(f"import social_care.sandbox, not {__name__}: a second copy would have state of its own")

PLAYED = ("bluesky", "facebook", "feed", "inbound", "instagram", "telegram", "whatsapp", "x", "youtube")
"""The platforms that there is a sandbox of."""
