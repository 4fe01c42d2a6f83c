"""Rate limits and prices, as documented; both can be changed for a test.

Source: https://docs.x.com/x-api/fundamentals/rate-limits and https://docs.x.com/x-api/getting-started/pricing (2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

WINDOW = timedelta(minutes=15)
DEFAULT_LIMIT = (900, 450)
LIMITS: dict[str, tuple[int, int]] = {
    "GET /2/users/me": (75, 0),
    "GET /2/users": (900, 300),
    "GET /2/users/:id": (900, 300),
    "GET /2/users/by/username/:username": (900, 300),
    "GET /2/users/:id/mentions": (300, 450),
    "GET /2/users/:id/tweets": (900, 10_000),
    "GET /2/tweets": (5000, 3500),
    "GET /2/tweets/:id": (900, 450),
    "GET /2/tweets/search/recent": (300, 450),
    "GET /2/dm_events": (15, 0),
    "GET /2/dm_conversations/with/:participant_id/dm_events": (15, 0),
    "GET /2/dm_conversations/:dm_conversation_id/dm_events": (15, 0),
    "POST /2/tweets": (100, 0),
    "DELETE /2/tweets/:id": (50, 0),
    "PUT /2/tweets/:id/hidden": (50, 0),
    "POST /2/users/:id/likes": (50, 0),
    "DELETE /2/users/:id/likes/:tweet_id": (50, 0),
    "POST /2/users/:id/dm/block": (50, 0),
    "POST /2/users/:id/dm/unblock": (50, 0),
    "POST /2/dm_conversations/with/:participant_id/messages": (15, 0),
    "POST /2/dm_conversations/:dm_conversation_id/messages": (15, 0),
    "POST /2/media/upload": (500, 0),
    "GET /2/media/upload": (1000, 0),
    "POST /2/media/metadata": (500, 0),
    "POST /2/media/upload/initialize": (1875, 0),
    "POST /2/media/upload/:id/append": (1875, 0),
    "POST /2/media/upload/:id/finalize": (1875, 0),
    "POST /2/activity/subscriptions": (500, 500),
    "GET /2/activity/subscriptions": (500, 500),
    "DELETE /2/activity/subscriptions/:subscription_id": (500, 500),
    "POST /2/webhooks": (0, 450),
    "GET /2/webhooks": (0, 450),
    "PUT /2/webhooks/:webhook_id": (0, 450),
    "DELETE /2/webhooks/:webhook_id": (0, 450),
}
"""Calls in 15 minutes: by a user's token, by the app's."""

POST_READ = Decimal("0.005")
DM_READ = Decimal("0.010")
USER_READ = Decimal("0.010")
POST_CREATE = Decimal("0.015")
POST_CREATE_WITH_URL = Decimal("0.200")
SUMMONED_REPLY = Decimal("0.010")
DM_CREATE = Decimal("0.015")
INTERACTION = Decimal("0.015")
INTERACTION_UNDONE = Decimal("0.010")


@dataclass(slots=True)
class _Window:
    used: int
    ends_at: datetime


class Meter:
    """Counts calls by token and route."""

    def __init__(self, clock: Callable[[], datetime], limits: Mapping[str, int] | None = None) -> None:
        self._clock = clock
        self.overrides = dict(limits or {})
        self._windows: dict[tuple[str, str], _Window] = {}

    def clear(self) -> None:
        """Start every window anew."""
        self._windows.clear()

    def limit(self, route: str, *, app: bool) -> int:
        """Return how many calls fit into a window."""
        if route in self.overrides:
            return self.overrides[route]
        return LIMITS.get(route, DEFAULT_LIMIT)[app]

    def count(self, token: str, route: str, *, app: bool) -> tuple[bool, dict[str, str]]:
        """Count a call; return whether it is within the limit, and the headers that tell so."""
        now = self._clock()
        limit = self.limit(route, app=app)
        window = self._windows.get((token, route))
        if window is None or window.ends_at <= now:
            window = self._windows[token, route] = _Window(0, now + WINDOW)
        allowed = window.used < limit
        window.used += allowed
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(limit - window.used),
            "x-rate-limit-reset": str(int(window.ends_at.timestamp())),
        }
        return allowed, headers


class Purse:
    """What calls cost, in US dollars. credits None: no limit. What is read twice within a UTC day costs once.

    Whether objects in `includes` are charged is not documented; here they are not.
    """

    def __init__(self, clock: Callable[[], datetime], credits: Decimal | None = None) -> None:
        self._clock = clock
        self.credits = credits
        self.spent = Decimal(0)
        self._day: date | None = None
        self._read: set[str] = set()

    def clear(self) -> None:
        """Forget what was spent; the credits stay."""
        self.spent = Decimal(0)
        self._read.clear()

    @property
    def empty(self) -> bool:
        """Return whether nothing is left."""
        return self.credits is not None and self.credits <= 0

    def charge(self, amount: Decimal) -> None:
        """Take an amount."""
        self.spent += amount
        if self.credits is not None:
            self.credits -= amount

    def charge_reads(self, ids: list[str], price: Decimal) -> None:
        """Take the price of every object that was not read today."""
        today = self._clock().date()
        if self._day != today:
            self._day, self._read = today, set()
        fresh = set(ids) - self._read
        self._read |= fresh
        self.charge(price * len(fresh))
