"""What the sandboxes of Meta's platforms share: the way of a Graph call, its refusals, limits, tokens, signed webhooks."""

if __name__ != "social_care.sandbox.meta":
    raise ImportError(f"import social_care.sandbox.meta, not {__name__}: a second copy would have state of its own")
