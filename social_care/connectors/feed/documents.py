"""What a feed says, whichever format it is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from social_care.connectors.kit.plain import joined
from social_care.connectors.kit.reading import moment
from social_care.core.events import Media

MOST_ENTRIES = 2000
"""Entries of one feed that are read; what comes after them is told and left alone."""
MOST_MEDIA = 10
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_YEARS = range(1970, 2200)
_ZONES = {"UT": "GMT", "Z": "GMT"}
_TWO_DIGITS = re.compile(r"^(?:[A-Za-z]+,?\s+)?(\d{1,2}\s+[A-Za-z]{3}[a-z]*\s+\d{2,4}\s+)(\d\d)(\d\d)(\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as the feed gives it. Texts are plain, addresses absolute; "" where nothing is told.

    guid: the feed's own id of it. author_page: an address that tells the author from others. parent, parent_page: id and
    address of what it answers. comments: how many there are, None where it is not told. comment_feed: the feed of them. cut:
    the words go on where it was published.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    author_page: str = ""
    author_picture: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    parent: str = ""
    parent_page: str = ""
    comments: int | None = None
    comment_feed: str = ""
    language: str = ""
    media: tuple[Media, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed. pace_s: how often it wants to be asked at most, in seconds, 0 where it does not say.

    skip_hours, skip_days: when it does not want to be asked at all (UTC; Monday is 0). ended: it says that it is finished.
    broken: it could be read only after mending. left_out: entries beyond `MOST_ENTRIES`. deleted: ids of entries of which it
    says that they were taken away. older: the address of the page with what came before, "" where there is none.
    """

    title: str = ""
    entries: tuple[Entry, ...] = ()
    deleted: tuple[str, ...] = ()
    pace_s: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    ended: bool = False
    broken: bool = False
    left_out: int = field(default=0)
    older: str = ""


def tidy(text: str | None) -> str:
    """Return text without what cannot be seen, so that it reads the same before and after it was stored."""
    return _UNSEEN.sub("", (text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()


def line(text: str | None) -> str:
    """Return text as one line."""
    return " ".join(tidy(text).split())


def address(base: str, given: str | None) -> str:
    """Return a web address, made absolute; "" for what is none."""
    written = line(given)
    found = joined(base, written) if written else ""
    return found if found.startswith(("https://", "http://")) else ""


def when(given: str | None) -> datetime | None:
    """Return a time as feeds write it (RFC 822 and its many relatives, ISO 8601), UTC-aware; None for anything else."""
    written = line(given)[:80]
    if not written:
        return None
    found = moment(written) or _rfc822(written)
    return found if found is not None and found.year in _YEARS else None


def _rfc822(written: str) -> datetime | None:
    written = _TWO_DIGITS.sub(r"\1\2:\3\4", written)  # "03 Apr 02 1500 GMT"
    for zone, usual in _ZONES.items():
        written = re.sub(rf"\s{zone}$", f" {usual}", written)
    try:
        found = parsedate_to_datetime(written)
        return found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def media_of(url: str, mime: str | None = None, medium: str | None = None, alt: str | None = None) -> Media:
    """Return an attachment; its kind is what the feed says, else what its type says."""
    kinds = ((medium or "").lower(), (mime or "").partition("/")[0].lower())
    kind = next((one for one in kinds if one in {"image", "video", "audio"}), "file")
    return Media(kind=kind, url=url, alt=line(alt)[:500] or None)
