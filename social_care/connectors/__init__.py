"""How each platform is spoken to. Imports core only; platforms never import each other."""

if __name__ != "social_care.connectors":
    raise ImportError(f"import social_care.connectors, not {__name__}: a second copy would have state of its own")
