"""Where a feed was left: the cursor stored with every page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from social_care.connectors.kit.reading import identifier, items, stored_mapping

TIME_BITS = 16
"""Mastodon's status ids are milliseconds and 16 more bits. Source: lib/mastodon/snowflake.rb of Mastodon (read 2026-11)."""
SHORTEST_SNOWFLAKE = 17
MOST_SEEN = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A chain goes from the newest entry back to where it has to end; `since` moves only when it is finished.

    since: the newest id of the last finished chain, "" for none; from there notifications are read forward. newest, before:
    of a chain under way, the newest id seen and the id behind which it goes on. start: where to begin while there is no
    `since`, ISO 8601. looked: when recent notifications were last looked through for edits, ISO 8601. seen: entries of the
    overlap that were kept already, with their version.
    """

    since: str = ""
    newest: str = ""
    before: str = ""
    start: str = ""
    looked: str = ""
    seen: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        found = stored_mapping(stored)
        texts = {name: identifier(found.get(name)) for name in ("since", "newest", "before", "start", "looked")}
        return cls(**texts, seen=tuple(filter(None, map(identifier, items(found.get("seen"))))))

    def dump(self) -> str:
        """Return the text to store."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in found.items() if value})


def with_overlap(since: str, overlap: timedelta) -> str:
    """Return the id that lies `overlap` before `since` where ids are Mastodon's, else `since` itself."""
    if not (since.isascii() and since.isdecimal() and len(since) >= SHORTEST_SNOWFLAKE):
        return since
    return str(max(1, int(since) - (int(overlap.total_seconds() * 1000) << TIME_BITS)))
