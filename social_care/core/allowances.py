"""What a platform lets an app call in one of its days, where it counts calls in units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The present day's units of an app, which all accounts of that app share.

    units: in a day. used: by now. reserve: kept for answers, so that reading never eats them. resets_at: UTC-aware.
    """

    units: int
    used: int
    reserve: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """Return what answers may still use."""
        return max(self.units - self.used, 0)

    @property
    def spare(self) -> int:
        """Return what reading may still use."""
        return max(self.left - self.reserve, 0)
