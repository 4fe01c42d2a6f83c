"""One message of Telegram → its event, and the message of ours that it quotes.

Source: https://core.telegram.org/bots/api#message (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from social_care.connectors.kit.reading import flag, identifier, mapping, moment_from_epoch, number, text
from social_care.connectors.telegram.content import Content, read_content, service_of
from social_care.connectors.telegram.places import Place, is_channels_post, number_of, permalink_of, place_of
from social_care.connectors.telegram.rich import spoken_to
from social_care.connectors.telegram.text import entities_of, mentions_us
from social_care.core.events import (
    Audience,
    Author,
    Event,
    Ignored,
    MessageEdited,
    MessageReceived,
    Thread,
    ThreadMoved,
    Unknown,
)

ANONYMOUS = "An administrator of the group wrote this without a name."
AS_CHANNEL = "Written in the name of a channel; Telegram does not say by whom."
GUEST = "The bot was called into a chat of which it is no member, so this cannot be answered from here."
BOT = "Written by a bot."
BY_ITSELF = "Telegram sent this by itself: a greeting, an away message, or one that was planned before."
MOVED = "the group became a supergroup: its messages come under another id"
START = re.compile(r"/start(?:@\w{3,40})?(?: ([A-Za-z0-9_-]{1,64}))?\s*")
"""The command of the start button, and what its link carries."""
FORWARDED = ("forward_origin", "forward_from", "forward_from_chat", "forward_sender_name", "forward_date")
"""Since Bot API 7.0 the first, before it the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a message was found. us, handle: our bot's id and name, "" while unknown. update: the number of the update."""

    us: str
    handle: str = ""
    update: int = 0


def read_message(value: object, scene: Scene, *, edited: bool = False, guest: bool = False) -> Iterator[Event]:
    """Yield the events of one message: itself, and before it our own one that it answers."""
    message = mapping(value)
    place = place_of(message)
    if place is None:
        yield Unknown(reason="Telegram sent a message without an id or a chat.")
        return
    if (moved := _moved(message, place)) is not None:
        yield moved
        return
    if reason := service_of(message):
        yield Ignored(message_id=place.identity, reason=reason)
        return
    content = read_content(message)
    if content is None:
        yield Unknown(message_id=place.identity, reason=f"Telegram sent a message of an unknown kind: {_names(message)}.")
        return
    if edited and "location" in message:
        yield Ignored(message_id=place.identity, reason="a shared place moved")
        return
    if not edited:
        yield from _quoted(message, place, scene)
    received = _received(message, place, content, scene, guest=guest)
    yield _as_edit(received, message, scene) if edited else received


def _moved(message: Mapping[str, Any], place: Place) -> ThreadMoved | None:
    """Return that a group became a supergroup, which has another id; the group and the supergroup both tell.

    Source: https://core.telegram.org/bots/api#message ("migrate_to_chat_id", "migrate_from_chat_id", read 2026-11).
    """
    to, since = number_of(message.get("migrate_to_chat_id")), number_of(message.get("migrate_from_chat_id"))
    if not to and not since:
        return None
    before, after = (Thread(id=one or place.chat, audience=Audience.PUBLIC) for one in (since, to))
    return ThreadMoved(message_id=place.identity, thread=before, to=after, reason=MOVED)


def author_of(person: Mapping[str, Any]) -> Author | None:
    """Return a person, or a chat that speaks for itself; None where it has no id."""
    identity = number_of(person.get("id"))
    if not identity:
        return None
    names = (text(person.get("first_name")), text(person.get("last_name")))
    name = " ".join(filter(None, names)) or text(person.get("title"))
    return Author(id=identity, handle=identifier(person.get("username")) or None, name=name or None)


def revision_of(date: object, scene: Scene) -> str:
    """Return what orders the versions of a message: the second, and within one second the number of the update."""
    return f"{max(number(date) or 0, 0):012d}-{scene.update:012d}"


def _received(message: Mapping[str, Any], place: Place, content: Content, scene: Scene, *, guest: bool) -> MessageReceived:
    author, more = _writer(message, place, scene)
    above = _answered(message)
    chat = mapping(message.get("chat"))
    commented = bool(place.comments) and not is_channels_post(message)
    started = _started(message, content)
    notes = [*content.notes, *more, *_origin(message), *([GUEST] if guest else []), *([started] if started else [])]
    return MessageReceived(
        message_id=place.identity,
        thread=place.thread,
        author=author,
        text=content.words,
        kind="direct_message" if place.private else "comment" if commented else "post",
        sent_at=moment_from_epoch(message.get("date")),
        addresses_us=not started and (place.private or guest or _turns_to_us(message, above, scene)),
        parent_id=_identity_of(above, place),
        parent_author_id=number_of(_speaker(above).get("id")) or None,
        media=content.media,
        permalink=permalink_of(chat, place),
        language=identifier(mapping(message.get("from")).get("language_code"), longest=20) or None,
        route={**place.route, **({"guest": "1"} if guest else {})},
        notes=tuple(notes),
        on_our_ground=commented,
        in_room=not place.private and not place.comments,
        automatic=BY_ITSELF in more,
    )


def _started(message: Mapping[str, Any], content: Content) -> str:
    """Return what the press of a bot's start button tells, "" for a message with words of its own.

    Source: https://core.telegram.org/bots/features#deep-linking (read 2026-11).
    """
    found = START.fullmatch(content.words)
    if found is None or any(name in message for name in FORWARDED):
        return ""
    return f"Started the bot by a link that carries “{found[1]}”." if found[1] else "Started the bot."


