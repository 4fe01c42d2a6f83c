"""Where tickets live. Imports core only."""

if __name__ != "social_care.desks":
    raise ImportError(f"import social_care.desks, not {__name__}: a second copy would have state of its own")
