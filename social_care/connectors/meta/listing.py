"""What of a listing is new: Meta's lists come newest first, but reach as far back as they like.

Without this a newly connected account would open tickets for comments of last year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import items, mapping, moment

INNER = ("comments", "messages")
FRAME = ("id", "permalink", "username", "participants", *INNER)
"""What stays of an old post, or of a conversation, around what is new in it."""


def keep_new(body: Mapping[str, Any], since: float, again: float) -> tuple[dict[str, Any], int]:
    """Return a listing (or a single node) without what is older than `since` (epoch seconds), and how much is left.

    again: from when on comments are kept, so that what happened to them is seen; not later than `since`.
    What tells no time is new. Paging is left out: its addresses hold our token.
    """
    if not isinstance(body.get("data"), list):
        node, count = _node(body, since, again)
        return node or {"data": []}, count
    kept, total = [], 0
    for one in items(body["data"]):
        node, count = _node(mapping(one), since, again)
        total += count
        if node:
            kept.append(node)
    return {"data": kept}, total


def _node(node: Mapping[str, Any], since: float, again: float) -> tuple[dict[str, Any], int]:
    """Return a node with what is new below it, {} when nothing is; and how many messages that are."""
    found, count = dict(node), 0
    for name in INNER:
        if name in node:
            reach = again if name == "comments" else since
            inner = [one for one in map(mapping, items(mapping(node[name]).get("data"))) if one and _is_new(one, reach)]
            found[name] = {"data": inner}
            count += len(inner)
    own = "messages" not in node and "participants" not in node and ("comments" not in node or _time(node) is not None)
    if own and node and _is_new(node, since):
        return found, count + 1
    return ({name: found[name] for name in FRAME if name in found}, count) if count else ({}, 0)


def _is_new(node: Mapping[str, Any], since: float) -> bool:
    """Tell whether a node, or an answer that came with it, is new."""
    when = _time(node)
    answers = items(mapping(node.get("replies")).get("data"))
    return when is None or when >= since or any(_is_new(mapping(answer), since) for answer in answers)


def _time(node: Mapping[str, Any]) -> float | None:
    when = moment(node.get("created_time")) or moment(node.get("timestamp"))
    return when.timestamp() if when else None
