"""Which feeds of comments are fetched, and when: where the number of comments changed, or nobody tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from social_care.connectors.feed.cursor import Cursor
from social_care.connectors.feed.documents import Document
from social_care.connectors.feed.messages import digest

MOST = 20
"""Feeds of comments that one feed has fetched at a visit: those of its first entries."""
UNTOLD = "-"


def with_due(state: Cursor, document: Document | None) -> Cursor:
    """Return the cursor with the feeds of comments that are due; document None: the feed is as it was."""
    if document is None:
        due = [f"{UNTOLD} {url}" for url, mark in state.commented.items() if mark.startswith(f"{UNTOLD} ")]
        return replace(state, comments=tuple(due[:MOST]))
    told = {
        one.comment_feed: UNTOLD if one.comments is None else str(one.comments)
        for one in document.entries
        if one.comment_feed and one.comments != 0
    }
    known = {url: mark for url, mark in state.commented.items() if url in told}
    due = [
        f"{count} {url}" for url, count in told.items() if count == UNTOLD or not known.get(url, "").startswith(f"{count} ")
    ]
    left = replace(state, comments=tuple(due[:MOST]), commented=known)
    return ask_anew(left) if len(due) > MOST else left


def ask_anew(state: Cursor) -> Cursor:
    """Return a cursor with which the feed comes as a whole next time, so that what is due is seen again."""
    return replace(state, etag="", modified="")


def take_next(state: Cursor) -> tuple[str, str, Cursor]:
    """Return the number of comments, the feed to fetch now, and the cursor without it."""
    count, _, url = state.comments[0].partition(" ")
    return count, url, replace(state, comments=state.comments[1:])


def fetched(state: Cursor, url: str, count: str, marks: Iterable[str]) -> tuple[Cursor, bool]:
    """Return the cursor that knows what is in a feed of comments, and whether that is news."""
    now = f"{count} {digest(*sorted(marks))[:16]}"
    before = state.commented.get(url, "").partition(" ")[2]
    return replace(state, commented={**state.commented, url: now}), before != now.partition(" ")[2]
