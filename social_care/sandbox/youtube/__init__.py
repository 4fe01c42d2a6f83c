"""YouTube in the sandbox. `YouTubeSandbox` is the door; the rest of the room is furniture."""

if __name__ != "social_care.sandbox.youtube":
    raise ImportError(f"import social_care.sandbox.youtube, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.youtube.access import Credentials
from social_care.sandbox.youtube.model import Channel, Comment, Video
from social_care.sandbox.youtube.sandbox import YouTubeSandbox

__all__ = ["Channel", "Comment", "Credentials", "Video", "YouTubeSandbox"]
