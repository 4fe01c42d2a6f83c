"""Feeds on loopback, in every format, with everything that goes wrong with feeds."""

if __name__ != "social_care.sandbox.feed":
    raise ImportError(f"import social_care.sandbox.feed, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.feed.sandbox import FeedSandbox

__all__ = ["FeedSandbox"]
