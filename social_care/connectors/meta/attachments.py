"""What comes with a private message: files, stickers, shared posts, stories, places, and where the person came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from social_care.connectors.kit.reading import flag, identifier, items, mapping, text
from social_care.core.events import Media

LINKS = frozenset({"fallback", "link"})
"""Attachments that are a link to a page rather than a file."""
IDS = ("sticker_id", "attachment_id", "ig_post_media_id", "reel_video_id", "story_media_id", "id")
SHARED: dict[str, str] = {
    "story_mention": "The customer mentions the account in a story; it can be seen for a day.",
    "share": "The customer shares a post.",
    "post": "The customer shares a post.",
    "ig_post": "The customer shares a post.",
    "reel": "The customer shares a reel.",
    "ig_reel": "The customer shares a reel.",
    "ig_story": "The customer shares a story.",
    "ephemeral": "The customer sent a picture that disappears after it was seen.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: files, notes for the agent, and words that stand in for a missing text."""

    media: tuple[Media, ...] = ()
    notes: tuple[str, ...] = ()
    words: str = ""


def read_attachments(message: Mapping[str, Any], title: str) -> Found:
    """Return what comes with a message or a pressed button, as a webhook tells it. Never raises."""
    media: list[Media] = []
    notes: list[str] = []
    words = ""
    given = message.get("attachments")
    for one in map(mapping, [given] if isinstance(given, dict) else items(given)):
        kind, payload = text(one.get("type")) or "file", mapping(one.get("payload"))
        url = text(payload.get("url")) or text(one.get("url")) or text(payload.get("story_media_url"))
        words = words or text(payload.get("text")) or ""
        if kind in LINKS:
            notes.append(_link(payload, one, url))
        elif kind == "template":
            media += _cards(payload, notes)
        elif kind == "location":
            notes.append("The customer shares a place.")
            words = words or _place(payload)
        elif kind == "appointment_booking":
            notes.append(f"The customer booked an appointment: see {title}.")
        elif kind == "unsupported_type":
            notes.append(f"{title} does not show this kind of message to apps: open it there.")
        else:
            if kind in SHARED:
                notes.append(SHARED[kind])
            identity = identifier(*(payload.get(name) for name in IDS)) or None
            if url or identity:
                media.append(Media(kind=kind, url=url, id=identity, alt=text(payload.get("title"))))
            elif kind != "ephemeral":
                notes.append(f"{title} named an attachment without giving it.")
    media += _story(message, notes)
    notes += _origin(message)
    if flag(message.get("is_unsupported")):
        notes.append(f"{title} does not show this kind of message to apps: open it there.")
    return Found(media=once(media), notes=tuple(dict.fromkeys(notes)), words=words)


def once(media: Iterable[Media]) -> tuple[Media, ...]:
    """Return each file once: while Meta renames a type, it sends the same file as the old and as the new one."""
    return tuple({one.url or one.id: one for one in media}.values())


def _link(payload: Mapping[str, Any], attachment: Mapping[str, Any], url: str | None) -> str:
    name = text(payload.get("title")) or text(attachment.get("title")) or "a page"
    return f"The message shares a link: {name[:200]}" + (f" ({url[:1000]})" if url else "")


def _cards(payload: Mapping[str, Any], notes: list[str]) -> Iterator[Media]:
    """A message with buttons or cards, or the products that a customer asks about."""
    products = items(mapping(payload.get("product")).get("elements"))
    titles = []
    for card in map(mapping, products or items(payload.get("elements"))):
        titles.append(", ".join(one for one in (text(card.get("title")), text(card.get("subtitle"))) if one)[:200])
        if url := text(card.get("image_url")):
            yield Media(kind="image", url=url, alt=text(card.get("title")))
    what = "The customer shares a product" if products else "A message with buttons or cards"
    named = "; ".join(title for title in titles if title)[:1000]
    notes.append(f"{what}: {named}" if named else f"{what}.")


def _place(payload: Mapping[str, Any]) -> str:
    where = mapping(payload.get("coordinates"))
    latitude, longitude = where.get("lat"), where.get("long")
    known = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    return f"({latitude}, {longitude})" if known else ""


def _story(message: Mapping[str, Any], notes: list[str]) -> Iterator[Media]:
    """A reply to our story: the story is context, and its address works while the story lives."""
    story = mapping(mapping(message.get("reply_to")).get("story"))
    if not story:
        return
    notes.append("The customer replies to a story of this account.")
    url, identity = text(story.get("url")), identifier(story.get("id"), longest=255) or None
    if url or identity:
        yield Media(kind="story", url=url, id=identity)


def _origin(message: Mapping[str, Any]) -> Iterator[str]:
    """Say from which advertisement or link a person came, or which product they ask about."""
    referral = mapping(message.get("referral"))
    if not referral:
        return
    context = mapping(referral.get("ads_context_data"))
    product = identifier(mapping(referral.get("product")).get("id"))
    source = (text(referral.get("source")) or "").upper()
    if product:
        yield f"The customer asks about the product {product}."
    elif source == "ADS":
        name = text(context.get("ad_title"))
        yield "The customer came from an advertisement" + (f": {name[:200]}" if name else ".")
    elif reference := text(referral.get("ref")):
        yield f"The customer came by a link with the reference {reference[:100]}."
