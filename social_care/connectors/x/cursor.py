"""Where a feed was left: the cursor stored with every page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from social_care.connectors.kit.reading import identifier, items, load_json, mapping, rank
from social_care.core.errors import UnreadablePayload

MOST_TOKENS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A chain of pages goes from the newest back to `since`; `since` moves only when the chain is finished.

    since: the newest id of the last finished chain, "" for none. start: where to begin while there is no `since`, ISO 8601.
    token: X's token for the next page of the chain, "" at its beginning. newest: the highest id seen in the chain.
    seen: the chain's tokens so far. day: the UTC day for which reading again costs nothing.
    """

    since: str = ""
    start: str = ""
    token: str = ""
    newest: str = ""
    seen: tuple[str, ...] = ()
    day: str = ""

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        try:
            found = mapping(load_json(stored))
        except UnreadablePayload:
            found = {}
        return cls(
            since=identifier(found.get("since")),
            start=identifier(found.get("start")),
            token=found["next"] if isinstance(found.get("next"), str) else "",
            newest=identifier(found.get("newest")),
            seen=tuple(one for one in items(found.get("seen")) if isinstance(one, str)),
            day=identifier(found.get("day")),
        )

    def dump(self) -> str:
        """Return the text to store."""
        found = {"since": self.since, "start": self.start, "next": self.token, "newest": self.newest, "day": self.day}
        return json.dumps(
            {**{name: value for name, value in found.items() if value}, **({"seen": self.seen} if self.seen else {})}
        )

    def restarted(self) -> Cursor:
        """Return the beginning of the same chain, for when X no longer knows its token."""
        return replace(self, token="", seen=())

    def after(self, ids: Iterable[str], token: str, *, idle_start: str, day: str) -> Cursor:
        """Return the cursor to store with a page of these ids; `token` "" ends the chain, and so does one seen before.

        idle_start: where to begin next time if no id was ever seen.
        """
        newest = max((self.newest, self.since, *ids), key=rank)
        if token and token not in self.seen and token != self.token and len(self.seen) < MOST_TOKENS:
            return replace(self, token=token, newest=newest, seen=(*self.seen, token), day=day)
        return Cursor(since=newest, start="" if newest else idle_start, day=day)
