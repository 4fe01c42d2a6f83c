"""What happened on a platform, in the past tense: the only thing a connector's parser may return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from social_care.core.errors import SocialCareError
from social_care.core.insight import Reading


class Audience(str, Enum):
    """Who can read a message."""

    PUBLIC = "public"
    PRIVATE = "private"


class Direction(str, Enum):
    """Seen from us: `in` from a customer, `out` from the team."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person or organisation on a platform.

    None means unknown, "" or 0 known to be empty. `id` is stable on the platform, `handle` may change. id "": the platform
    told a handle or a name only, so nobody can be known again by it.
    """

    id: str
    handle: str | None = None
    name: str | None = None
    avatar_url: str | None = None
    followers: int | None = None
    verified: bool | None = None
    protected: bool | None = None
    accepts_private: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One attachment; `url` None means that the platform gave only an id to ask with."""

    kind: str
    url: str | None = None
    id: str | None = None
    alt: str | None = None
    preview_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A remote conversation.

    In a public thread every customer who addresses us has a case of their own; in a private thread the thread is the case.
    """

    id: str
    audience: Audience


class Missing(str, Enum):
    """What a platform left out of a message and tells who asks."""

    AUTHOR = "author"
    """A name: only the author's id is known."""
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. `message_id` "" means that the event is not about one message."""

    message_id: str = ""


STANCE = "stance"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """A message became visible to us: a customer's, or our own coming back (an echo, where the author is the account).

    author None: the platform did not say who wrote it. sent_at None: it did not say when; else UTC-aware.
    text: plain, as a person reads it. kind: `post`, `comment`, `review` or `direct_message`.
    addresses_us: the author turned to us (mention, reply to us, quote of us, private message, hit of a search the
    team chose); a message that does not is a bystander's and opens nothing. A private one that does not says nothing by
    itself (somebody opened a conversation), and is shown once there are words.
    parent_id None: not an answer to a message, or unknown. parent_author_id likewise.
    revision: "" for the first version. route: what the connector needs to answer this message, opaque to everybody else.
    Its `STANCE` there is what the message says beside its words (whether a customer recommends us), where that may change.
    notes: plain sentences an agent should see with the message ("quotes a post that is gone").
    on_our_ground: it stands under a post of ours; a bystander's word there opens a case where none can show it.
    in_room: its thread is a room where people talk of many things, so only what belongs to a case is shown there.
    automatic: our own words, but no person wrote them then (an away message): nobody's turn changes.
    missing: what was left out and can be looked up once the message is safe.
    listed: a list shows it as it is now, so where what we keep differs it has been edited since, or hidden (`hidden`, None:
    the list does not say) or shown again.
    reply_until: set by the engine from the connector's rules before a desk sees the message; None for no time limit.
    reading: set by the engine likewise; None where nobody read it.
    """

    thread: Thread
    author: Author | None
    text: str
    kind: str = "post"
    sent_at: datetime | None = None
    addresses_us: bool = True
    parent_id: str | None = None
    parent_author_id: str | None = None
    revision: str = ""
    media: tuple[Media, ...] = ()
    permalink: str | None = None
    language: str | None = None
    route: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    on_our_ground: bool = False
    in_room: bool = False
    automatic: bool = False
    missing: tuple[Missing, ...] = ()
    listed: bool = False
    hidden: bool | None = None
    reply_until: datetime | None = None
    reading: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(MessageReceived):
    """A new version of a message; `message_id` is that of the first version, `revision` tells the versions apart.

    It carries the whole message, so that an edit seen before its original loses nothing.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Event):
    """The message is no longer on the platform. thread None: the platform did not say where it stood.

    vanished: the platform did not say that it was deleted; a look-up missed it, and its author may only have blocked us.
    """

    thread: Thread | None = None
    author_id: str | None = None
    vanished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityChanged(Event):
    """The team, here or on the platform itself, hid a message or shows it again. at: UTC-aware, None where not told."""

    hidden: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMoved(Event):
    """The platform goes on with a conversation under another id; what was said before keeps the old one."""

    thread: Thread
    to: Thread
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChanged(Event):
    """Somebody reacted to a message, or took it back (`reaction` "").

    revision tells which of one person's reactions was the last. thread None: the platform did not say where.
    """

    author: Author | None
    reaction: str
    revision: str = ""
    thread: Thread | None = None


class Fate(str, Enum):
    """What a platform reports of a message we sent."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReported(Event):
    """The platform told the fate of a message of ours; `reason` is a plain sentence when it failed.

    reference: the part's id, where we sent it along and the platform gives it back. unwanted: the category of messages that
    the customer does not want, where it failed for that. until: it holds for every message of the (private) thread up to
    then, and names none by its id.
    """

    fate: Fate
    reason: str = ""
    reference: str = ""
    unwanted: str = ""
    thread: Thread | None = None
    text: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChanged(Event):
    """A customer wants no messages of a category any more, or wants them again.

    category: as in `core.templates.Template`. at: when, UTC-aware; None: the platform did not say, so now.
    """

    author_id: str
    category: str
    wanted: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesChanged(Event):
    """The platform reviewed or changed a template: what is known of them is out of date."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRevoked(Event):
    """The platform took our access away."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed(Event):
    """A recorded exchange in which the platform refused our call."""

    error: SocialCareError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored(Event):
    """A known kind of event that is no customer's matter; the reason is recorded."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """Something we cannot read (yet): the payload is parked and stays visible."""

    reason: str
