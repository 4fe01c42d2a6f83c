"""Where a feed was left: the cursor stored with every page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, moment, stored_mapping

MOST_SEEN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Pages go from new to old; a chain of them is finished when it reaches what is known, and only then `since` moves.

    All times are ISO 8601. since: the newest entry of the last finished chain, "" for none. newest, token, before: of a
    chain under way, its newest entry, the platform's own cursor, the oldest entry so far. start: nothing older is kept.
    seen: marks of entries of the overlap that were kept already. log: where the log of conversations was left, "" at first.
    listing: the list of conversations is being read, from this cursor ("first": from its beginning). convos: conversations
    whose messages are to be read.
    """

    since: str = ""
    newest: str = ""
    token: str = ""
    before: str = ""
    start: str = ""
    log: str = ""
    listing: str = ""
    seen: tuple[str, ...] = ()
    convos: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        found = stored_mapping(stored)
        names = ("since", "newest", "token", "before", "start", "log", "listing")
        texts: dict[str, Any] = {name: identifier(found.get(name), longest=2000) for name in names}
        lists: dict[str, Any] = {
            name: tuple(filter(None, map(identifier, items(found.get(name))))) for name in ("seen", "convos")
        }
        return cls(**texts, **lists)

    def dump(self) -> str:
        """Return the text to store."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in found.items() if value})


def time_of(entry: Any) -> datetime | None:
    """Return when an entry was indexed, None where it does not tell."""
    return moment(mapping(entry).get("indexedAt"))


def mark_of(entry: Any) -> str:
    """Return a short mark of an entry, by which it is known again."""
    one = mapping(entry)
    said = f"{identifier(one.get('uri'))} {identifier(one.get('cid'))} {identifier(one.get('reason'))}"
    return sha256(said.encode("utf-8", "replace")).hexdigest()[:12]


def iso(when: datetime) -> str:
    """Return a time as it is stored."""
    return when.isoformat(timespec="milliseconds")
