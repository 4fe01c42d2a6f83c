"""YouTube's days: an app's units are given anew at midnight Pacific Time.

Source: https://developers.google.com/youtube/v3/getting-started#quota (read 2026-11).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


def day_of(when: datetime) -> str:
    """Return YouTube's day of a UTC-aware moment, ISO 8601."""
    return _day(when).isoformat()


def next_reset(when: datetime) -> datetime:
    """Return when the units of that day end, UTC-aware; days of 23 and 25 hours are among them."""
    midnight = datetime.combine(_day(when) + timedelta(days=1), time(), PACIFIC)
    return midnight.astimezone(timezone.utc)


def _day(when: datetime) -> date:
    return when.astimezone(PACIFIC).date()
