"""How much of Meta's limits is used up, as its headers tell with every answer.

`X-App-Usage` and `X-Page-Usage` are objects of percentages, `X-Business-Use-Case-Usage` maps a business object to a list of
them, with `estimated_time_to_regain_access` in MINUTES.
Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import items, load_json, mapping, number, text
from social_care.core.errors import UnreadablePayload

PLAIN = ("x-app-usage", "x-page-usage", "x-ad-account-usage")
BY_BUSINESS = "x-business-use-case-usage"
PERCENTAGES = ("call_count", "total_cputime", "total_time")
LONGEST_WAIT_S = 86_400.0


def percent_used(headers: Mapping[str, str]) -> int:
    """Return the highest of all percentages, 0 when the headers tell none."""
    found = [number(one.get(name)) or 0 for one in _objects(headers) for name in PERCENTAGES]
    return max(found, default=0)


def regain_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until Meta lets us call again, at most a day; None when it does not say."""
    minutes = [number(one.get("estimated_time_to_regain_access")) or 0 for one in _objects(headers)]
    longest = max(minutes, default=0)
    if longest > 0:
        return min(longest * 60.0, LONGEST_WAIT_S)
    plain = number(_header(headers, "retry-after"))
    return None if plain is None else float(min(max(plain, 1), LONGEST_WAIT_S))


def lines(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is used up as plain lines for a person, () when the headers do not tell."""
    found = list(_objects(headers))
    return (f"calls: {percent_used(headers)} % of the limit used",) if found else ()


def _objects(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name in PLAIN:
        if found := mapping(_decoded(_header(headers, name))):
            yield found
    for business in mapping(_decoded(_header(headers, BY_BUSINESS))).values():
        yield from (one for one in map(mapping, items(business)) if one)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((text(value) for key, value in headers.items() if str(key).lower() == name), None)


def _decoded(raw: str | None) -> Any:
    try:
        return load_json(raw) if raw else None
    except UnreadablePayload:
        return None
