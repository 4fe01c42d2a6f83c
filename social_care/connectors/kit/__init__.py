"""What connectors share: HTTP session, signatures, paging, text counting, safe downloads."""

if __name__ != "social_care.connectors.kit":
    raise ImportError(f"import social_care.connectors.kit, not {__name__}: a second copy would have state of its own")
