"""How Bluesky counts a text, and which parts of it are links, mentions and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import regex

from social_care.connectors.kit.reading import items, mapping, number, text

POST_GRAPHEMES, POST_BYTES = 300, 3000
MESSAGE_GRAPHEMES, MESSAGE_BYTES = 1000, 10_000
"""Source: lexicons app.bsky.feed.post and chat.bsky.convo.defs#messageInput,
https://github.com/bluesky-social/atproto/tree/main/lexicons (read 2026-11)."""
BYTES_A_GRAPHEME = 10
"""In both a text may have ten times as many bytes of UTF-8 as graphemes."""
TAG_GRAPHEMES = 64

_GRAPHEME = regex.compile(r"\X")
_LINK = regex.compile(r"https?://[^\s<>\"]+")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MENTION = regex.compile(rf"(?<![\w@/.-])@((?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)(?![\w@-])")
_TAG = regex.compile(r"(?<![^\s(])[#＃]((?!\ufe0f)[^\s#＃\u00ad\u2060\u200a-\u200d\u20e2]+)")
_CLOSING = regex.compile(r"[\p{P}--[_()]]+$", regex.VERSION1)
_WORD = regex.compile(r"[^\d\p{P}]")

Resolve = Callable[[str], str]
"""Returns the DID of a handle, "" where it has none."""


def graphemes(words: str) -> int:
    """Return how many characters a person sees."""
    return len(_GRAPHEME.findall(words))


def length(words: str) -> int:
    """Return the length in characters: graphemes, or a tenth of the bytes where that is more."""
    size = len(words.encode("utf-8", "surrogatepass"))
    return max(graphemes(words), -(-size // BYTES_A_GRAPHEME))


def clean(words: str) -> str:
    """Return a text without what no server takes: halves of characters."""
    return text(words) or ""


def facets_of(words: str, resolve: Resolve) -> list[dict[str, Any]]:
    """Return what makes links, mentions and tags of a text more than words. Offsets are in bytes of UTF-8.

    Source: https://docs.bsky.app/docs/advanced-guides/post-richtext (read 2026-11).
    """
    found: list[tuple[int, int, dict[str, str]]] = []
    for one in _LINK.finditer(words):
        address = _without_closing(one.group())
        found.append((one.start(), one.start() + len(address), _feature("link", uri=address)))
    for one in _MENTION.finditer(words):
        if did := resolve(one.group(1).lower()):
            found.append((*one.span(), _feature("mention", did=did)))
    for one in _TAG.finditer(words):
        tag = _CLOSING.sub("", one.group(1))
        if _WORD.search(tag) and graphemes(tag) <= TAG_GRAPHEMES:
            found.append((one.start(), one.start(1) + len(tag), _feature("tag", tag=tag)))
    return [
        {"index": {"byteStart": _bytes(words[:start]), "byteEnd": _bytes(words[:end])}, "features": [feature]}
        for start, end, feature in sorted(found, key=lambda one: one[:2])
        if not any(other is not feature and begin <= start < stop for begin, stop, other in found)
    ]


def shown(words: str, facets: object) -> str:
    """Return a text as a person has to read it: a link that shows something else than its address tells both.

    The app shortens addresses to "example.com/a/long…"; of those the whole address is shown. Facets that fit no text are
    passed over, as the protocol asks for.
    """
    raw = words.encode("utf-8", "surrogatepass")
    pieces: list[str] = []
    done = 0
    for start, end, address in sorted(_links(facets)):
        if not done <= start < end <= len(raw):
            continue
        try:
            before, label = raw[done:start].decode("utf-8", "surrogatepass"), raw[start:end].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            continue
        pieces += [before, _link(label, address)]
        done = end
    return "".join(pieces) + raw[done:].decode("utf-8", "surrogatepass")


def features_of(facets: object) -> list[Mapping[str, Any]]:
    """Return the features of a text's facets."""
    return [mapping(one) for facet in items(facets) for one in items(mapping(facet).get("features"))]


def _links(facets: object) -> list[tuple[int, int, str]]:
    found = []
    for facet in map(mapping, items(facets)):
        index = mapping(facet.get("index"))
        start, end = number(index.get("byteStart")), number(index.get("byteEnd"))
        uris = [text(one.get("uri")) for one in features_of([facet]) if one.get("$type") == "app.bsky.richtext.facet#link"]
        if start is not None and end is not None and uris and uris[0]:
            found.append((start, end, uris[0]))
    return found


def _link(label: str, address: str) -> str:
    bare, stem = _bare(address), _bare(label).rstrip("…").rstrip(".")
    if bare.rstrip("/") == _bare(label).rstrip("/"):
        return label
    return address if stem and bare.startswith(stem) else f"{label} ({address})"


def _bare(address: str) -> str:
    return str(regex.sub(r"^https?://(www\.)?", "", address.strip()))


def _without_closing(address: str) -> str:
    """Return an address without the punctuation that closes the sentence around it."""
    while address and (address[-1] in ".,;:!?'’”»]}" or (address[-1] == ")" and "(" not in address)):
        address = address[:-1]
    return address


def _feature(kind: str, **values: str) -> dict[str, str]:
    return {"$type": f"app.bsky.richtext.facet#{kind}", **values}


def _bytes(words: str) -> int:
    return len(words.encode("utf-8"))
