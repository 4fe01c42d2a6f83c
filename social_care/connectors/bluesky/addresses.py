"""Names of things on the AT Protocol: addresses of records, record keys, and where a person can look at them.

Source: https://atproto.com/specs/at-uri-scheme, https://atproto.com/specs/tid (read 2026-11).
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

POST = "app.bsky.feed.post"
WEB = "https://bsky.app"
CDN = "https://cdn.bsky.app"
"""Where the app shows posts and pictures. Source: https://docs.bsky.app/docs/advanced-guides/resolving-identities and the
addresses in views of the public service (read 2026-11)."""

_AT_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]+)")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCKS = 1 << 10


def make_uri(did: str, collection: str, rkey: str) -> str:
    """Return the address of a record."""
    return f"at://{did}/{collection}/{rkey}"


def read_uri(uri: str) -> tuple[str, str, str] | None:
    """Return whose repository, collection and record key an address names; None where it is none."""
    found = _AT_URI.fullmatch(uri)
    return (found.group(1), found.group(2), found.group(3)) if found else None


def owner_of(uri: str | None) -> str:
    """Return in whose repository a record stands, "" where the address is none."""
    parts = read_uri(uri or "")
    return parts[0] if parts else ""


def web_address(uri: str) -> str | None:
    """Return where a person sees a post; None for what is no post."""
    parts = read_uri(uri)
    if parts is None or parts[1] != POST:
        return None
    return f"{WEB}/profile/{parts[0]}/post/{quote(parts[2], safe='')}"


def picture_address(did: str, cid: str, size: str = "feed_fullsize") -> str:
    """Return where the public service shows a picture of somebody's post."""
    return f"{CDN}/img/{size}/plain/{quote(did, safe=':')}/{quote(cid, safe='')}@jpeg"


def make_tid(moment: datetime, salt: int) -> str:
    """Return a record key (TID) for a second; what is finer than that, and the clock's number, comes from the salt.

    The same moment and salt always give the same key, whichever fraction of the second a database has kept.
    """
    salt, clock = divmod(salt, _CLOCKS)
    micros = int(moment.timestamp()) * 1_000_000 + salt % 1_000_000
    number = micros * _CLOCKS + clock
    return "".join(_SORTABLE[(number >> shift) & 31] for shift in range(60, -1, -5))
