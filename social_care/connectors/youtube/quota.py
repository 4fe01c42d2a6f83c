"""The app's units of the day: what each call takes, and what is kept for answers.

Source: https://developers.google.com/youtube/v3/determine_quota_cost, .../getting-started#quota (read 2026-11).
"""

from __future__ import annotations

from datetime import datetime

from social_care.connectors.kit.reading import number
from social_care.connectors.youtube.days import day_of, next_reset
from social_care.core.accounts import Account
from social_care.core.allowances import Allowance
from social_care.core.errors import RateLimited
from social_care.core.ports import Clock, Meter

LIST, WRITE = 1, 50
UNITS, RESERVE = 10_000, 2_000
SENDING = "The app's units at YouTube are used up for today: this waits until {when}, when they are given anew."
READING = "The app's units at YouTube are used up, but for {reserve:,} kept for answers; it goes on at {when}."


class OwnMeter:
    """Counts in memory, for a connection that nobody gave another meter."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], int] = {}

    def add_units(self, pool: str, day: str, units: int) -> int:
        """See `core.ports.Meter`."""
        self._used[pool, day] = self._used.get((pool, day), 0) + units
        return self._used[pool, day]

    def local_time(self, when: datetime) -> str:
        """See `core.ports.Meter`."""
        return f"{when:%Y-%m-%d %H:%M} UTC"


class Quota:
    """The units of one app. Options of the account: `youtube_daily_units` (10,000), `youtube_reserve_units` (2,000).

    All apps of one Google Cloud project share their units; a client id begins with the project's number.
    """

    def __init__(self, account: Account, client_id: str, clock: Clock) -> None:
        self._units = number(account.options.get("youtube_daily_units")) or UNITS
        reserve = number(account.options.get("youtube_reserve_units"))
        self._reserve = min(RESERVE if reserve is None else max(reserve, 0), self._units)
        self._pool = f"{account.platform}:{client_id.partition('-')[0][:100]}"
        self._clock = clock
        self.meter: Meter = OwnMeter()

    def allowance(self) -> Allowance:
        """Return how the present day stands."""
        now = self._clock()
        used = self.meter.add_units(self._pool, day_of(now), 0)
        return Allowance(units=self._units, used=used, reserve=self._reserve, resets_at=next_reset(now))

    def take(self, units: int, *, for_answers: bool) -> None:
        """Count a call before it is made: YouTube counts failed ones, too. Of two workers the second sees the first.

        for_answers: it may use what is kept for them. Raises: RateLimited until the day ends when too few are left.
        """
        day = day_of(self._clock())
        used = self.meter.add_units(self._pool, day, units)
        if used > self._most(for_answers):
            self.meter.add_units(self._pool, day, -units)
            raise self._used_up(for_answers)

    def check(self, units: int, *, for_answers: bool) -> None:
        """Refuse as `take` does, and count nothing."""
        if self.allowance().used + units > self._most(for_answers):
            raise self._used_up(for_answers)

    def _most(self, for_answers: bool) -> int:
        return self._units if for_answers else self._units - self._reserve

    def _used_up(self, for_answers: bool) -> RateLimited:
        resets_at = next_reset(self._clock())
        sentence = (SENDING if for_answers else READING).format(when=self.meter.local_time(resets_at), reserve=self._reserve)
        return RateLimited(sentence, retry_after_s=(resets_at - self._clock()).total_seconds())

    def close_day(self) -> None:
        """YouTube says that nothing is left, whatever we counted: others use the same project."""
        self.meter.add_units(self._pool, day_of(self._clock()), self.allowance().left)

    def line(self) -> str:
        """Return what is left, for people."""
        today = self.allowance()
        until = self.meter.local_time(today.resets_at)
        left = f"{today.left:,} of {today.units:,} left until {until}, {today.reserve:,} kept for answers"
        return f"units (by our own count): {left}"
