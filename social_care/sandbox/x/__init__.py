"""X in the sandbox. `XSandbox` is the door; the rest of the room is furniture."""

if __name__ != "social_care.sandbox.x":
    raise ImportError(f"import social_care.sandbox.x, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.x.auth import Credentials
from social_care.sandbox.x.model import DirectMessage, Media, Post, User
from social_care.sandbox.x.sandbox import XSandbox

__all__ = ["Credentials", "DirectMessage", "Media", "Post", "User", "XSandbox"]
