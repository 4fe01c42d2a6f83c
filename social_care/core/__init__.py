"""The vocabulary: ids, events, replies, capabilities, errors, ports. Standard library only, no input or output."""

if __name__ != "social_care.core":
    raise ImportError(f"import social_care.core, not {__name__}: a second copy would have state of its own")
