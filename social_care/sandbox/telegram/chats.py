"""Who and what there is: people, chats, messages, and the updates that wait for the bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

BOT_ID = 700700
BOT: dict[str, Any] = {"id": BOT_ID, "is_bot": True, "first_name": "Northwind", "username": "NorthwindBot"}
OWNER: dict[str, Any] = {"id": 600600, "is_bot": False, "first_name": "Nora"}
"""Whose business account connected the bot."""

GROUP: dict[str, Any] = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""Who stands in for a group that speaks for itself."""


@dataclass(slots=True, kw_only=True)
class Person:
    """A customer. blocked: does not want the bot any more."""

    id: int
    name: str
    username: str
    blocked: bool = False

    def shown(self) -> dict[str, Any]:
        """Return the person as Telegram shows one."""
        return {"id": self.id, "is_bot": False, "first_name": self.name, "username": self.username, "language_code": "en"}


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat. owner: whose private chat it is, business: of whose connection. moved_to: the supergroup that it became.

    rights: what the bot may do there as an administrator. banned: who may not come back. liked: what the bot likes.
    """

    id: int
    kind: str
    title: str = ""
    owner: Person | None = None
    business: str = ""
    moved_to: int = 0
    rights: set[str] = field(default_factory=set)
    banned: set[int] = field(default_factory=set)
    liked: set[int] = field(default_factory=set)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """Return the chat as Telegram shows one."""
        if self.owner is not None:
            return {"id": self.id, "type": "private", "first_name": self.owner.name, "username": self.owner.username}
        return {"id": self.id, "type": self.kind, "title": self.title}


class State:
    """All of it. `push` is called with each new update."""

    def __init__(self, clock: Callable[[], datetime], push: Callable[[dict[str, Any]], None]) -> None:
        self._clock = clock
        self._push = push
        self.people: dict[int, Person] = {}
        self.chats: dict[tuple[int, str], Chat] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.updates: list[dict[str, Any]] = []
        self._ids, self._update_ids = count(5001), count(10_000)

    def next_id(self) -> int:
        """Return an id for a person or a group."""
        return next(self._ids)

    def chat(self, identity: int, business: str = "") -> Chat | None:
        """Return a chat that the bot knows."""
        return self.chats.get((identity, business))

    def add_message(self, chat: Chat, sender: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        """Store a message and return it as Telegram shows it."""
        number = max(chat.messages, default=0) + 1
        message = {
            "message_id": number,
            "date": int(self._clock().timestamp()),
            "chat": chat.shown(),
            "from": sender,
            **content,
        }
        if chat.business:
            message["business_connection_id"] = chat.business
        chat.messages[number] = message
        return message

    def announce(self, kind: str, value: dict[str, Any]) -> None:
        """Tell the bot."""
        update = {"update_id": next(self._update_ids), kind: value}
        self.updates.append(update)
        self._push(update)

    def push_waiting(self) -> None:
        """Push what waits, since a webhook was set."""
        for update in list(self.updates):
            self._push(update)
