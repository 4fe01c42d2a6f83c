"""Everything that exists on the sandbox's Facebook and Instagram, and how it comes into being. It knows no HTTP."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar

from social_care.sandbox.pages.model import (
    FACEBOOK,
    INSTAGRAM,
    Comment,
    Conversation,
    File,
    Ours,
    Person,
    Post,
    PrivateMessage,
)

KINDS = {
    "image": ("image/jpeg", "jpg"),
    "video": ("video/mp4", "mp4"),
    "audio": ("audio/mpeg", "mp3"),
    "file": ("application/pdf", "pdf"),
}
Someone = TypeVar("Someone", Person, Ours)
NOBODY_ELSE = "90000000000001"
"""The id of a Page that is not ours; what mentions us stands there."""


class State:
    """Everything. Callers hold the server's lock while they read or change it.

    announce: is told what happened ("add", "edited", "remove", "hide", …) and with what, after every change.
    """

    def __init__(self, clock: Callable[[], datetime], announce: Callable[..., None]) -> None:
        self.clock = clock
        self.announce = announce
        self._numbers = count(1)
        self.clear()

    def clear(self) -> None:
        """Forget everything; ids go on rising."""
        self.people: dict[str, Person] = {}
        self.ours: dict[str, Ours] = {}
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[str, PrivateMessage] = {}
        self.files: dict[str, File] = {}
        self._scoped: dict[str, tuple[str, str]] = {}

    def number(self, start: int) -> str:
        """Return an id of digits, each one later than the one before; the same ones after a restart."""
        position = next(self._numbers)
        return str(start + 1_000 * position + 377 * position % 1_000)

    # --- finding -----------------------------------------------------------------------------------------------
    def person(self, who: Person | str) -> Person:
        """Return a person by record, id or name. Raises: KeyError."""
        return _find(self.people, who)

    def account(self, who: Ours | str, network: str = "") -> Ours:
        """Return a Page or account by record, id or username. Raises: KeyError."""
        if isinstance(who, str) and network:
            return _find({key: one for key, one in self.ours.items() if one.network == network}, who)
        return _find(self.ours, who)

    def who(self, identity: str) -> Person | Ours:
        """Return whoever has an id. Raises: KeyError."""
        return self.people.get(identity) or self.ours[identity]

    def linked(self, page_id: str) -> Ours | None:
        """Return the Instagram account linked to a Page, or None."""
        return next((one for one in self.ours.values() if one.page_id == page_id), None)

    def scoped_id(self, person_id: str, ours: Ours, *, private: bool = True) -> str:
        """Return how a person is named to one of our accounts.

        On Facebook public and private ids are kept apart here, for whoever takes them for the same is wrong on some Pages
        (unsure); on Instagram it is one id. Source: https://developers.facebook.com/docs/messenger-platform/identity,
        https://developers.facebook.com/docs/instagram-platform/webhooks (2026-11-22).
        """
        side = "private" if private or ours.network == INSTAGRAM else "public"
        scoped = str(10**15 + int(sha256(f"{person_id} {ours.id} {side}".encode()).hexdigest()[:12], 16))
        self._scoped[scoped] = (person_id, ours.id)
        return scoped

    def behind(self, scoped_id: str) -> tuple[Person, Ours] | None:
        """Return the person and the account of an id that was given out before, or None."""
        found = self._scoped.get(scoped_id)
        return (self.people[found[0]], self.ours[found[1]]) if found else None

    def name_of(self, author_id: str, ours: Ours) -> dict[str, str]:
        """Return the `from` of a public piece as one of our accounts sees it."""
        if author_id in self.ours:
            one = self.ours[author_id]
            return {"id": one.id} | ({"name": one.name} if one.network == FACEBOOK else {"username": one.username})
        person = self.people[author_id]
        identity = self.scoped_id(person.id, ours, private=False)
        return {"id": identity} | ({"name": person.name} if ours.network == FACEBOOK else {"username": person.username})

    def host_of(self, piece: Post | Comment) -> Ours | None:
        """Return our account on whose ground a piece stands, None where it is somebody else's."""
        post = piece if isinstance(piece, Post) else self.posts[piece.post_id]
        return self.ours.get(post.place)

    def below(self, post: Post, parent_id: str | None = None) -> list[Comment]:
        """Return the comments of a post, oldest first; parent_id "": the first level, None: all."""
        return [one for one in self.comments.values() if one.post_id == post.id and parent_id in (None, one.parent_id)]

    def conversation(self, ours: Ours, person: Person) -> Conversation:
        """Return the conversation of one of our accounts and a person, begun if there is none."""
        found = next(
            (one for one in self.conversations.values() if (one.ours_id, one.person_id) == (ours.id, person.id)), None
        )
        if found is None:
            label = f"{ours.id} {person.id}"
            identity = (
                "t_" + str(int(sha256(label.encode()).hexdigest()[:13], 16))
                if ours.network == FACEBOOK
                else _long("thread", label)
            )
            found = Conversation(id=identity, ours_id=ours.id, person_id=person.id, updated_at=self.clock())
            self.conversations[found.id] = found
        return found

    def last_word(self, conversation: Conversation) -> datetime | None:
        """Return when the person last wrote, None when they never did."""
        times = [one.created_at for one in conversation.messages if one.sender_id == conversation.person_id]
        return times[-1] if times else None

    # --- making ------------------------------------------------------------------------------------------------
    def add_person(self, name: str, username: str, **traits: Any) -> Person:
        """Add a person. Raises: ValueError when the name is taken."""
        username = username or name.lower().replace(" ", "_")
        if any(username == one.username for one in self.people.values()):
            raise ValueError(f"{username} is taken")
        person = Person(id=self.number(500_000_000_000), name=name, username=username, **traits)
        self.people[person.id] = person
        return person

    def add_ours(self, network: str, name: str, username: str, **traits: Any) -> Ours:
        """Add a Page or an Instagram account."""
        start = 110_000_000_000_000 if network == FACEBOOK else 17_841_400_000_000_000
        scoped = self.number(26_000_000_000_000_000) if network == INSTAGRAM else ""
        ours = Ours(id=self.number(start), network=network, name=name, username=username, app_scoped_id=scoped, **traits)
        self.ours[ours.id] = ours
        return ours

    def add_file(self, base_url: str, kind: str, content: bytes = b"", name: str = "", mime: str = "") -> File:
        """Add a file. kind: image, video, audio or file. Raises: ValueError for another kind."""
        if kind not in KINDS:
            raise ValueError(f"there are {', '.join(KINDS)}, but no {kind}")
        usual, extension = KINDS[kind]
        identity = self.number(650_000_000_000_000)
        content = content or f"made-up {kind} {identity}".encode()
        made = File(
            id=identity, kind=kind, mime=mime or usual, name=name or f"{kind}-{identity}.{extension}", content=content
        )
        made.address = f"{base_url}/files/{identity}.{extension}"
        self.files[identity] = made
        return made

    def add_post(
        self,
        author_id: str,
        place: str,
        text: str,
        *,
        network: str,
        files: Sequence[File] = (),
        tags: Iterable[str] = (),
        product: str = "FEED",
        recommendation: str = "",
    ) -> Post:
        """Add a post where it stands, or (recommendation) the story of a review, whose id names no Page."""
        own = self.number(120_000_000_000 if network == FACEBOOK else 17_900_000_000_000_000)
        now = self.clock()
        post = Post(
            id=f"{place}_{own}" if network == FACEBOOK and not recommendation else own,
            network=network,
            place=place,
            author_id=author_id,
            text=text,
            created_at=now,
            updated_at=now,
            files=tuple(files),
            tags=frozenset(tags),
            product=product,
            recommendation=recommendation,
        )
        self.posts[post.id] = post
        self.announce("add", post)
        return post

    def add_comment(
        self,
        author_id: str,
        below: Post | Comment,
        text: str,
        *,
        files: Sequence[File] = (),
        tags: Iterable[str] = (),
    ) -> Comment:
        """Add a comment; below an answer it goes to that answer's parent, for there are two levels."""
        post = below if isinstance(below, Post) else self.posts[below.post_id]
        parent = "" if isinstance(below, Post) else below.parent_id or below.id
        facebook = post.network == FACEBOOK
        own = self.number(759_000_000_000 if facebook else 18_000_000_000_000_000)
        comment = Comment(
            id=f"{post.id.rpartition('_')[2]}_{own}" if facebook else own,
            post_id=post.id,
            parent_id=parent,
            author_id=author_id,
            text=text,
            created_at=self.clock(),
            files=tuple(files),
            tags=frozenset(tags),
        )
        self.comments[comment.id] = comment
        self.announce("add", comment)
        return comment

    def edit(self, piece: Post | Comment, text: str) -> None:
        """Give a post or comment another text."""
        piece.text = text
        if isinstance(piece, Post):
            piece.updated_at = self.clock()
        self.announce("edited", piece)

    def remove(self, piece: Post | Comment) -> None:
        """Take a post or comment away, with everything below it."""
        if isinstance(piece, Post):
            gone = self.below(piece)
        else:
            gone = [one for one in self.comments.values() if piece.id == one.parent_id]
        self.announce("remove", piece)
        for one in gone:
            self.comments.pop(one.id, None)
        self.comments.pop(piece.id, None)
        self.posts.pop(piece.id, None)

    def hide(self, comment: Comment, hidden: bool) -> None:
        """Hide a comment from others, or show it again."""
        if comment.hidden != hidden:
            comment.hidden = hidden
            self.announce("hide" if hidden else "unhide", comment)

    def react(self, who_id: str, piece: Post | Comment, reaction: str) -> None:
        """Let somebody react, "" takes it back."""
        piece.reactions.pop(who_id, None)
        if reaction:
            piece.reactions[who_id] = reaction
        self.announce("react", piece, who_id, reaction)

    def add_message(
        self, ours: Ours, person: Person, text: str, *, ours_writes: bool, button: str = "", **more: Any
    ) -> PrivateMessage:
        """Add a private message of one of our accounts, or of the person.

        button: what a pressed button carries, "" for a message that was written. more: what else `PrivateMessage` has.
        """
        conversation = self.conversation(ours, person)
        number = self.number(0)
        identity = _long("m_" if ours.network == FACEBOOK else "aWdf", f"{conversation.id} {number}")
        sender, recipient = (ours.id, person.id) if ours_writes else (person.id, ours.id)
        message = PrivateMessage(
            id=identity, sender_id=sender, recipient_id=recipient, text=text, created_at=self.clock(), **more
        )
        conversation.messages.append(message)
        conversation.updated_at = message.created_at
        self.messages[message.id] = message
        self.announce("postback" if button else "message", message, *filter(None, [button]))
        return message

    def talk_of(self, message: PrivateMessage) -> tuple[Conversation, Ours, Person]:
        """Return where a message stands, our account and the person."""
        ours_id, person_id = message.sender_id, message.recipient_id
        if ours_id in self.people:
            ours_id, person_id = person_id, ours_id
        ours, person = self.ours[ours_id], self.people[person_id]
        return self.conversation(ours, person), ours, person


def _find(table: Mapping[str, Someone], who: Someone | str) -> Someone:
    key = who.lstrip("@") if isinstance(who, str) else who.id
    found = table.get(key) or next((one for one in table.values() if key in (one.username, one.name)), None)
    if found is None:
        raise KeyError(f"nobody here is called {key}")
    return found


def _long(prefix: str, label: str) -> str:
    digest = sha256(label.encode()).digest() + sha256(label.encode()[::-1]).digest()
    return prefix + base64.urlsafe_b64encode(digest).decode().rstrip("=")[:80]
