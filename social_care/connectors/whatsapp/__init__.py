"""WhatsApp Business, Cloud API."""

if __name__ != "social_care.connectors.whatsapp":
    raise ImportError(f"import social_care.connectors.whatsapp, not {__name__}: a second copy would have state of its own")
