"""Where a message stands: which chat, topic or business conversation, and the ids made of that.

A message's number is unique in its chat only, so the chat is part of its id; ids of groups and channels are negative.
Source: https://core.telegram.org/bots/api#message and #chat (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from social_care.connectors.kit.reading import flag, identifier, mapping, text
from social_care.core.events import Audience, Thread

_NUMBER = re.compile(r"-?\d{1,20}")
_LONGEST_CONNECTION = 60


def number_of(value: object) -> str:
    """Return an id of a chat, person or message, which may be negative, as text; "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20:
        return str(value)
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) and value.isascii() else ""


def is_private(chat: Mapping[str, Any]) -> bool:
    """Tell whether only one customer and we read a chat; where no type is told, people have positive ids."""
    told = text(chat.get("type"))
    if told is None:
        return not number_of(chat.get("id")).startswith("-")
    return told == "private" or flag(chat.get("is_direct_messages")) is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one message stands. topic, direct, connection: "" where there is none.

    direct: a topic of a channel's direct messages, which is one customer. connection: the business account's connection
    to our bot; its chats are counted apart from the bot's own with the same customer. comments: the number of the post
    under which it is a comment.
    """

    chat: str
    number: str
    private: bool
    connection: str = ""
    topic: str = ""
    direct: str = ""
    comments: str = ""

    @property
    def identity(self) -> str:
        """The id of the message among all that our bot sees."""
        return message_identity(self.chat, self.number, self.connection)

    @property
    def thread(self) -> Thread:
        """The conversation. A group is one, and so are each of its topics and the comments of each post."""
        audience = Audience.PRIVATE if self.private else Audience.PUBLIC
        if self.connection:
            return Thread(id=f"{self.chat}@{self.connection}", audience=audience)
        part = self.direct or (not self.private and (self.comments or self.topic))
        return Thread(id=f"{self.chat}/{part}" if part else self.chat, audience=audience)

    @property
    def route(self) -> dict[str, str]:
        """What is needed to answer here."""
        found = {
            "chat": self.chat,
            "message": self.number,
            "topic": self.topic,
            "direct_topic": self.direct,
            "business": self.connection,
        }
        return {name: value for name, value in found.items() if value}


def message_identity(chat: str, number: str, connection: str = "") -> str:
    """Return the id of a message among all that our bot sees."""
    return f"{chat}:{number}" + (f"@{connection}" if connection else "")


def place_of(message: Mapping[str, Any]) -> Place | None:
    """Return where a message stands, None where it does not tell."""
    chat = mapping(message.get("chat"))
    identity, number = number_of(chat.get("id")), number_of(message.get("message_id"))
    if not identity or not number:
        return None
    connection = connection_of(message)
    return Place(
        chat=identity,
        number=number,
        private=bool(connection) or is_private(chat),
        connection=connection,
        topic=number_of(message.get("message_thread_id")) if flag(message.get("is_topic_message")) else "",
        direct=number_of(mapping(message.get("direct_messages_topic")).get("topic_id")),
        comments=_commented(message, number),
    )


def connection_of(value: Mapping[str, Any]) -> str:
    """Return the id of the business connection by which something came, or ""."""
    return identifier(value.get("business_connection_id"), longest=_LONGEST_CONNECTION)


def is_channels_post(message: Mapping[str, Any]) -> bool:
    """Tell whether a message is a channel's own post: in the channel, or as carried over to the channel's group."""
    return flag(message.get("is_automatic_forward")) is True or mapping(message.get("chat")).get("type") == "channel"


def _commented(message: Mapping[str, Any], number: str) -> str:
    """Return the number of the channel's post under which a message stands (the post itself, too), or ""."""
    if is_channels_post(message):
        return number
    above = mapping(message.get("reply_to_message"))
    return number_of(above.get("message_id")) if is_channels_post(above) else ""


def permalink_of(chat: Mapping[str, Any], place: Place) -> str | None:
    """Return the address of a message of a supergroup or channel, None for others, which have none.

    Source: https://core.telegram.org/api/links#message-links (read 2026-11).
    """
    if place.private:
        return None
    path = f"{place.topic}/{place.number}" if place.topic else place.number
    if name := identifier(chat.get("username")):
        return f"https://t.me/{name}/{path}" if re.fullmatch(r"\w{3,40}", name, re.ASCII) else None
    return f"https://t.me/c/{place.chat[4:]}/{path}" if place.chat.startswith("-100") else None
