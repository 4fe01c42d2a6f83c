"""The sandbox's time: real or a test's, and moved forward by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone


class SandboxClock:
    """Returns the present moment, UTC-aware; `advance` adds to a base that may be a fake clock."""

    def __init__(self, base: Callable[[], datetime] | None = None) -> None:
        self._base = base or (lambda: datetime.now(timezone.utc))
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return self._base() + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move the time forward and return it. Raises: ValueError for going back."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._offset += timedelta(seconds=seconds)
        return self()


def as_timestamp(moment: datetime) -> str:
    """Return a moment as the platforms write it: ISO 8601, UTC, milliseconds."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
