"""YouTube, Data API v3."""

if __name__ != "social_care.connectors.youtube":
    raise ImportError(f"import social_care.connectors.youtube, not {__name__}: a second copy would have state of its own")
