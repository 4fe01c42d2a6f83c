"""Private messages of Messenger and Instagram as the Graph API lists them → events.

A node names everybody it concerns, and none of them as "us": `participants`, `from`, `to`.
Source: https://developers.facebook.com/docs/messenger-platform/conversations,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import flag, items, mapping, moment, text
from social_care.connectors.meta.attachments import Found, once
from social_care.connectors.meta.envelope import Dated, Scene, remote_id
from social_care.core.events import Audience, Author, Ignored, Media, MessageReceived, Thread

ONLY_IDS = "only its id was asked for, so there is nothing to read"
WITH_WHOM = "our own message; the call did not ask whom it was sent to"
NO_MESSAGES = "a conversation listed without its messages"


def is_conversation(node: Mapping[str, Any], scene: Scene) -> bool:
    """Tell whether a node is a conversation rather than a message, a post or a comment."""
    named = any(name in node for name in ("messages", "participants", "senders", "snippet", "message_count", "unread_count"))
    return named or (scene.feed == "direct_messages" and "updated_time" in node)


def is_message(node: Mapping[str, Any], scene: Scene) -> bool:
    """Tell whether a node is a private message: whatever a private list holds beside conversations."""
    return scene.feed == "direct_messages" and not is_conversation(node, scene)


def read_conversation(node: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    """Yield the messages of a conversation, or why it has none to read."""
    people = _people(node.get("participants"))
    messages = [mapping(one) for one in items(mapping(node.get("messages")).get("data"))]
    for message in messages:
        yield read_message(message, scene, people)
    if not messages:
        yield 0.0, Ignored(reason=NO_MESSAGES)


def read_message(node: Mapping[str, Any], scene: Scene, people: Mapping[str, Mapping[str, Any]] | None = None) -> Dated:
    """Return one message of a conversation with these people (by id)."""
    identity, sent_at = remote_id(node.get("id")), moment(node.get("created_time"))
    at = sent_at.timestamp() if sent_at else 0.0
    sender, receivers = mapping(node.get("from")), _people(node.get("to"))
    author_id, us = remote_id(sender.get("id")), scene.us or account_of(node)
    others = [one for one in (author_id, *receivers, *(people or {})) if one and one != us]
    if not identity or not author_id:
        return at, Ignored(message_id=identity, reason=ONLY_IDS)
    if not others:
        return at, Ignored(message_id=identity, reason=WITH_WHOM)
    found = _found(node, scene.title)
    words = text(node.get("message")) or ""
    if not words and not found.media and not found.notes:
        found = Found(notes=(f"{scene.title} gave this message without its content.",))
    own = author_id == us
    event = MessageReceived(
        message_id=identity,
        thread=Thread(id=others[0], audience=Audience.PRIVATE),
        author=Author(id=author_id, handle=text(sender.get("username")), name=text(sender.get("name"))),
        text=words,
        kind="direct_message",
        sent_at=sent_at,
        addresses_us=not own,
        parent_id=remote_id(mapping(node.get("reply_to")).get("mid"), mapping(node.get("reply_to")).get("id")) or None,
        media=found.media,
        route={"via": scene.feed, "person": others[0]},
        notes=found.notes,
    )
    return at, event


def account_of(node: Mapping[str, Any]) -> str:
    """Return our own id as a single message lets us guess it: who received it, or who sent it when it is tagged `sent`."""
    tags = {text(mapping(tag).get("name")) for tag in items(mapping(node.get("tags")).get("data"))}
    sender = remote_id(mapping(node.get("from")).get("id"))
    return sender if "sent" in tags else next(iter(_people(node.get("to"))), "")


def _people(value: object) -> dict[str, Mapping[str, Any]]:
    listed = [mapping(one) for one in items(mapping(value).get("data"))]
    return {identity: one for one in listed if (identity := remote_id(one.get("id")))}


def _found(node: Mapping[str, Any], title: str) -> Found:
    media: list[Media] = []
    notes: list[str] = []
    for one in map(mapping, items(mapping(node.get("attachments")).get("data"))):
        image, video = mapping(one.get("image_data")), mapping(one.get("video_data"))
        url = text(image.get("url")) or text(video.get("url")) or text(one.get("file_url"))
        kind = "image" if image else "video" if video else (text(one.get("mime_type")) or "file").split("/")[0]
        identity = remote_id(one.get("id")) or None
        if url or identity:
            preview = text(image.get("preview_url")) or text(video.get("preview_url"))
            media.append(Media(kind=kind, url=url, id=identity, alt=text(one.get("name")), preview_url=preview))
    if sticker := text(node.get("sticker")):
        media.append(Media(kind="sticker", url=sticker))
    for share in map(mapping, items(mapping(node.get("shares")).get("data"))):
        link, name = text(share.get("link")), text(share.get("name")) or "a page"
        notes.append(f"The message shares a link: {name[:200]}" + (f" ({link[:1000]})" if link else ""))
    story = mapping(node.get("story"))
    for key, note in (
        ("reply_to", "The customer replies to a story of this account."),
        ("mention", "The customer mentions the account in a story; it can be seen for a day."),
    ):
        if told := mapping(story.get(key)):
            notes.append(note)
            if url := text(told.get("link")):
                media.append(Media(kind="story", url=url, id=remote_id(told.get("id")) or None))
    if flag(node.get("is_unsupported")):
        notes.append(f"{title} does not show this kind of message to apps: open it there.")
    return Found(media=once(media), notes=tuple(notes))
