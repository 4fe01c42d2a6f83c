"""What a post carries beside its words → attachments, and notes for what is none.

A record names files by their content only; a view of the same post has addresses. Both are read.
Source: lexicons app.bsky.embed.* in https://github.com/bluesky-social/atproto/tree/main/lexicons (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.bluesky.addresses import owner_of, picture_address, web_address
from social_care.connectors.kit.reading import identifier, items, mapping, text
from social_care.core.events import Media

VIDEOS = "https://video.bsky.app/watch"
"""Source: addresses in views of the public service (from memory: unsure)."""
LONGEST_NOTE = 200
SHOWN_RECORDS = {
    "app.bsky.feed.generator": "a feed",
    "app.bsky.graph.list": "a list",
    "app.bsky.graph.starterpack": "a starter pack",
    "app.bsky.labeler.service": "a labelling service",
}
GONE = {
    "viewNotFound": "It quotes a post that is gone.",
    "viewBlocked": "It quotes a post of somebody who blocked this account, or whom it blocked.",
    "viewDetached": "It quotes a post whose author has detached it from this one.",
}


def read_media(embed: object, did: str) -> tuple[Media, ...]:
    """Return the pictures and videos of an embed, of a record or of a view, posted by `did`."""
    found: list[Media] = []
    for one in _parts(embed):
        for picture in map(mapping, items(one.get("images")) or items(one.get("items"))):
            found += _picture(picture, did)
        if _kind(one) == "app.bsky.embed.video":
            found += _video(one, did)
    return tuple(dict.fromkeys(found))


def read_notes(embed: object) -> tuple[str, ...]:
    """Return in plain sentences what an embed shows that is no file: a link card, a quoted post, a list, ….

    Only an embed itself is told of, not what the quoted post carries.
    """
    found: list[str] = []
    for one in _parts(embed):
        card = mapping(one.get("external"))
        if uri := text(card.get("uri")):
            title = (text(card.get("title")) or "").strip()[:LONGEST_NOTE]
            found.append(f"It shows a link: {title} ({uri})." if title else f"It shows a link: {uri}.")
        if record := _record(one):
            found.append(_quote(record))
    return tuple(filter(None, found))


def quoted(embed: object) -> str:
    """Return the address of the record that an embed quotes, "" for none."""
    for one in _parts(embed):
        if record := _record(one):
            return identifier(record.get("uri"))
    return ""


def _parts(embed: object) -> list[Mapping[str, Any]]:
    """Return an embed, or the two halves of a record with media."""
    one = mapping(embed)
    if _kind(one) == "app.bsky.embed.recordWithMedia":
        inner = mapping(one.get("record"))
        return [mapping(one.get("media")), inner if "record" in inner else {"record": inner}]
    return [one]


def _kind(one: Mapping[str, Any]) -> str:
    return (text(one.get("$type")) or "").partition("#")[0]


def _record(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is quoted: a strong reference, or the view of what it leads to."""
    record = mapping(one.get("record"))
    return record if isinstance(record.get("uri"), str) else mapping(record.get("record"))


def _quote(record: Mapping[str, Any]) -> str:
    sentence = GONE.get((text(record.get("$type")) or "").rpartition("#")[2])
    if sentence:
        return sentence
    uri = identifier(record.get("uri"))
    if address := web_address(uri):
        return f"It quotes {address}."
    collection = next((one for one in SHOWN_RECORDS if f"/{one}/" in uri), "")
    return f"It shows {SHOWN_RECORDS[collection]} of {owner_of(uri)}." if collection else ""


def _blob(value: object) -> str:
    """Return the content id of a file in a record; the oldest records name it without a wrapping."""
    blob = mapping(value)
    return identifier(mapping(blob.get("ref")).get("$link"), blob.get("cid"))


def _picture(picture: Mapping[str, Any], did: str) -> list[Media]:
    cid = _blob(picture.get("image"))
    url = text(picture.get("fullsize")) or (picture_address(did, cid) if cid and did else None)
    if not url and not cid:
        return []
    preview = text(picture.get("thumb")) or text(picture.get("thumbnail"))
    preview = preview or (picture_address(did, cid, "feed_thumbnail") if cid and did else None)
    return [Media(kind="photo", url=url, id=cid or None, alt=text(picture.get("alt")), preview_url=preview)]


def _video(one: Mapping[str, Any], did: str) -> list[Media]:
    cid = _blob(one.get("video")) or identifier(one.get("cid"))
    url = text(one.get("playlist")) or (f"{VIDEOS}/{did}/{cid}/playlist.m3u8" if cid and did else None)
    if not url:
        return []
    preview = text(one.get("thumbnail")) or (f"{VIDEOS}/{did}/{cid}/thumbnail.jpg" if cid and did else None)
    return [Media(kind="video", url=url, id=cid or None, alt=text(one.get("alt")), preview_url=preview)]
