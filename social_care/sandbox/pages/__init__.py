"""Facebook Pages and the Instagram accounts linked to them, in the sandbox: one Graph API, as Meta has it."""

if __name__ != "social_care.sandbox.pages":
    raise ImportError(f"import social_care.sandbox.pages, not {__name__}: a second copy would have state of its own")

from social_care.sandbox.pages.model import Comment, Ours, Person, Post, PrivateMessage
from social_care.sandbox.pages.sandbox import Credentials, PagesSandbox

__all__ = ["Comment", "Credentials", "Ours", "PagesSandbox", "Person", "Post", "PrivateMessage"]
