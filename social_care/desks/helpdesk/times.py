"""Moments on a Frappe site: UTC-aware in our code, naive in the site's own time zone in the database."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from frappe.utils import get_datetime, get_system_timezone


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


def to_site(moment: datetime | None) -> datetime | None:
    """Return a UTC-aware moment as the database keeps it; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


def from_site(stored: datetime | str | None) -> datetime | None:
    """Return a moment of the database UTC-aware; None stays None."""
    naive = get_datetime(stored) if stored else None
    if naive is None:
        return None
    return naive.replace(tzinfo=ZoneInfo(get_system_timezone())).astimezone(timezone.utc)
