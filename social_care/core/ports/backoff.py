"""How long to wait before something is tried again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before the n-th try again, in seconds; the last value repeats."""

    steps_s: tuple[float, ...] = (15, 60, 300, 900, 3600)
    give_up_after: int = field(default=12)

    def wait_s(self, attempts: int) -> float:
        """Return the wait after so many attempts."""
        return self.steps_s[min(max(attempts, 1), len(self.steps_s)) - 1]
