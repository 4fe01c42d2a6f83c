"""What the sandbox remembers of X: people, posts, private messages, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

EDITS = 5
EDIT_WINDOW = timedelta(hours=1)
"""Source: https://docs.x.com/x-api/fundamentals/edit-posts (2026-11-21); the samples of 2026 say one hour."""


@dataclass(slots=True, kw_only=True)
class User:
    """A person or organisation. dms_open: anybody may write to them. long_posts: they pay for more than 280 characters."""

    id: str
    handle: str
    name: str
    created_at: datetime
    followers: int = 0
    protected: bool = False
    dms_open: bool = True
    verified: bool = False
    long_posts: bool = False
    description: str = ""
    location: str = ""
    follows: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Media:
    """A file. `key` is how posts name it; content b"" is a made-up one."""

    id: str
    key: str
    owner_id: str
    kind: str
    mime: str
    content: bytes = b""
    alt: str = ""
    category: str = "tweet_image"
    state: str = "succeeded"
    url: str = ""
    expected: int = 0
    segments: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Post:
    """One version of a post; every edit is a post of its own with the same `history` (oldest first).

    prefix: the leading "@a @b " that X puts before a reply; the people in it are not mentioned by the author's own hand.
    mentions: the ids of all who are mentioned, `typed_mentions` without those of the prefix.
    """

    id: str
    author_id: str
    created_at: datetime
    text: str
    history: list[str]
    conversation_id: str
    prefix: str = ""
    reply_to_id: str | None = None
    reply_to_user_id: str | None = None
    quote_id: str | None = None
    repost_id: str | None = None
    reply_settings: str = "everyone"
    lang: str = "en"
    media: tuple[str, ...] = ()
    hidden: bool = False
    mentions: tuple[str, ...] = ()
    typed_mentions: tuple[str, ...] = ()

    @property
    def full_text(self) -> str:
        """Return the text with the prefix."""
        return self.prefix + self.text

    @property
    def current(self) -> bool:
        """Return whether no later version exists."""
        return self.history[-1] == self.id


@dataclass(slots=True, kw_only=True)
class DirectMessage:
    """One private message in a conversation of two."""

    id: str
    conversation_id: str
    sender_id: str
    recipient_id: str
    created_at: datetime
    text: str
    media: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Webhook:
    """An address that X pushes to."""

    id: str
    url: str
    created_at: datetime
    valid: bool = True


@dataclass(slots=True, kw_only=True)
class Subscription:
    """One kind of event about one user. webhook_id None: the stream only, which the sandbox does not have."""

    id: str
    event_type: str
    user_id: str
    created_at: datetime
    updated_at: datetime
    tag: str = ""
    webhook_id: str | None = None
