"""Feeds: RSS, Atom and JSON Feed."""

if __name__ != "social_care.connectors.feed":
    raise ImportError(f"import social_care.connectors.feed, not {__name__}: a second copy would have state of its own")
