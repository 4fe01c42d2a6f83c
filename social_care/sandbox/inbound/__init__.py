"""A system of the team's own on loopback: it pushes signed messages, and receives replies."""

if __name__ != "social_care.sandbox.inbound":
    raise ImportError(f"import social_care.sandbox.inbound, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.inbound.sandbox import InboundSandbox

__all__ = ["InboundSandbox"]