def _as_edit(received: MessageReceived, message: Mapping[str, Any], scene: Scene) -> MessageEdited:
    given = {one.name: getattr(received, one.name) for one in fields(received)}
    return MessageEdited(**{**given, "revision": revision_of(message.get("edit_date"), scene)})


def _quoted(message: Mapping[str, Any], place: Place, scene: Scene) -> Iterator[Event]:
    """Yield the message of ours that a customer answers: it proves that it was sent, which nothing else may have told."""
    above = _answered(message)
    author = number_of(mapping(above.get("from")).get("id"))
    if not scene.us or author != scene.us or not number(above.get("date")) or not _identity_of(above, place):
        return
    content = read_content(above)
    where = place_of({**message, **above}) if content is not None else None
    if content is not None and where is not None and where.chat == place.chat:
        yield _received(above, where, content, scene, guest=False)


def _answered(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message that is answered; in a topic everything "answers" the topic's opening, which means nothing."""
    above = mapping(message.get("reply_to_message"))
    return {} if "forum_topic_created" in above else above


def _identity_of(above: Mapping[str, Any], place: Place) -> str | None:
    """Return the id of the answered message, which stands in the chat of its answer."""
    where = place_of({"business_connection_id": place.connection, **above})
    return where.identity if where else None


def _speaker(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(message.get("sender_chat")) or mapping(message.get("from"))


def _writer(message: Mapping[str, Any], place: Place, scene: Scene) -> tuple[Author | None, tuple[str, ...]]:
    """Return who wrote a message, and what an agent should know of that.

    Where a chat speaks, `from` is a stand-in. In a business account's chat, and in a channel's direct messages, everything
    that the customer did not write comes from us: by our bot, by the account's owner, or by the channel's people.
    """
    speaker, person = mapping(message.get("sender_chat")), mapping(message.get("from"))
    if place.connection and number_of(person.get("id")) not in ("", place.chat):
        by_itself = flag(message.get("is_from_offline")) is True
        return Author(id=scene.us or number_of(person.get("id"))), (BY_ITSELF,) if by_itself else ()
    if place.direct and _is_by_channel(message):
        return Author(id=scene.us or number_of(_speaker(message).get("id"))), ()
    if number_of(speaker.get("id")):
        stand_in = ANONYMOUS if number_of(speaker.get("id")) == place.chat else AS_CHANNEL
        return author_of(speaker), () if is_channels_post(message) else (stand_in,)
    author = author_of(person)
    if author is None and place.private and not place.direct:
        author = author_of(mapping(message.get("chat")))
    by_bot = flag(person.get("is_bot")) is True and author is not None and author.id != scene.us
    return author, (BOT,) if by_bot else ()


def _is_by_channel(message: Mapping[str, Any]) -> bool:
    """Tell whether a direct message of a channel was written by somebody other than its customer."""
    customer = number_of(mapping(mapping(message.get("direct_messages_topic")).get("user")).get("id"))
    return bool(customer) and number_of(_speaker(message).get("id")) not in ("", customer)


def _turns_to_us(message: Mapping[str, Any], above: Mapping[str, Any], scene: Scene) -> bool:
    """Tell whether somebody in a group answers our bot or calls it; channels speak to everybody."""
    if is_channels_post(message):
        return False
    answered = mapping(above.get("from"))
    if not mapping(above.get("sender_chat")):
        if scene.us and number_of(answered.get("id")) == scene.us:
            return True
        if not scene.us and flag(answered.get("is_bot")) is True:
            return True
    return mentions_us(_spoken(message), scene.us, scene.handle)


def _spoken(message: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the pieces of a text that have a meaning of their own, such as mentions."""
    for words, entities in (("text", "entities"), ("caption", "caption_entities")):
        for _, covered, entity in entities_of(text(message.get(words)) or "", message.get(entities)):
            yield covered, entity
    yield from spoken_to(message.get("rich_message"))


def _origin(message: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a message comes from: forwarded, by a bot, quoting a part, answering something in another chat."""
    if not is_channels_post(message) and any(name in message for name in FORWARDED):
        name = _forwarded_from(message)
        yield "Forwarded" + (f" from {name}." if name else "; Telegram does not say from whom.")
    if helper := text(mapping(message.get("via_bot")).get("username")):
        yield f"Made with the bot @{helper[:60]}."
    if quote := text(mapping(message.get("quote")).get("text")):
        yield f"Quotes: “{quote[:300]}”"
    if "external_reply" in message:
        yield "Answers a message in another chat, which is not shown to us."
    if "suggested_post_info" in message:
        yield "The customer suggests this as a post of the channel."
    if "reply_to_story" in message:
        yield "Answers a story; Telegram does not show stories to bots."


def _forwarded_from(message: Mapping[str, Any]) -> str:
    origin = mapping(message.get("forward_origin"))
    places = (
        *(mapping(origin.get(name)) for name in ("sender_user", "sender_chat", "chat")),
        mapping(message.get("forward_from")),
        mapping(message.get("forward_from_chat")),
    )
    names = [found.name or found.handle for one in places if (found := author_of(one))]
    names += [text(origin.get("sender_user_name")), text(message.get("forward_sender_name"))]
    return next((name for name in names if name), "")[:100]


def _names(message: Mapping[str, Any]) -> str:
    common = {"message_id", "from", "chat", "date", "sender_chat", "message_thread_id", "business_connection_id"}
    return ", ".join(sorted(str(name) for name in message if name not in common))[:60] or "without content"
