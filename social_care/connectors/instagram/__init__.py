"""Instagram professional accounts: comments and mentions in public, direct messages in private."""

if __name__ != "social_care.connectors.instagram":
    raise ImportError(f"import social_care.connectors.instagram, not {__name__}: a second copy would have state of its own")
