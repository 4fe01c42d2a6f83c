"""JSON Feed 1.0 and 1.1 → a document. Source: https://www.jsonfeed.org/version/1.1/ and .../version/1/ (read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.feed.documents import (
    MOST_ENTRIES,
    MOST_MEDIA,
    Document,
    Entry,
    address,
    line,
    media_of,
    tidy,
    when,
)
from social_care.connectors.kit.plain import LONGEST, to_plain
from social_care.connectors.kit.reading import identifier, items, load_json, mapping, text
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Media

LONGEST_GUID = 4000


def read_json(written: str, url: str) -> Document:
    """Return what a JSON Feed says; url: where it came from, "" when unknown. Raises: UnreadablePayload."""
    root = load_json(written)
    version = text(mapping(root).get("version")) or ""
    if "jsonfeed.org/version/" not in version:
        raise UnreadablePayload("It is JSON, but not a JSON Feed.")
    base = url or address("", text(root.get("feed_url"))) or address("", text(root.get("home_page_url")))
    if not isinstance(root.get("items", []), list):
        raise UnreadablePayload("It is a JSON Feed whose items are no list.")
    entries = items(root.get("items"))
    language = line(text(root.get("language")))[:20]
    return Document(
        title=line(text(root.get("title")))[:1000],
        entries=tuple(_entry(mapping(one), base, language, root) for one in entries[:MOST_ENTRIES]),
        ended=root.get("expired") is True,
        left_out=max(len(entries) - MOST_ENTRIES, 0),
        older=address(base, text(root.get("next_url"))),
    )


def _entry(item: Mapping[str, Any], base: str, language: str, root: Mapping[str, Any]) -> Entry:
    people = _people(item) or _people(root)
    html = text(item.get("content_html")) or ""
    return Entry(
        guid=line(identifier(item.get("id"), longest=LONGEST_GUID)),
        link=address(base, text(item.get("url"))) or address(base, text(item.get("external_url"))),
        title=line(text(item.get("title")))[:1000],
        text=tidy(to_plain(html, base)) or tidy(text(item.get("content_text"))) or tidy(text(item.get("summary"))),
        author=", ".join(dict.fromkeys(name for one in people if (name := line(text(one.get("name"))))))[:140],
        author_page=address(base, text(people[0].get("url")))[:500] if len(people) == 1 else "",
        author_picture=address(base, text(people[0].get("avatar"))) if len(people) == 1 else "",
        published=when(text(item.get("date_published"))),
        updated=when(text(item.get("date_modified"))),
        language=line(text(item.get("language")))[:20] or language,
        media=_media(item, base),
        cut=len(html) > LONGEST,
    )


def _people(holder: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the authors, in the words of 1.1 (`authors`) or 1.0 (`author`)."""
    found = [mapping(one) for one in items(holder.get("authors"))] or [mapping(holder.get("author"))]
    return [one for one in found if one.get("name") or one.get("url")]


def _media(item: Mapping[str, Any], base: str) -> tuple[Media, ...]:
    found = {}
    for name in ("image", "banner_image"):
        if url := address(base, text(item.get(name))):
            found[url] = media_of(url, medium="image")
    for one in map(mapping, items(item.get("attachments"))):
        if url := address(base, text(one.get("url"))):
            found.setdefault(url, media_of(url, text(one.get("mime_type")), alt=text(one.get("title"))))
    return tuple(found.values())[:MOST_MEDIA]
