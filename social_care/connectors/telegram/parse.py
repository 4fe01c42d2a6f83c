"""Updates of Telegram → events: one a webhook, many a page.

Source: https://core.telegram.org/bots/api#update (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import flag, identifier, items, load_json, mapping, number, text
from social_care.connectors.telegram.messages import Scene, author_of, read_message, revision_of
from social_care.connectors.telegram.places import (
    Place,
    connection_of,
    is_private,
    message_identity,
    number_of,
    permalink_of,
    place_of,
)
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Ignored, MessageDeleted, MessageReceived, ReactionChanged, Unknown

BUTTON = "button:"
"""What the id of a pressed button begins with; no message of a chat has such an id."""
PRESSED = "The customer pressed a button."
ELSEWHERE = "The button stands in a chat that Telegram does not name; an answer goes to the customer's chat with the bot."
NO_MATTER: dict[str, str] = {
    "chat_boost": "somebody boosted a chat",
    "chat_join_request": "somebody asks to join a group",
    "chat_member": "a member of a group changed",
    "chosen_inline_result": "somebody chose a result of the bot's inline mode",
    "inline_query": "somebody typed in the bot's inline mode",
    "managed_bot": "a bot that ours manages changed",
    "message_reaction_count": "the number of anonymous reactions changed",
    "poll": "a poll changed",
    "poll_answer": "somebody voted in a poll",
    "pre_checkout_query": "somebody is about to pay",
    "purchased_paid_media": "somebody paid for files",
    "removed_chat_boost": "a boost of a chat ended",
    "shipping_query": "somebody asks what shipping costs",
}
"""What an update can be beside a customer's word."""


def parse_body(raw: bytes, *, us: str, handle: str = "") -> tuple[Event, ...]:
    """Return every event of a webhook's body or a page of getUpdates. Raises: only UnreadablePayload."""
    return parse_value(load_json(raw), Scene(us=us, handle=handle))


def parse_value(root: object, scene: Scene) -> tuple[Event, ...]:
    """Return every event of an answer, a list of updates or one. Raises: UnreadablePayload."""
    updates = updates_in(root)
    if updates is None:
        raise UnreadablePayload("It is no update of Telegram.")
    return tuple(event for update in updates for event in read_update(update, scene))


def updates_in(root: object) -> list[Any] | None:
    """Return the updates of a body, None where it is none of Telegram's."""
    if isinstance(root, dict) and isinstance(root.get("result"), list):
        return items(root["result"])
    if isinstance(root, list):
        return root
    return [root] if isinstance(root, dict) and ("update_id" in root or any(name in root for name in READERS)) else None


def read_update(value: object, scene: Scene) -> Iterator[Event]:
    """Yield the events of one update."""
    update = mapping(value)
    scene = Scene(us=scene.us, handle=scene.handle, update=max(number(update.get("update_id")) or 0, 0))
    known = [name for name in update if name in READERS]
    for name in known:
        yield from READERS[name](mapping(update[name]), scene)
    ignored = [name for name in update if name in NO_MATTER]
    yield from (Ignored(reason=NO_MATTER[name]) for name in ignored)
    if not known and not ignored:
        names = ", ".join(sorted(str(name) for name in update if name != "update_id"))[:60]
        yield Unknown(reason=f"Telegram told of something unknown: {names or 'nothing'}.")


