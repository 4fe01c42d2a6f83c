"""X (Twitter), API v2."""

if __name__ != "social_care.connectors.x":
    raise ImportError(f"import social_care.connectors.x, not {__name__}: a second copy would have state of its own")
