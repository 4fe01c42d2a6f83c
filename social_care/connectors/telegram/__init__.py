"""Telegram bots."""

if __name__ != "social_care.connectors.telegram":
    raise ImportError(f"import social_care.connectors.telegram, not {__name__}: a second copy would have state of its own")
