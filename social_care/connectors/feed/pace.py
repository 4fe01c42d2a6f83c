"""When a feed wants to be asked again: what it says itself, and what HTTP says of its freshness."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from social_care.connectors.feed.documents import Document
from social_care.connectors.kit.http import server_time

MOST_S = 6 * 3600
"""Nobody is taken at the word who wants to be asked less often: a complaint would wait too long."""
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")


def next_visit_s(document: Document | None, headers: Mapping[str, str], known_s: int, now: datetime) -> tuple[int, int]:
    """Return the seconds until the next visit at the earliest, and the feed's own pace to remember.

    document None: nothing new came, so `known_s` is its pace. Source: https://www.rssboard.org/rss-specification (ttl,
    skipHours, skipDays), RFC 9111, section 5 (read 2026-11).
    """
    own_s = known_s if document is None else document.pace_s
    wait_s = min(max(own_s, _fresh_s(headers)), MOST_S)
    if document is None:
        return wait_s, own_s
    at = now + timedelta(seconds=wait_s)
    for _ in range(24 * 7):
        if at.hour not in document.skip_hours and at.weekday() not in document.skip_days:
            break
        at = (at + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return min(int((at - now).total_seconds()), 24 * 3600), own_s


def _fresh_s(headers: Mapping[str, str]) -> int:
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0
    if found := _MAX_AGE.search(control):
        return int(found.group(1))
    try:
        ends = parsedate_to_datetime(headers.get("expires", "")).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0
    now = server_time(headers)
    return max(int(ends - now), 0) if now is not None else 0
