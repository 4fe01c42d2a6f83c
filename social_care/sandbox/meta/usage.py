"""How much of Meta's limits is used up: counted, told in headers with every answer, enforced.

Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting (2026-11-22). Meta reckons with engaged users
and rolling hours; here a limit is a number of calls in a window that begins with the first of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from social_care.sandbox.meta.problems import APP_LIMIT, BUSINESS_LIMITS, Refusal

APP_WINDOW, BUSINESS_WINDOW = timedelta(hours=1), timedelta(hours=24)
LIMITS = {"app": 2_000, "pages": 48_000, "instagram": 48_000, "messenger": 2_000, "whatsapp": 5_000}
"""Calls in a window by kind: those of an app with ten users, of accounts with ten engaged ones."""


@dataclass(slots=True)
class _Window:
    used: int
    ends_at: datetime


class Meter:
    """Counts calls. limits: by kind ("app", "messenger", …), over the usual ones; change them as you like."""

    def __init__(self, clock: Callable[[], datetime], limits: Mapping[str, int] | None = None) -> None:
        self._clock = clock
        self.limits = LIMITS | dict(limits or {})
        self._windows: dict[tuple[str, str], _Window] = {}

    def clear(self) -> None:
        """Start every window anew."""
        self._windows.clear()

    def count(self, business: str, kind: str) -> tuple[Refusal | None, dict[str, str]]:
        """Count a call for a business object (a Page, an account); return the refusal, if any, and the usage headers."""
        app = self._use("", "app", APP_WINDOW)
        own = self._use(business, kind, BUSINESS_WINDOW)
        refusal = APP_LIMIT if app > 100 else BUSINESS_LIMITS[kind] if own > 100 else None
        wait = self._minutes_left(business, kind) if own > 100 else 0
        return refusal, usage_headers(business, kind, min(own, 100), wait, app=min(app, 100))

    def _use(self, business: str, kind: str, length: timedelta) -> int:
        """Count one call, return the percentage used; more than 100 for one call too many, which does not count."""
        now, limit = self._clock(), self.limits[kind]
        window = self._windows.get((business, kind))
        if window is None or window.ends_at <= now:
            window = self._windows[business, kind] = _Window(0, now + length)
        if window.used >= limit:
            return 101
        window.used += 1
        return 100 * window.used // limit

    def _minutes_left(self, business: str, kind: str) -> int:
        left = self._windows[business, kind].ends_at - self._clock()
        return max(int(left.total_seconds() // 60), 1)


def usage_headers(business: str, kind: str, percent: int, wait_minutes: int, *, app: int = 0) -> dict[str, str]:
    """Return the headers that tell how much is used: percentages, and the wait in MINUTES (0: none)."""
    used = {"call_count": percent, "total_cputime": percent // 4, "total_time": percent // 4}
    told = {business: [{"type": kind, **used, "estimated_time_to_regain_access": wait_minutes}]}
    return {
        "x-app-usage": json.dumps({"call_count": app, "total_time": app // 4, "total_cputime": app // 4}),
        "x-business-use-case-usage": json.dumps(told),
        "facebook-api-version": "v25.0",
    }
