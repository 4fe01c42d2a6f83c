"""Anything else: messages pushed by a system of the team's own."""

if __name__ != "social_care.connectors.inbound":
    raise ImportError(f"import social_care.connectors.inbound, not {__name__}: a second copy would have state of its own")
