"""What X does to a text: escaping, t.co links, entities, weighted length, the cut of long posts."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any

from twitter_text import extract_urls_with_indices, parse_tweet

MAX_WEIGHT = 280
LONG_POST = 25_000
_SYMBOLS = re.compile(
    r"(?<![\w@&/])(?:@(?P<mention>\w{1,15})(?!\w)|#(?P<hashtag>\w*[^\W\d]\w*)|\$(?P<cashtag>[A-Za-z]{1,6})\b)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text as X delivers it: escaped, links wrapped, with the entities' offsets in code points of that text."""

    text: str
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def weigh(text: str) -> int:
    """Return the weighted length; 280 is the limit of an ordinary post.

    Source: https://docs.x.com/fundamentals/counting-characters (2026-11-21)
    """
    return int(parse_tweet(text).weightedLength)


def shorten(url: str, salt: str) -> str:
    """Return the t.co address of a URL, always 23 characters."""
    digest = base64.b32encode(sha256(f"{salt} {url}".encode()).digest()).decode()
    return "https://t.co/" + digest[:10]


def has_url(text: str) -> bool:
    """Return whether X would see a link in the text (posting one costs more)."""
    return "." in text and bool(extract_urls_with_indices(text))


def _tokens(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield (start, end, kind, value) of links, mentions, hashtags and cashtags in order, never overlapping."""
    found = []
    if "." in text:
        found = [(*item["indices"], "url", item["url"]) for item in extract_urls_with_indices(text)]
    spans = [(start, end) for start, end, _, _ in found]
    for match in _SYMBOLS.finditer(text):
        if any(start <= match.start() < end for start, end in spans):
            continue
        kind = str(match.lastgroup)
        found.append((match.start(), match.end(), kind, match[kind]))
    yield from sorted(found)


def find_mentions(text: str) -> list[str]:
    """Return the handles mentioned in a text, in order, as written."""
    return [value for _, _, kind, value in _tokens(text) if kind == "mention"]


def render(text: str, salt: str, user_id: Callable[[str], str | None], links: tuple[dict[str, Any], ...] = ()) -> Rendered:
    """Return a text as X delivers it.

    salt: makes the t.co links of one post differ from another's. user_id: None for a handle that nobody has.
    links: further links to append (a quoted post, attached media), with their `expanded_url` and what else they carry.
    """
    out: list[str] = []
    length = position = 0
    entities: dict[str, list[dict[str, Any]]] = {}

    def write(piece: str) -> tuple[int, int]:
        nonlocal length
        out.append(piece)
        length += len(piece)
        return length - len(piece), length

    for start, end, kind, value in _tokens(text):
        write(escape(text[position:start], quote=False))
        position = end
        if kind == "url":
            _link(entities, write, shorten(value, salt), {"expanded_url": _with_scheme(value)})
            continue
        begin, stop = write(text[start:end])
        _symbol(entities, begin, stop, kind, value, user_id)
    write(escape(text[position:], quote=False))
    for link in links:
        if length:
            write(" ")
        _link(entities, write, shorten(link["expanded_url"], salt), link)
    return Rendered(text="".join(out), entities=entities)


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"http://{url}"


def _link(
    entities: dict[str, list[dict[str, Any]]], write: Callable[[str], tuple[int, int]], short: str, link: dict[str, Any]
) -> None:
    start, end = write(short)
    display = link["expanded_url"].partition("://")[2]
    if len(display) > 28:
        display = display[:27] + "…"
    entity = {"start": start, "end": end, "url": short, "display_url": display, **link}
    entities.setdefault("urls", []).append(entity)


def _symbol(
    entities: dict[str, list[dict[str, Any]]],
    start: int,
    end: int,
    kind: str,
    value: str,
    user_id: Callable[[str], str | None],
) -> None:
    if kind == "mention":
        if (found := user_id(value)) is not None:
            entity = {"start": start, "end": end, "username": value, "id": found}
            entities.setdefault("mentions", []).append(entity)
        return
    entities.setdefault(f"{kind}s", []).append({"start": start, "end": end, "tag": value})


def cut(text: str) -> str:
    """Return what fits into 280 with an ellipsis at the end; the text itself when all of it fits."""
    if weigh(text) <= MAX_WEIGHT:
        return text
    low, high = 0, min(len(text), MAX_WEIGHT)
    while low < high:
        middle = (low + high + 1) // 2
        if weigh(text[:middle]) <= MAX_WEIGHT - 2:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
