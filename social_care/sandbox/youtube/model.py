"""Channels, videos and comments, and everything there is of them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import RLock

STATUSES = ("published", "heldForReview", "likelySpam", "rejected")


@dataclass(slots=True, kw_only=True)
class Channel:
    """A person or company. handle: without the @. closed: the channel was deleted; its comments stay, without an id."""

    id: str
    handle: str
    title: str
    closed: bool = False


@dataclass(slots=True, kw_only=True)
class Video:
    """A video. comments_off: nobody can comment on it (any more)."""

    id: str
    channel: str
    title: str
    comments_off: bool = False


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a video, or an answer to one (`parent`). author: a channel's id. status: one of `STATUSES`."""

    id: str
    video: str
    author: str
    text: str
    published: datetime
    updated: datetime
    parent: str = ""
    status: str = "published"
    likes: int = 0


class State:
    """Everything there is. Who changes it holds `lock`."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.lock = RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.channels: dict[str, Channel] = {}
        self.videos: dict[str, Video] = {}
        self.comments: dict[str, Comment] = {}
        self.banned: set[tuple[str, str]] = set()
        self._count = 0

    def channel(self, who: Channel | str) -> Channel:
        """Return a channel by itself, its id or its handle. Raises: KeyError."""
        if isinstance(who, Channel):
            return who
        bare = who.lstrip("@")
        found = self.channels.get(bare) or next((one for one in self.channels.values() if one.handle == bare), None)
        if found is None:
            raise KeyError(f"there is no channel {who}")
        return found

    def add_channel(self, handle: str, title: str) -> Channel:
        """Add a channel. Raises: ValueError when the handle is taken."""
        if any(one.handle == handle for one in self.channels.values()):
            raise ValueError(f"@{handle} is taken")
        made = Channel(id="UC" + self._id(22), handle=handle, title=title or handle)
        self.channels[made.id] = made
        return made

    def add_video(self, channel: Channel, title: str) -> Video:
        """Publish a video."""
        made = Video(id=self._id(11), channel=channel.id, title=title)
        self.videos[made.id] = made
        return made

    def add_comment(self, author: Channel, video: Video, text: str, parent: str = "", status: str = "published") -> Comment:
        """Add a comment; those of banned people are rejected."""
        identity = f"{parent}.{self._id(22)}" if parent else f"Ug{self._id(20)}AaABAg"
        if (video.channel, author.id) in self.banned:
            status = "rejected"
        now = self.clock()
        made = Comment(
            id=identity,
            video=video.id,
            author=author.id,
            text=text,
            published=now,
            updated=now,
            parent=parent,
            status=status,
        )
        self.comments[identity] = made
        return made

    def remove(self, comment: Comment) -> None:
        """Delete a comment, and the answers to it."""
        for one in [comment, *self.answers(comment.id)]:
            self.comments.pop(one.id, None)

    def answers(self, top: str) -> list[Comment]:
        """Return the answers in a thread, oldest first."""
        return [one for one in self.comments.values() if one.parent == top]

    def _id(self, length: int) -> str:
        self._count += 1
        digest = sha256(f"sandbox youtube {self._count}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().replace("=", "")[:length]
