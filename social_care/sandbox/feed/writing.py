"""Entries → RSS, Atom and JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape


@dataclass(slots=True, kw_only=True)
class Entry:
    """One thing that was published."""

    id: str
    title: str
    text: str
    author: str
    published: datetime
    updated: datetime
    comment_feed: str = ""
    comments: int | None = None


def rss(title: str, base: str, entries: Sequence[Entry], older: str = "") -> str:
    """Return RSS 2.0. older: the address of the next page."""
    more = f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='{escape(older)}'/>" if older else ""
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{base}/entries/{one.id}</link>"
        f"<guid isPermaLink='false'>{one.id}</guid><dc:creator>{escape(one.author)}</dc:creator>"
        f"<pubDate>{format_datetime(one.published)}</pubDate><description>{escape(f'<p>{escape(one.text)}</p>')}</description>"
        f"{_commented(one)}</item>"
        for one in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel>'
        f"<title>{escape(title)}</title><link>{base}/</link>{more}{items}</channel></rss>"
    )


def _commented(entry: Entry) -> str:
    if not entry.comment_feed:
        return ""
    count = "" if entry.comments is None else f"<slash:comments>{entry.comments}</slash:comments>"
    return f"<wfw:commentRss>{escape(entry.comment_feed)}</wfw:commentRss>{count}"


def atom(title: str, base: str, entries: Sequence[Entry], older: str = "") -> str:
    """Return Atom 1.0. older: as above."""
    more = f"<link rel='next' href='{escape(older)}'/>" if older else ""
    items = "".join(
        f"<entry><id>{one.id}</id><title>{escape(one.title)}</title><link href='{base}/entries/{one.id}'/>"
        f"<author><name>{escape(one.author)}</name></author><published>{one.published.isoformat()}</published>"
        f"<updated>{one.updated.isoformat()}</updated><content type='text'>{escape(one.text)}</content></entry>"
        for one in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(title)}</title><id>{base}/</id>{more}{items}</feed>'


def json_feed(title: str, base: str, entries: Sequence[Entry], older: str = "") -> str:
    """Return JSON Feed 1.1. older: as above."""
    items = [
        {
            "id": one.id,
            "url": f"{base}/entries/{one.id}",
            "title": one.title,
            "content_text": one.text,
            "authors": [{"name": one.author}],
            "date_published": one.published.isoformat(),
            "date_modified": one.updated.isoformat(),
        }
        for one in entries
    ]
    more = {"next_url": older} if older else {}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": title, **more, "items": items})


FORMATS: dict[str, tuple[str, Callable[..., str]]] = {
    "/feed.rss": ("application/rss+xml; charset=utf-8", rss),
    "/feed.atom": ("application/atom+xml; charset=utf-8", atom),
    "/feed.json": ("application/feed+json; charset=utf-8", json_feed),
}
