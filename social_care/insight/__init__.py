"""Reading messages: language, sentiment, urgency, signs of spam. Imports core only; libraries are loaded when first used."""

if __name__ != "social_care.insight":
    raise ImportError(f"import social_care.insight, not {__name__}: a second copy would have state of its own")
