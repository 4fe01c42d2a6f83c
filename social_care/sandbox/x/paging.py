"""Pages: opaque tokens, `since_id` and its kin, newest first, and the two faults that concern a page.

A token holds the id the page ends or begins at, so that posts made between two calls move nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from social_care.sandbox.x.api import Api, Call
from social_care.sandbox.x.problems import invalid
from social_care.sandbox.x.state import id_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A slice of a timeline, newest first. A token "" means that there is nothing further in that direction."""

    items: list[Any]
    next_token: str = ""
    previous_token: str = ""

    def meta(self, *, ids: bool) -> dict[str, Any]:
        """Return the page's `meta`."""
        data: dict[str, Any] = {"result_count": len(self.items)}
        if self.items and ids:
            numbers = [int(item.id) for item in self.items]
            data |= {"newest_id": str(max(numbers)), "oldest_id": str(min(numbers))}
        if self.next_token:
            data["next_token"] = self.next_token
        if self.previous_token:
            data["previous_token"] = self.previous_token
        return data


def read_count(query: Mapping[str, str], low: int, high: int, default: int) -> int:
    """Return `max_results`. Raises: Problem (400)."""
    text = query.get("max_results", str(default))
    if not text.isdigit() or not low <= int(text) <= high:
        message = f"The `max_results` query parameter value [{text}] is not between {low} and {high}"
        raise invalid(message, "max_results", text)
    return int(text)


def read_id(query: Mapping[str, str], name: str) -> int | None:
    """Return an id parameter, None where it is not given. Raises: Problem (400)."""
    text = query.get(name)
    if text is None:
        return None
    if not text.isdigit() or len(text) > 19:
        raise invalid(f"The `{name}` query parameter value [{text}] is not valid", name, text)
    return int(text)


def read_time(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a time parameter (RFC 3339, UTC), None where it is not given. Raises: Problem (400)."""
    text = query.get(name)
    if text is None:
        return None
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    raise invalid(f"The `{name}` query parameter value [{text}] is not a valid RFC3339 date-time", name, text)


def read_bounds(query: Mapping[str, str]) -> tuple[int, int | None]:
    """Return the ids that a page lies between, both excluded; None: no upper end. Raises: Problem (400)."""
    since = read_id(query, "since_id") or 0
    until = read_id(query, "until_id")
    start, end = read_time(query, "start_time"), read_time(query, "end_time")
    if start:
        since = max(since, id_at(start) - 1)
    if end:
        until = min(until, id_at(end)) if until is not None else id_at(end)
    return since, until


def make_token(direction: str, item_id: str) -> str:
    """Return the opaque token of the page before ("p") or after ("n") an item."""
    return base64.b32encode(f"{direction}{int(item_id):x}".encode()).decode().rstrip("=").lower()


def read_token(text: str, name: str) -> tuple[str, int]:
    """Return direction and id of a token. Raises: Problem (400)."""
    try:
        plain = base64.b32decode(text.upper() + "=" * (-len(text) % 8)).decode()
        direction, number = plain[0], int(plain[1:], 16)
    except (ValueError, IndexError) as error:
        raise invalid(f"The `{name}` query parameter value [{text}] is not valid", name, text) from error
    if direction not in "np":
        raise invalid(f"The `{name}` query parameter value [{text}] is not valid", name, text)
    return direction, number


def paginate(api: Api, call: Call, items: Sequence[Any], count: int, name: str = "pagination_token") -> Page:
    """Return the page that a call asks for. items: all there are, newest first."""
    text = call.query.get(name) or call.query.get("next_token", "")
    start = 0
    if text:
        direction, number = read_token(text, name)
        if not api.faults.take("repeat_page", call.target):
            start = _position(items, direction, number, count)
    chosen = list(items[start : start + count])
    next_token = make_token("n", chosen[-1].id) if chosen and start + count < len(items) else ""
    previous_token = make_token("p", chosen[0].id) if chosen and start else ""
    if len(chosen) > 1 and api.faults.take("shuffle", call.target):
        chosen = chosen[1::2] + chosen[::2]
    return Page(items=chosen, next_token=next_token, previous_token=previous_token)


def _position(items: Sequence[Any], direction: str, number: int, count: int) -> int:
    newer = sum(int(item.id) > number for item in items)
    if direction == "p":
        return max(newer - count, 0)
    return newer + any(int(item.id) == number for item in items)
