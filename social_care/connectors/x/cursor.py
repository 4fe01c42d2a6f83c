"""Where a feed was left: the cursor stored with every page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from social_care.connectors.kit.reading import identifier, items, number, rank, stored_mapping

EPOCH_MS = 1288834974657
"""Where the time in X's ids begins: the upper bits of an id are milliseconds since then.

Source: https://docs.x.com/fundamentals/x-ids (read 2026-08)."""
TIME_BITS = 22
YOUNG = timedelta(minutes=5)
MOST_TOKENS = 64
MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A chain of pages goes from the newest back to `since`; `since` moves only when the chain is finished.

    since: the newest id of the last finished chain, "" for none. start: where to begin while there is no `since`, ISO 8601.
    token: X's token for the next page of the chain, "" at its beginning. newest: the highest id seen in the chain.
    seen: the chain's last tokens. restarts: how often the chain was begun again because X repeated itself.
    day: the UTC day for which reading again costs nothing.
    """

    since: str = ""
    start: str = ""
    token: str = ""
    newest: str = ""
    seen: tuple[str, ...] = ()
    restarts: int = 0
    day: str = ""

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        found = stored_mapping(stored)
        return cls(
            since=identifier(found.get("since")),
            start=identifier(found.get("start")),
            token=found["next"] if isinstance(found.get("next"), str) else "",
            newest=identifier(found.get("newest")),
            seen=tuple(one for one in items(found.get("seen")) if isinstance(one, str)),
            restarts=number(found.get("restarts")) or 0,
            day=identifier(found.get("day")),
        )

    def dump(self) -> str:
        """Return the text to store."""
        found: dict[str, object] = {"since": self.since, "start": self.start, "next": self.token, "newest": self.newest}
        found |= {"seen": self.seen, "restarts": self.restarts, "day": self.day}
        return json.dumps({name: value for name, value in found.items() if value})

    def restarted(self) -> Cursor:
        """Return the beginning of the same chain, for when X no longer knows its token."""
        return replace(self, token="", seen=())

    def after(self, ids: Iterable[str], token: str, *, idle_start: str, day: str) -> Cursor:
        """Return the cursor to store with a page of these ids; `token` "" ends the chain.

        A token seen before ends the visit: the next one begins the chain again, since what lies behind it was not read. If
        that happens every time, the chain counts as finished. idle_start: where to begin next time if no id was ever seen.
        """
        newest = max((self.newest, self.since, *ids), key=rank)
        if token and token != self.token and token not in self.seen:
            return replace(self, token=token, newest=newest, seen=(*self.seen, token)[-MOST_TOKENS:], day=day)
        if token and self.restarts < MOST_RESTARTS:
            return replace(self.restarted(), newest=newest, restarts=self.restarts + 1, day=day)
        return Cursor(since=newest, start="" if newest else idle_start, day=day)


def with_overlap(since: str, now: datetime, overlap: timedelta) -> str:
    """Return the id that lies `overlap` before `since` while that is younger than five minutes, else `since` itself."""
    newest = rank(since)
    age_ms = now.timestamp() * 1000 - ((newest >> TIME_BITS) + EPOCH_MS)
    if age_ms > YOUNG.total_seconds() * 1000:
        return since
    return str(max(1, newest - (int(overlap.total_seconds() * 1000) << TIME_BITS)))
