"""What is stored with each page of getUpdates: the next number to ask for, and when it was last moved."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from social_care.connectors.kit.reading import moment_from_epoch, number, stored_mapping

NUMBERS_LAST = timedelta(days=6)
"""After a week without updates Telegram goes on with a random number, maybe a smaller one, and an offset above it would
throw those updates away. So an older position asks for whatever waits; what was read before is confirmed long since.

Source: https://core.telegram.org/bots/api#update ("update_id", read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """offset None: whatever waits. Asking with an offset tells Telegram to forget all below it, and no sooner."""

    offset: int | None = None
    moved_at: datetime | None = None

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a stored cursor; one that cannot be read leads back to whatever waits."""
        found = stored_mapping(stored)
        offset, moved_at = number(found.get("offset")), moment_from_epoch(found.get("moved_at"))
        return cls(offset, moved_at) if offset is not None and moved_at is not None else cls()

    def wanted(self, now: datetime) -> int | None:
        """Return the offset to ask with, None for whatever waits."""
        return self.offset if self.moved_at is not None and now - self.moved_at < NUMBERS_LAST else None

    def after(self, numbers: Iterable[int], now: datetime) -> Cursor:
        """Return the position behind a page: the next call with it confirms the page, which is stored by then."""
        highest = max(numbers, default=None)
        return self if highest is None else Cursor(highest + 1, now)

    def write(self) -> str:
        """Return the cursor as it is stored."""
        if self.offset is None or self.moved_at is None:
            return ""
        return json.dumps({"offset": self.offset, "moved_at": int(self.moved_at.timestamp())})
