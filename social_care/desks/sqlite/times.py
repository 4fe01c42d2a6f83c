"""Moments in the embedded desk: UTC-aware outside, seconds since 1970 inside."""

from __future__ import annotations

from datetime import datetime, timezone


def from_epoch(seconds: float | None) -> datetime | None:
    """Return the UTC-aware moment; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=timezone.utc)
