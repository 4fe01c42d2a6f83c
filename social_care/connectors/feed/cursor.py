"""Where a feed was left: the cursor stored with every page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from social_care.connectors.kit.reading import items, mapping, number, stored_mapping, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """url: as it stands on the account. moved: where it moved for good, "" where it did not.

    etag, modified: what the server gave to ask whether there is anything new. since: entries of before are not taken, ISO
    8601. seen: the marks of the entries that were in the feed last time. misses: how often in a row it was not found. gone:
    it is not asked any more. pace_s: how often it wants to be asked. older: the older page to fetch next, "" for none;
    pages: so many of them may be asked for still. comments: feeds of comments to fetch now, each after the number of its
    comments ("-" where it is not told) and a blank; commented: what was there last time, by address, after that number.
    """

    url: str = ""
    moved: str = ""
    etag: str = ""
    modified: str = ""
    since: str = ""
    seen: tuple[str, ...] = ()
    misses: int = 0
    gone: bool = False
    pace_s: int = 0
    older: str = ""
    pages: int = 0
    comments: tuple[str, ...] = ()
    commented: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: str) -> Cursor:
        """Return a cursor from its stored text; a text that is none begins anew."""
        found = stored_mapping(stored)
        kept: dict[str, Any] = {
            name: text(found.get(name)) or "" for name in ("url", "moved", "etag", "modified", "since", "older")
        }
        kept |= {name: number(found.get(name)) or 0 for name in ("misses", "pace_s", "pages")}
        kept |= {"gone": found.get("gone") is True, "seen": tuple(filter(None, map(text, items(found.get("seen")))))}
        kept["comments"] = tuple(filter(None, map(text, items(found.get("comments")))))
        kept["commented"] = {url: mark for url, one in mapping(found.get("commented")).items() if (mark := text(one))}
        return cls(**kept)

    def dump(self) -> str:
        """Return the text to store."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})
