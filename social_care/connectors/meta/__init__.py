"""What Facebook, Instagram and WhatsApp share: webhook envelope, Graph API, error codes, conversations."""

if __name__ != "social_care.connectors.meta":
    raise ImportError(f"import social_care.connectors.meta, not {__name__}: a second copy would have state of its own")