def _reaction(reaction: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    place = place_of(reaction)
    if place is None:
        yield Unknown(reason="Telegram told of a reaction without saying to what.")
        return
    person = mapping(reaction.get("user")) or mapping(reaction.get("actor_chat"))
    signs = [_sign(mapping(one)) for one in items(reaction.get("new_reaction"))]
    revision = revision_of(reaction.get("date"), scene)
    yield ReactionChanged(
        message_id=place.identity, author=author_of(person), reaction="".join(signs)[:100], revision=revision
    )


def _sign(kind: Mapping[str, Any]) -> str:
    return text(kind.get("emoji")) or ("⭐" if kind.get("type") == "paid" else "❔")


def _deleted(deleted: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    """Deletions are told for business accounts only."""
    chat, connection = number_of(mapping(deleted.get("chat")).get("id")), connection_of(deleted)
    numbers = [number_of(one) for one in items(deleted.get("message_ids"))]
    if not chat or not connection or not any(numbers):
        yield Unknown(reason="Telegram told of a deletion without saying of what.")
        return
    for one in filter(None, numbers):
        thread = Place(chat=chat, number=one, private=True, connection=connection).thread
        yield MessageDeleted(message_id=message_identity(chat, one, connection), thread=thread)


def _callback(query: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    """A pressed button: its title is what the person saw."""
    identity, author = identifier(query.get("id")), author_of(mapping(query.get("from")))
    if not identity or author is None:
        yield Unknown(reason="Telegram told of a pressed button without saying by whom.")
        return
    above = mapping(query.get("message"))
    stands = place_of(above)
    place = stands or Place(chat=author.id, number="0", private=True)
    data = text(query.get("data")) or text(query.get("game_short_name")) or ""
    yield MessageReceived(
        message_id=f"{BUTTON}{identity}"[:140],
        thread=place.thread,
        author=author,
        text=_title_of(above, data) or data or "🔘",
        kind="direct_message" if place.private else "post",
        sent_at=None,
        parent_id=stands.identity if stands else None,
        permalink=permalink_of(mapping(above.get("chat")), stands) if stands else None,
        route=place.route if stands else {"chat": author.id},
        notes=(PRESSED,) if stands else (PRESSED, ELSEWHERE),
        in_room=not place.private and not place.comments,
    )


def _title_of(message: Mapping[str, Any], data: str) -> str:
    """Return what stands on the button that sends this."""
    rows = items(mapping(message.get("reply_markup")).get("inline_keyboard"))
    buttons = [mapping(one) for row in rows for one in items(row)]
    return next((text(one.get("text")) or "" for one in buttons if data and one.get("callback_data") == data), "")


def _our_membership(change: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    chat, now = mapping(change.get("chat")), text(mapping(change.get("new_chat_member")).get("status"))
    out = now in ("kicked", "left")
    if is_private(chat):
        name = getattr(author_of(chat), "name", None) or "the customer"
        told = "blocked the bot: Telegram will refuse answers" if out else "started the bot, or unblocked it"
        yield Ignored(reason=f"{name} {told}")
    else:
        name = text(chat.get("title")) or "a group"
        yield Ignored(reason=f"the bot was removed from {name}" if out else f"the bot is now {now or 'something'} of {name}")


def _connection(connection: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    rights = mapping(connection.get("rights"))
    if flag(connection.get("is_enabled")) is False:
        yield Ignored(reason="a business account took its connection to the bot away: its chats cannot be answered")
    elif flag(rights.get("can_reply")) or flag(connection.get("can_reply")):
        yield Ignored(reason="a business account connected the bot, and lets it answer")
    else:
        yield Ignored(reason="a business account connected the bot, but does not let it answer")


def _message(message: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    yield from read_message(message, scene)


def _edit(message: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    yield from read_message(message, scene, edited=True)


def _guest(message: Mapping[str, Any], scene: Scene) -> Iterator[Event]:
    yield from read_message(message, scene, guest=True)


READERS: dict[str, Callable[[Mapping[str, Any], Scene], Iterator[Event]]] = {
    "message": _message,
    "edited_message": _edit,
    "channel_post": _message,
    "edited_channel_post": _edit,
    "business_connection": _connection,
    "business_message": _message,
    "edited_business_message": _edit,
    "deleted_business_messages": _deleted,
    "guest_message": _guest,
    "message_reaction": _reaction,
    "callback_query": _callback,
    "my_chat_member": _our_membership,
}
"""The kinds of updates that are asked for, beside those that are ignored."""


def own_id_in(root: object) -> str:
    """Return our bot's id where updates name it: its membership, its messages in business chats and private ones, or ""."""
    for update in map(mapping, updates_in(root) or []):
        member = mapping(mapping(mapping(update.get("my_chat_member")).get("new_chat_member")).get("user"))
        found = [number_of(member.get("id"))]
        for name in READERS:
            message = mapping(update.get(name))
            found.append(number_of(mapping(message.get("sender_business_bot")).get("id")))
            answered = mapping(mapping(message.get("reply_to_message")).get("from"))
            if is_private(mapping(message.get("chat"))) and flag(answered.get("is_bot")):
                found.append(number_of(answered.get("id")))
        if own := next(filter(None, found), ""):
            return own
    return ""
