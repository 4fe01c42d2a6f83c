"""Counting the calls of an app on a platform that gives it so many units a day."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from social_care.core.allowances import Allowance


class Meter(Protocol):
    """Where units are counted, by whoever shares them (a pool); a desk's accounts are one. Every method commits."""

    def add_units(self, pool: str, day: str, units: int) -> int:
        """Count units of a pool on a day, as the platform names its days; return how many are used on it now.

        Another day begins at zero.
        """

    def local_time(self, when: datetime) -> str:
        """Return a moment as the team reads it, with its time zone."""


@runtime_checkable
class CountsUnits(Protocol):
    """A connection to a platform where every call takes units of its app's daily allowance.

    It counts a call before it makes it, and refuses with RateLimited what the allowance no longer holds.
    """

    def count_with(self, meter: Meter) -> None:
        """Count with this meter from now on; without one, a connection counts only its own calls."""

    def allowance(self) -> Allowance:
        """Return how the present day stands. No call."""
