"""What the sandbox remembers of Facebook and Instagram: people, Pages and accounts, posts, comments, private messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

FACEBOOK, INSTAGRAM = "facebook", "instagram"


@dataclass(slots=True, kw_only=True)
class File:
    """A picture, film or sound. address: where it is fetched from."""

    id: str
    kind: str
    mime: str
    name: str
    content: bytes
    address: str = ""


@dataclass(slots=True, kw_only=True)
class Person:
    """A customer. blocked: the ids of Pages and accounts that get no further to them. consents: may be looked up.

    picture None: nobody has asked for it.
    """

    id: str
    name: str
    username: str
    followers: int = 0
    consents: bool = True
    picture: File | None = None
    blocked: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Ours:
    """A Page, or an Instagram account. page_id: the Page an Instagram account is linked to, "" for none.

    app_scoped_id: how Instagram Login names the account to this app. human_agent: Meta approved the feature.
    banned: the ids of people who may write nothing here any more.
    """

    id: str
    network: str
    name: str
    username: str
    category: str = ""
    page_id: str = ""
    app_scoped_id: str = ""
    human_agent: bool = False
    banned: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Post:
    """A post. place: the id of the Page (or person, or Instagram account) it stands with. tags: ids of Pages in it.

    recommendation: of the story of a review `positive` or `negative`, else "".
    product: FEED, REELS, STORY or LIVE (Instagram). ended: a broadcast that is over. private_reply: see `Comment`.
    """

    id: str
    network: str
    place: str
    author_id: str
    text: str
    created_at: datetime
    updated_at: datetime
    files: tuple[File, ...] = ()
    tags: frozenset[str] = frozenset()
    product: str = "FEED"
    recommendation: str = ""
    ended: bool = False
    private_reply: bool = False
    reactions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment. parent_id "": it stands below the post itself. private_reply: the one that is allowed was used."""

    id: str
    post_id: str
    parent_id: str
    author_id: str
    text: str
    created_at: datetime
    files: tuple[File, ...] = ()
    tags: frozenset[str] = frozenset()
    hidden: bool = False
    private_reply: bool = False
    reactions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class PrivateMessage:
    """One private message. app_id "": no app sent it. tag: the message tag it went with. story: {"id", "url"} of one."""

    id: str
    sender_id: str
    recipient_id: str
    text: str
    created_at: datetime
    files: tuple[File, ...] = ()
    reply_to: str = ""
    story: dict[str, str] = field(default_factory=dict)
    app_id: str = ""
    metadata: str = ""
    tag: str = ""
    edits: int = 0
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Conversation:
    """What an account of ours and a person wrote each other. standby: another app has it at the moment."""

    id: str
    ours_id: str
    person_id: str
    updated_at: datetime
    messages: list[PrivateMessage] = field(default_factory=list)
    standby: bool = False
    spam: bool = False
