"""The sandbox's X itself: who and what there is, and how it comes into being. It knows no HTTP and no permissions."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from threading import RLock

from social_care.sandbox.x.model import EDIT_WINDOW, EDITS, DirectMessage, Media, Post, User
from social_care.sandbox.x.text import find_mentions

EPOCH_MS = 1288834974657
"""The first millisecond of an X id. Source: https://docs.x.com/fundamentals/x-ids (2026-11-21)"""
DM_DAYS = 30
KINDS = {"photo": ("image/jpeg", "jpg"), "animated_gif": ("video/mp4", "mp4"), "video": ("video/mp4", "mp4")}


class State:
    """Everything that exists. Callers hold `lock` while they read or change it.

    announce: is told ("post", "edit", "delete" or "dm", the Post or DirectMessage) after every change.
    """

    def __init__(self, clock: Callable[[], datetime], announce: Callable[[str, object], None]) -> None:
        self.clock = clock
        self.announce = announce
        self.lock = RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything; ids go on rising."""
        self._last_id = getattr(self, "_last_id", 0)
        self.users: dict[str, User] = {}
        self.handles: dict[str, str] = {}
        self.posts: dict[str, Post] = {}
        self.order: list[int] = []
        self.by_author: dict[str, list[int]] = {}
        self.by_mention: dict[str, list[int]] = {}
        self.counts: dict[str, Counter[str]] = {}
        self.messages: dict[str, DirectMessage] = {}
        self.media: dict[str, Media] = {}
        self.likes: set[tuple[str, str]] = set()
        """Who likes which post."""
        self.dm_blocks: set[tuple[str, str]] = set()
        """Who takes no private messages of whom."""

    def next_id(self) -> str:
        """Return an id of 19 digits that tells the time and is above every earlier one."""
        elapsed = int(self.clock().timestamp() * 1000) - EPOCH_MS
        self._last_id = max(self._last_id + 1, max(elapsed, 1) << 22)
        return str(self._last_id)

    # --- finding -----------------------------------------------------------------------------------------------
    def user(self, who: User | str) -> User:
        """Return a user by record, id or handle (with or without "@"). Raises: KeyError."""
        key = who.id if isinstance(who, User) else who.lstrip("@")
        found = self.users.get(key) or self.users.get(self.handles.get(key.lower(), ""))
        if found is None:
            raise KeyError(f"nobody here is called {key}")
        return found

    def id_of(self, handle: str) -> str | None:
        """Return the id behind a handle, or None."""
        return self.handles.get(handle.lower())

    def newest(self, ids: Sequence[int] | None = None) -> Iterator[Post]:
        """Yield posts (None: all) in their current version, newest first."""
        for number in reversed(self.order if ids is None else ids):
            post = self.posts[str(number)]
            if post.current:
                yield post

    def visible(self, post: Post, viewer_id: str | None) -> bool:
        """Return whether a user (None: an app) may see a post: those of protected accounts are for their followers."""
        author = self.users[post.author_id]
        if not author.protected or viewer_id == author.id:
            return True
        return viewer_id is not None and author.id in self.users[viewer_id].follows

    def mentioned_ids(self, text: str) -> tuple[str, ...]:
        """Return the ids of the users mentioned in a text, once each, in order."""
        ids = [self.id_of(handle) for handle in find_mentions(text)]
        return tuple(dict.fromkeys(found for found in ids if found))

    def conversation(self, first: str, second: str) -> str:
        """Return the id of the conversation of two people: the smaller id first."""
        return "-".join(sorted((first, second), key=int))

    # --- making ------------------------------------------------------------------------------------------------
    def add_user(self, handle: str, name: str, **traits: object) -> User:
        """Add a person. Raises: ValueError when the handle is taken or no X handle."""
        handle = handle.lstrip("@")
        if not handle.isascii() or not handle.replace("_", "a").isalnum() or len(handle) > 15:
            raise ValueError("a handle has up to 15 letters, digits and underscores")
        if handle.lower() in self.handles:
            raise ValueError(f"@{handle} is taken")
        user = User(id=self.next_id(), handle=handle, name=name or handle, created_at=self.clock(), **traits)  # type: ignore[arg-type]
        self.users[user.id] = user
        self.handles[handle.lower()] = user.id
        return user

    def add_media(self, owner_id: str, kind: str = "photo", content: bytes = b"", **traits: object) -> Media:
        """Add a file. kind: photo, animated_gif or video. Raises: ValueError for another kind."""
        if kind not in KINDS:
            raise ValueError(f"there are {', '.join(KINDS)}, but no {kind}")
        mime, extension = KINDS[kind]
        media_id = self.next_id()
        key = f"{ {'photo': '3', 'video': '13', 'animated_gif': '16'}[kind] }_{media_id}"
        host = "pbs.twimg.com/media" if kind == "photo" else "video.twimg.com/tweet_video"
        url = f"https://{host}/{key}.{extension}"
        fields = {"mime": mime, **traits}
        media = Media(id=media_id, key=key, owner_id=owner_id, kind=kind, content=content, url=url, **fields)  # type: ignore[arg-type]
        self.media[media_id] = media
        return media

    def add_post(
        self,
        author: User,
        text: str,
        *,
        reply_to: str | None = None,
        quote: str | None = None,
        repost_of: str | None = None,
        media: Sequence[str] = (),
        prefix: str | None = None,
        reply_settings: str = "everyone",
        lang: str = "",
    ) -> Post:
        """Add a post. prefix None: as X fills it in for a reply. Raises: KeyError for a target that is not there."""
        post_id = self.next_id()
        target = self.posts[reply_to] if reply_to else None
        if repost_of:
            original = self.posts[repost_of]
            text = f"RT @{self.users[original.author_id].handle}: {original.full_text}"
        if target and prefix is None:
            prefix = self.reply_prefix(author, target, text)
        post = Post(
            id=post_id,
            author_id=author.id,
            created_at=self.clock(),
            text=text,
            history=[post_id],
            conversation_id=target.conversation_id if target else post_id,
            prefix=prefix or "",
            reply_to_id=reply_to,
            reply_to_user_id=target.author_id if target else None,
            quote_id=quote,
            repost_id=repost_of,
            reply_settings=reply_settings,
            lang=lang or guess_language(text),
            media=tuple(media),
        )
        self._keep(post)
        self.announce("post", post)
        return post

    def reply_prefix(self, author: User, target: Post, text: str, exclude: Sequence[str] = ()) -> str:
        """Return the leading mentions of a reply: the author answered and whoever they mention, once each, never oneself."""
        wanted = [target.author_id, *target.mentions]
        typed = {self.id_of(handle) for handle in find_mentions(text)}
        ids = [
            found for found in dict.fromkeys(wanted) if found != author.id and found not in typed and found not in exclude
        ]
        return "".join(f"@{self.users[found].handle} " for found in ids)

    def edit_post(self, post_id: str, text: str) -> Post:
        """Add a version with a new id. Raises: KeyError, ValueError when X would not let them edit (any more)."""
        old = self.posts[post_id]
        first = self.posts[old.history[0]]
        if len(old.history) > EDITS:
            raise ValueError("a post can be edited five times")
        if self.clock() - first.created_at > EDIT_WINDOW:
            raise ValueError("a post can be edited for one hour")
        if old.repost_id:
            raise ValueError("a repost cannot be edited")
        new_id = self.next_id()
        old.history.append(new_id)
        latest = self.posts[old.history[-2]]
        post = replace(latest, id=new_id, text=text, created_at=self.clock(), history=old.history)
        self._keep(post)
        self.announce("edit", post)
        return post

    def delete_post(self, post_id: str) -> Post:
        """Take every version of a post away. Raises: KeyError."""
        post = self.posts[post_id]
        for version in post.history:
            self._drop(self.posts.pop(version))
        self.announce("delete", post)
        return post

    def add_message(self, sender: User, recipient: User, text: str, media: Sequence[str] = ()) -> DirectMessage:
        """Add a private message."""
        message = DirectMessage(
            id=self.next_id(),
            conversation_id=self.conversation(sender.id, recipient.id),
            sender_id=sender.id,
            recipient_id=recipient.id,
            created_at=self.clock(),
            text=text,
            media=tuple(media),
        )
        self.messages[message.id] = message
        self.announce("dm", message)
        return message

    def recent_messages(self, user_id: str) -> list[DirectMessage]:
        """Return what a user sent or got in the last 30 days, newest first.

        Source: https://docs.x.com/x-api/direct-messages/lookup/introduction (2026-11-21)
        """
        since = self.clock() - timedelta(days=DM_DAYS)
        mine = [m for m in self.messages.values() if user_id in (m.sender_id, m.recipient_id) and m.created_at >= since]
        return sorted(mine, key=lambda message: int(message.id), reverse=True)

    def has_written(self, sender_id: str, recipient_id: str) -> bool:
        """Return whether somebody ever wrote privately to somebody."""
        return any(m.sender_id == sender_id and m.recipient_id == recipient_id for m in self.messages.values())

    def _keep(self, post: Post) -> None:
        post.typed_mentions = self.mentioned_ids(post.text)
        post.mentions = tuple(dict.fromkeys((*self.mentioned_ids(post.prefix), *post.typed_mentions)))
        number = int(post.id)
        self.posts[post.id] = post
        insort(self.order, number)
        insort(self.by_author.setdefault(post.author_id, []), number)
        for mentioned in post.mentions:
            insort(self.by_mention.setdefault(mentioned, []), number)
        self._count(post, 1)

    def _count(self, post: Post, step: int) -> None:
        if post.id != post.history[0]:
            return
        targets = (("reply_count", post.reply_to_id), ("quote_count", post.quote_id), ("retweet_count", post.repost_id))
        for kind, target in targets:
            if target:
                self.counts.setdefault(target, Counter())[kind] += step

    def _drop(self, post: Post) -> None:
        number = int(post.id)
        self._count(post, -1)
        self.order.remove(number)
        self.by_author[post.author_id].remove(number)
        for mentioned in post.mentions:
            self.by_mention[mentioned].remove(number)


def id_at(moment: datetime) -> int:
    """Return the lowest id of a moment, for `start_time` and `end_time`."""
    return max(int(moment.astimezone(timezone.utc).timestamp() * 1000) - EPOCH_MS, 0) << 22


def guess_language(text: str) -> str:
    """Return "und" for very short texts and "en" for the rest; X itself guesses better."""
    return "en" if len(text.split()) > 2 else "und"
