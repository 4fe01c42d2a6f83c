"""Bluesky, and other servers of the AT Protocol."""

if __name__ != "social_care.connectors.bluesky":
    raise ImportError(f"import social_care.connectors.bluesky, not {__name__}: a second copy would have state of its own")
