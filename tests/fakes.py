"""A clock that stands still, a platform in memory, and a connector that reads what the tests write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, MediaRule, TextRule
from social_care.core.errors import OutcomeUnknown, UnreadablePayload
from social_care.core.events import (
    Audience,
    Author,
    Event,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Thread,
    ThreadMoved,
    Unknown,
)
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Payload, Source
from social_care.core.ports import CheckUp, Download, Page
from social_care.core.replies import Part, Sent, StoredMessage

US = "900"
ACCOUNT = Account(name="Northwind on Fake", platform="fake", external_id=US, handle="northwind")


class StillClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


def message(
    message_id: str,
    text: str = "My flight is late",
    *,
    author: str | None = "c1",
    thread: str = "t1",
    private: bool = False,
    cls: type[MessageReceived] = MessageReceived,
    **more: Any,
) -> MessageReceived:
    """Make a received message."""
    return cls(
        message_id=message_id,
        thread=Thread(id=thread, audience=Audience.PRIVATE if private else Audience.PUBLIC),
        author=Author(id=author, handle=f"@{author}") if author else None,
        text=text,
        kind="direct_message" if private else "post",
        **more,
    )


def to_json(event: Event) -> dict[str, Any]:
    """Write an event the way `FakeConnector.parse` reads it."""
    written: dict[str, Any] = {"type": type(event).__name__, "message_id": event.message_id}
    if isinstance(event, MessageReceived):
        written |= {
            "author": event.author.id if event.author else None,
            "thread": event.thread.id,
            "private": event.thread.audience is Audience.PRIVATE,
            "text": event.text,
            "addresses_us": event.addresses_us,
            "parent_id": event.parent_id,
            "revision": event.revision,
        }
    elif isinstance(event, ThreadMoved):
        written |= {"thread": event.thread.id, "to": event.to.id}
    elif isinstance(event, ReactionChanged):
        written |= {"author": event.author.id if event.author else None, "reaction": event.reaction}
    return written


def body_of(*events: Event) -> bytes:
    """Write events as one body."""
    return json.dumps([to_json(event) for event in events]).encode()


def payload_of(*events: Event, feed: str = "mentions", account: Account = ACCOUNT, salt: str = "") -> Payload:
    """Make a payload of events; `salt` makes bodies with the same events differ."""
    return Payload(
        platform=account.platform,
        account=account.name,
        account_id=account.external_id,
        feed=feed + salt,
        body=body_of(*events),
        source=Source.POLL,
        received_at=datetime(2026, 3, 1, tzinfo=timezone.utc),
    )


class FakeConnector:
    """A platform whose payloads are lists of events, 50 characters a message, parts counted in code points."""

    platform = "fake"
    title = "Fake"
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages"),
        public=TextRule(limit=50, unit="characters"),
        private=TextRule(limit=500, unit="characters", max_parts=1),
        public_media=MediaRule(count=1, max_bytes=(("image/png", 1000),)),
        search=True,
        reconciles=True,
        moderates=(ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.LIKE, ModerationAction.BLOCK),
        costs_money=True,
    )
    required_credentials: tuple[tuple[str, ...], ...] = (("token",),)
    forbidden = ""
    cost = Decimal("0.01")
    window: timedelta | None = None
    keeps: Mapping[ModerationAction, str] = {}
    """What the platform's rules forbid, and why."""

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        try:
            items = json.loads(payload.body)
        except ValueError as error:
            raise UnreadablePayload("not JSON") from error
        return tuple(self._event(item) for item in items)

    def _event(self, item: dict[str, Any]) -> Event:
        kind = item.pop("type")
        if kind in ("MessageReceived", "MessageEdited"):
            return message(cls=MessageEdited if kind == "MessageEdited" else MessageReceived, **item)
        if kind == "MessageDeleted":
            return MessageDeleted(message_id=item["message_id"])
        if kind == "ThreadMoved":
            before, after = (Thread(id=item[one], audience=Audience.PUBLIC) for one in ("thread", "to"))
            return ThreadMoved(message_id=item["message_id"], thread=before, to=after, reason="It moved.")
        if kind == "ReactionChanged":
            return ReactionChanged(
                message_id=item["message_id"], author=Author(id=item["author"]), reaction=item["reaction"]
            )
        return Unknown(reason=f"unknown kind {kind}")

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        return part.text == event.text

    def measure(self, text: str, audience: Audience) -> int:
        return len(text)

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        return self.forbidden

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        return self.window and message.sent_at and message.sent_at + self.window

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        return self.cost, "A link costs more." if "http" in text else ""

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        return Offer(action=action, refusal=self.keeps.get(action, ""))

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        return Thread(id=f"dm:{target.author_id}", audience=Audience.PRIVATE)


