"""What a connection brings home from a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from social_care.core.errors import SocialCareError
from social_care.core.events import Author, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetched page of a feed.

    body: as the platform sent it. cursor: what to hand in next time, opaque, already safe to store with this page: a
    crash after it loses nothing. more: another page waits now. count: messages in it. cost: US dollars. next_in_s: do not
    come again earlier, in seconds; 0 where the account decides. note: what the owner should know of how this feed is
    visited. trouble: what is wrong, told once page and cursor are stored; None when all is well.
    """

    body: bytes
    cursor: str
    more: bool
    count: int
    cost: Decimal = Decimal(0)
    next_in_s: float = 0
    note: str = ""
    trouble: SocialCareError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckUp:
    """What "Test connection" found. Limits left are plain lines ("mentions: 299 of 300, until 12:15 UTC").

    options: what the connector wants to find in `Account.options` from now on, such as the limits of the account's server.
    """

    account_id: str
    handle: str
    name: str
    permissions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A fetched media file."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The answer to a platform's question whether this webhook is ours."""

    body: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """What a look-up brought. author None: nothing new of who wrote it. events: later versions of the message."""

    author: Author | None = None
    events: tuple[Event, ...] = ()
