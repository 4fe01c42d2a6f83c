"""The decisions: intake, polling, composing, windows, delivery. Imports core only."""

if __name__ != "social_care.engine":
    raise ImportError(f"import social_care.engine, not {__name__}: a second copy would have state of its own")
