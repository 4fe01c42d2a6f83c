"""A delayed flight, played on this machine: customers in the sandboxes, the real connectors, engine and embedded desk."""

if __name__ != "social_care.demo":
    raise ImportError(f"import social_care.demo, not {__name__}: a second copy would have state of its own")

from social_care.demo.play import play

__all__ = ["play"]