@dataclass
class FakePlatform:
    """What the platform holds, and what it shall do at the next calls."""

    posts: list[tuple[str, str]] = field(default_factory=list)
    script: list[Exception | str | None] = field(default_factory=list)
    """For each coming send: an error to raise, `lost` (take the post, then break the connection), None for success."""
    pages: dict[str, list[Page | Exception]] = field(default_factory=dict)
    closed: int = 0
    moderated: list[tuple[ModerationAction, str]] = field(default_factory=list)
    vanished: set[str] = field(default_factory=set)
    keys: dict[str, str] | None = None
    """Of a platform that shows nothing of what it took, but knows keys again: key → post. None: the other way round."""

    def connect(self, account: Account) -> FakeConnection:
        return FakeConnection(self) if self.keys is None else KeyedConnection(self)


class FakeConnection:
    """One connection to a `FakePlatform`."""

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform

    def check(self) -> CheckUp:
        return CheckUp(account_id=US, handle="northwind", name="Northwind")

    def fetch(self, feed: str, cursor: str) -> Page:
        page = self.platform.pages[feed][int(cursor or 0)]
        if isinstance(page, Exception):
            raise page
        return page

    def send(self, part: Part) -> Sent:
        step = self.platform.script.pop(0) if self.platform.script else None
        if isinstance(step, Exception):
            raise step
        keys = self.platform.keys
        if keys is not None and part.idempotency_key in keys:
            return Sent(external_id=keys[part.idempotency_key])
        self.platform.posts.append((f"p{len(self.platform.posts) + 1}", part.text))
        if keys is not None:
            keys[part.idempotency_key] = self.platform.posts[-1][0]
        if step == "lost":
            raise OutcomeUnknown("The connection broke.")
        if step == "crash":
            raise SystemExit("killed between sending and recording")
        return Sent(external_id=self.platform.posts[-1][0], cost=Decimal("0.01"))

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        found = (i for i, text in self.platform.posts if text == part.text and not taken(i))
        return next((Sent(external_id=i, cost=Decimal("0.01")) for i in found), None)

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(self.platform.vanished.intersection(message_ids))

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        step = self.platform.script.pop(0) if self.platform.script else None
        if isinstance(step, BaseException):
            raise step
        self.platform.moderated.append((action, target.message_id))
        if step == "lost":
            raise OutcomeUnknown("The connection broke.")
        if step == "crash":
            raise SystemExit("killed between doing and recording")
        return Decimal("0.01")

    def download(self, reference: str) -> Download:
        raise NotImplementedError

    def close(self) -> None:
        self.platform.closed += 1


class KeyedConnection(FakeConnection):
    """One connection to a platform that makes one message of several attempts under one key."""

    def may_repeat(self, part: Part, now: datetime) -> bool:
        return part.first_attempt_at is not None and now < part.first_attempt_at + timedelta(days=30)

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        return None


def never_keep(credentials: Mapping[str, str]) -> None:
    raise AssertionError("no credentials were expected to change")


Connect = Callable[[Account], FakeConnection]
