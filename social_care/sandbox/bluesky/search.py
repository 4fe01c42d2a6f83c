"""Which posts a query finds: what the search service reads from it.

Source: parse_query.go and query.go of https://github.com/bluesky-social/indigo, search/ (read 2026-11): filters are taken
out of the query, a name that nobody has is no filter, and of what is left every word and phrase has to stand in the post.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from social_care.sandbox.bluesky.state import Record, State
from social_care.sandbox.bluesky.views import MENTION

_PIECE = re.compile(r'(?:"[^"]*"?|[^\s"])+')
TAG, LINK = "app.bsky.richtext.facet#tag", "app.bsky.richtext.facet#link"
Test = Callable[[Record], bool]


def matcher(query: str, state: State) -> Test:
    """Return what tells whether a post is a hit."""
    tests: dict[str, Test] = {}
    for place, piece in enumerate(_PIECE.findall(query)):
        kind, test = _read(piece, state)
        if test is not None:
            tests[kind or str(place)] = test
    return lambda record: all(test(record) for test in tests.values())


def _read(piece: str, state: State) -> tuple[str, Test | None]:
    """Return a filter's kind, of which the last one holds ("" for what may come often), and its test."""
    name, _, value = piece.partition(":")
    if piece.startswith("#") and len(piece) > 1:
        return "", lambda record: piece[1:].lower() in _tags(record)
    if piece.startswith("@") and "." in piece:
        name, value = "mentions", piece
    if name in ("from", "to", "mentions"):
        try:
            did = state.user(value).did
        except KeyError:
            return name, None
        if name == "from":
            return "from", lambda record: record.did == did
        return "mentions", lambda record: any(one.get("did") == did for one in _features(record, MENTION))
    if name == "lang":
        return name, lambda record: value.lower() in [str(one).lower()[:2] for one in record.value.get("langs", ())]
    if name == "domain":
        return name, lambda record: any(value in str(one.get("uri")) for one in _features(record, LINK))
    if name in ("since", "until"):
        return name, lambda record: (record.value["createdAt"] >= value) == (name == "since")
    return "", _says(piece.strip('"'))


def _says(words: str) -> Test:
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    return lambda record: pattern.search(record.value["text"]) is not None


def _features(record: Record, kind: str) -> Iterator[dict[str, Any]]:
    for facet in record.value.get("facets", ()):
        yield from (one for one in facet["features"] if one.get("$type") == kind)


def _tags(record: Record) -> set[str]:
    return {str(one.get("tag")).lower() for one in _features(record, TAG)} | {
        str(one).lower() for one in record.value.get("tags", ())
    }
