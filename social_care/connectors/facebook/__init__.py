"""Facebook Pages: posts, comments and mentions in public, Messenger in private."""

if __name__ != "social_care.connectors.facebook":
    raise ImportError(f"import social_care.connectors.facebook, not {__name__}: a second copy would have state of its own")
