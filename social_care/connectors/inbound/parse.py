"""Bodies → events. Total: whatever comes in, out come events or UnreadablePayload.

The format is ours: docs/platforms/inbound.md tells it to people, public/schemas/inbound.json to machines.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from social_care.connectors.inbound.fields import Fields, Wrong
from social_care.connectors.kit.plain import to_plain
from social_care.connectors.kit.reading import identifier, load_json, mapping
from social_care.core.errors import UnreadablePayload
from social_care.core.events import (
    Audience,
    Author,
    Event,
    Ignored,
    Media,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Thread,
    Unknown,
)

KINDS = ("message", "edited", "deleted", "reaction")
TYPES = ("post", "comment", "review", "direct_message")
MEDIA = ("image", "video", "audio", "file")
MOST_MEDIA = 20
NOBODY = "It is our own message, but the account's own id is not known yet: press Test connection, then handle it again."


def parse_body(raw: bytes | str, *, us: str) -> tuple[Event, ...]:
    """Return an event for each message, in the order of the body; `us` is our own id, "" when unknown.

    One that is wrong is unknown, with the path of the field and what it has to be; the others are taken. Raises:
    UnreadablePayload.
    """
    return parse_value(load_json(raw), us)


def parse_value(root: object, us: str) -> tuple[Event, ...]:
    """Return the events of a decoded body. Raises: UnreadablePayload."""
    given = account_in(root)
    if given and us and given != us:
        raise UnreadablePayload(f"account: this body is for {given[:60]!r}, and this account is {us[:60]!r}.")
    found = [_read(value, path, us or given) for value, path in _messages(root)]
    return tuple(found) or (Ignored(reason="a body without messages"),)


def account_in(root: object) -> str:
    """Return our own id as a body names it, or ""."""
    return identifier(mapping(root).get("account"))


def _messages(root: object) -> list[tuple[object, str]]:
    """Return what stands for a message, each with its path: of a list, of `messages`, or the body itself."""
    if isinstance(root, list):
        return [(one, f"[{number}]") for number, one in enumerate(root)]
    if not isinstance(root, dict):
        raise UnreadablePayload("The body has to be an object with messages, a list of messages, or a message.")
    if "messages" not in root:
        if "id" not in root:
            raise UnreadablePayload("messages: is missing.")
        return [(root, "")]
    if not isinstance(root["messages"], list):
        raise UnreadablePayload("messages: has to be a list.")
    return [(one, f"messages[{number}]") for number, one in enumerate(root["messages"])]


def _read(value: object, path: str, us: str) -> Event:
    if not isinstance(value, dict):
        return Unknown(reason=f"{path}: has to be an object.")
    try:
        fields = Fields(value, path)
        kind = fields.choice("kind", KINDS, "message")
        if kind == "deleted":
            return _read_deleted(fields)
        if kind == "reaction":
            return _read_reaction(fields)
        return _read_message(fields, us, edited=kind == "edited")
    except Wrong as error:
        return Unknown(message_id=_identity_of(value), reason=f"{error}.")


def _identity_of(value: dict[str, Any]) -> str:
    return identifier(value.get("id"))


# --- one of them ----------------------------------------------------------------------------------------------------
def _read_message(fields: Fields, us: str, *, edited: bool) -> Event:
    identity = fields.identity("id", needed=True)
    audience = Audience(fields.choice("audience", ("public", "private")))
    ours = fields.flag("ours", False)
    author = Author(id=us) if ours else _author(fields.inner("author"))
    if ours and not us:
        return Unknown(message_id=identity, reason=NOBODY)
    parent = fields.identity("parent_id")
    edited_at = fields.time("edited_at", needed=edited)
    kind = MessageEdited if edited else MessageReceived
    route = {"url": fields.address("url"), "reply_id": fields.identity("reply_id")}
    return kind(
        message_id=identity,
        thread=Thread(id=fields.identity("thread_id") or parent or identity, audience=audience),
        author=author,
        text=_words(fields),
        kind=fields.choice("type", TYPES, "direct_message" if audience is Audience.PRIVATE else "post"),
        sent_at=fields.time("created_at"),
        addresses_us=fields.flag("addresses_us", True),
        parent_id=parent or None,
        revision=_revision(edited_at) if edited else "",
        media=_media(fields),
        permalink=route["url"],
        language=fields.line("language", 35),
        route={name: value for name, value in route.items() if value},
    )


def _read_deleted(fields: Fields) -> Event:
    thread = fields.identity("thread_id")
    audience = Audience(fields.choice("audience", ("public", "private"), "public"))
    return MessageDeleted(
        message_id=fields.identity("id", needed=True), thread=Thread(id=thread, audience=audience) if thread else None
    )


def _read_reaction(fields: Fields) -> Event:
    thread = fields.identity("thread_id")
    audience = Audience(fields.choice("audience", ("public", "private"), "public"))
    reaction = fields.line("reaction", 60)
    if reaction is None:
        raise fields.wrong("reaction", "is missing; empty means that it was taken back")
    at = fields.time("created_at")
    return ReactionChanged(
        message_id=fields.identity("id", needed=True),
        author=_author(fields.inner("author")),
        reaction=reaction,
        revision=_revision(at) if at else "",
        thread=Thread(id=thread, audience=audience) if thread else None,
    )


def _revision(at: datetime | None) -> str:
    return at.isoformat(timespec="microseconds") if at else ""


def _author(fields: Fields | None) -> Author | None:
    """Return who wrote it; without an id nobody can be known again."""
    if fields is None:
        return None
    author = Author(
        id=fields.identity("id"),
        handle=fields.line("handle", 140) or None,
        name=fields.line("name", 140) or None,
        avatar_url=fields.address("avatar"),
        followers=fields.count("followers"),
    )
    fields.address("url")
    return author if author.id or author.handle or author.name else None


def _words(fields: Fields) -> str:
    text, html = fields.text("text"), fields.text("html")
    if text is None and html is None and not fields.found.get("media"):
        raise fields.wrong("text", "is missing, and so are html and media")
    return text.strip() if text else to_plain(html or "")


def _media(fields: Fields) -> tuple[Media, ...]:
    found = []
    for one in fields.listed("media"):
        words = [words for words in (one.line("name"), one.line("alt")) if words]
        url = one.address("url", needed=True)
        found.append(Media(kind=one.choice("type", MEDIA, "file"), url=url, alt=" · ".join(words) or None))
    if len(found) > MOST_MEDIA:
        raise fields.wrong("media", f"has to have at most {MOST_MEDIA} files")
    return tuple(found)
