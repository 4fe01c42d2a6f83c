"""Bluesky in the sandbox. `BlueskySandbox` is the door; the rest of the room is furniture."""

if __name__ != "social_care.sandbox.bluesky":
    raise ImportError(f"import social_care.sandbox.bluesky, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.bluesky.sandbox import BlueskySandbox
from social_care.sandbox.bluesky.state import Convo, Record, User

__all__ = ["BlueskySandbox", "Convo", "Record", "User"]
