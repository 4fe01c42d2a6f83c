"""X (Twitter), API v2."""

if __name__ != "social_care.connectors.mastodon":
    raise ImportError(f"import social_care.connectors.mastodon, not {__name__}: a second copy would have state of its own")
