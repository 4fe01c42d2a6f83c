"""Direct messages of X, in the shapes of API v2 and of the webhooks (which kept that of v1.1) → events.

X's encrypted chat is another system and comes by other events; nothing of it can be read here.
Source: https://docs.x.com/x-api/direct-messages/lookup/integrate and https://docs.x.com/x-api/activity/event-payloads
(read 2026-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, moment, moment_from_ms, rank, text
from social_care.connectors.x.posts import Scene, attached, read_author, read_media
from social_care.connectors.x.text import unescape
from social_care.core.events import Audience, Event, Ignored, MessageReceived, Thread, Unknown

MEMBERSHIP = {
    "ParticipantsJoin": "somebody joined a group conversation",
    "ParticipantsLeave": "somebody left a group conversation",
}


def conversation_of(one: str, other: str) -> str:
    """Return the id of the conversation of two people, the same whichever of them is named first.

    Source: https://docs.x.com/x-api/direct-messages/lookup/integrate ("{smaller_user_id}-{larger_user_id}", read 2026-08).
    """
    return "-".join(sorted((one, other), key=lambda identity: (rank(identity), identity)))


def normal_conversation(identity: str) -> str:
    """Return a conversation id with the smaller user id first; ids of groups stay as they are."""
    one, dash, other = identity.partition("-")
    return conversation_of(one, other) if dash and rank(one) >= 0 and rank(other) >= 0 else identity


def read_direct_message(entry: Mapping[str, Any], scene: Scene) -> Event:
    """Return the event of one entry of a page or of a webhook."""
    own = identifier(entry.get("id_str"), entry.get("id"), entry.get("dm_event_id"))
    kind = text(entry.get("event_type")) or text(entry.get("type")) or ""
    create = mapping(entry.get("message_create"))
    if kind in MEMBERSHIP:
        return Ignored(message_id=own, reason=MEMBERSHIP[kind])
    if kind not in {"", "MessageCreate", "message_create"}:
        return Unknown(message_id=own, reason=f"X sent a private event of an unknown kind: {kind[:60]}.")
    if not own:
        return Unknown(reason="X sent a direct message without an id.")
    data = mapping(create.get("message_data")) or entry
    sender = identifier(entry.get("sender_id"), create.get("sender_id"))
    conversation, known = _conversation(entry, create, sender, scene.us)
    words = text(data.get("text"))
    author = read_author(sender, scene.users.get(sender, {}))
    route = {"via": scene.feed, "dm_conversation_id": conversation if known else "", "author_id": sender}
    return MessageReceived(
        message_id=own,
        thread=Thread(id=conversation or own, audience=Audience.PRIVATE),
        author=author,
        text=unescape(words or ""),
        kind="direct_message",
        sent_at=moment(entry.get("created_at")) or moment_from_ms(entry.get("created_timestamp")),
        addresses_us=not (sender and sender == scene.us),
        media=attached(entry, scene)
        or read_media([m] if (m := mapping(mapping(data.get("attachment")).get("media"))) else []),
        route={name: value for name, value in route.items() if value},
        notes=_notes(entry, data, words),
    )


def _conversation(entry: Mapping[str, Any], create: Mapping[str, Any], sender: str, us: str) -> tuple[str, bool]:
    """Return the conversation, the same for a webhook and a poll, and whether X would know it by this id.

    A page with X's default fields names neither sender nor conversation: then nothing is known.
    """
    named = identifier(entry.get("dm_conversation_id"), entry.get("conversation_id"))
    if named:
        return normal_conversation(named), True
    recipient = identifier(mapping(create.get("target")).get("recipient_id"))
    people = [identifier(one) for one in items(entry.get("participant_ids"))]
    others = [one for one in (recipient, *people, us) if one and one != sender]
    if sender and others:
        return conversation_of(sender, others[0]), True
    return sender, False


def _notes(entry: Mapping[str, Any], data: Mapping[str, Any], words: str | None) -> tuple[str, ...]:
    found = [] if words is not None else ["X sent this message without its text."]
    kind = text(mapping(data.get("attachment")).get("type")) or "media"
    if kind != "media":
        found.append(f"It carries something that can only be seen on x.com: {kind[:60]}.")
    for one in map(mapping, items(entry.get("referenced_tweets")) + items(entry.get("referenced_posts"))):
        if shared := identifier(one.get("id")):
            found.append(f"It shares a post: https://x.com/i/status/{shared}")
    return tuple(found)
