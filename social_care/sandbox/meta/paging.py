"""Pages of lists, with cursors that nobody should read; the next page's address holds the caller's token.

Source: https://developers.facebook.com/docs/graph-api/results (2026-11-22).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from social_care.sandbox.meta.calls import Call
from social_care.sandbox.meta.problems import invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A slice of a list and its `paging`."""

    items: list[Any]
    paging: dict[str, Any] = field(default_factory=dict)


def list_page(
    items: Sequence[Any], arguments: Mapping[str, str], call: Call, path: str, *, size: int, most: int
) -> ListPage:
    """Return the page that a call asks for. Raises: Problem for a limit or cursor that is none."""
    limit = arguments.get("limit", str(size))
    if not limit.isdigit() or not int(limit):
        raise invalid("Param limit must be an integer greater than 0")
    count, after = min(int(limit), most), arguments.get("after", "")
    start = 0
    if after:
        first, position, last = _read_cursor(after)
        repeated = call.faults.take("repeat_page", call.target)
        start = first if repeated else _following(items, position, last)
    chosen = list(items[start : start + count])
    if not chosen:
        return ListPage(items=[])
    end = start + len(chosen)
    cursors = {"before": _cursor(start, start, chosen[0].id), "after": _cursor(start, end, chosen[-1].id)}
    paging: dict[str, Any] = {"cursors": cursors}
    if end < len(items):
        kept = {name: value for name, value in arguments.items() if name not in ("after", "before")}
        query = urlencode({"access_token": call.grant.token, **kept, "limit": count, "after": cursors["after"]})
        paging["next"] = f"http://{call.request.headers.get('host', '')}/v25.0/{path}?{query}"
    if len(chosen) > 1 and call.faults.take("shuffle", call.target):
        chosen = chosen[1::2] + chosen[::2]
    return ListPage(items=chosen, paging=paging)


def _cursor(start: int, end: int, item_id: str) -> str:
    return base64.urlsafe_b64encode(f"{start}:{end}:{item_id}".encode()).decode()


def _read_cursor(text: str) -> tuple[int, int, str]:
    """Return where the page of a cursor began and ended, and its last item's id. Raises: Problem."""
    try:
        start, end, item_id = base64.urlsafe_b64decode(text.encode()).decode().split(":", 2)
        return int(start), int(end), item_id
    except ValueError as error:
        raise invalid("Invalid cursor") from error


def _following(items: Sequence[Any], position: int, last: str) -> int:
    """Return where the next page begins: after the last item, wherever new ones have moved it."""
    return next((index + 1 for index, one in enumerate(items) if one.id == last), position)
