"""Polling: notifications read forward from the last one, searches read back to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests

from social_care.connectors.kit.reading import identifier, mapping, moment, number
from social_care.connectors.mastodon.calls import Calls, decode
from social_care.connectors.mastodon.cursor import MOST_SEEN, Cursor, with_overlap
from social_care.connectors.mastodon.parse import belongs, entries_of, status_in
from social_care.connectors.mastodon.queries import query_of
from social_care.connectors.mastodon.statuses import revision_of
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable
from social_care.core.ids import is_later
from social_care.core.ports import Clock, Page

PAGE = 40
NO_MESSAGES = ("favourite", "reblog", "follow", "follow_request", "poll")
"""Left out by name, so that kinds we do not know yet come and are seen."""
LOOK_EVERY = timedelta(minutes=10)
"""How often the newest notifications are looked through for edits: a server tells of them only to whom it streams."""
SEARCH_OVERLAP = timedelta(minutes=30)
"""How much of a search is read again: a post from another server is put among the old ones if it comes late."""


class Feeds:
    """The feeds of one account. See `Connection.fetch`."""

    def __init__(self, calls: Calls, account: Account, clock: Clock) -> None:
        self._calls = calls
        self._account = account
        self._clock = clock

    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page. The first time reaches back `mastodon_backfill_hours` (an option of the account, 24).

        Only the entries that are new and of this feed are kept, each as the server sent it. Raises: SocialCareError.
        """
        state = Cursor.read(cursor)
        if feed.startswith("search:"):
            return self._chain(feed, state)
        if feed not in ("mentions", "direct_messages"):
            raise Refused(f"There is no feed {feed!r} on Mastodon.")
        return self._forward(feed, state) if state.since else self._chain(feed, state)

    def try_search(self, query: str, limit: int) -> Page:
        """Fetch the newest hits once, apart from every feed. Raises: SocialCareError."""
        path, asked = _search(query)
        response, entries = self._entries(path, limit=min(limit, PAGE), **asked)
        return Page(body=response.content, cursor="", more=False, count=len(entries))

    # --- notifications ----------------------------------------------------------------------------------------------
    def _forward(self, feed: str, state: Cursor) -> Page:
        """Read what came right after the last known notification, page by page, until there is nothing more.

        Source: https://docs.joinmastodon.org/methods/notifications/#get and .../api/guidelines/#pagination (read 2026-11).
        """
        response, entries = self._ask(feed, min_id=state.since)
        if entries:
            newest = _newest(entries, state.since, response)
            kept = [one for one in entries if belongs(one, feed)]
            return _page(response, entries, kept, replace(state, since=newest), newest != state.since)
        return self._look_for_edits(feed, state)

    def _look_for_edits(self, feed: str, state: Cursor) -> Page:
        now, looked = self._clock(), moment(state.looked)
        if looked is None or now - looked < LOOK_EVERY:
            return Page(body=b"", cursor=(state if looked else replace(state, looked=_iso(now))).dump(), more=False, count=0)
        response, entries = self._ask(feed)
        since = looked - timedelta(minutes=1)
        known = [one for one in entries if belongs(one, feed) and not is_later(_id(one), state.since)]
        kept = [one for one in known if (at := moment(status_in(one).get("edited_at"))) and at >= since]
        return _page(response, entries, kept, replace(state, looked=_iso(now)), False)

    # --- searches, and the first visit ------------------------------------------------------------------------------
    def _chain(self, feed: str, state: Cursor) -> Page:
        """Read from the newest back to the last known one, or to where we begin; `since` moves when that is reached."""
        now = self._clock()
        hours = number(self._account.options.get("mastodon_backfill_hours"))
        start = moment(state.start) or now - timedelta(hours=24 if hours is None else min(hours, 10_000))
        floor = with_overlap(state.since, SEARCH_OVERLAP)
        response, entries = self._ask(feed, **({"max_id": state.before} if state.before else {}))

        def wanted(entry: Any) -> bool:
            if floor:
                return is_later(_id(entry), floor)
            at = moment(mapping(entry).get("created_at"))
            return at is None or at >= start

        recent = [one for one in entries if wanted(one)]
        fresh = [one for one in recent if _mark(one) not in state.seen and belongs(one, feed)]
        newest = _latest(state.newest, *map(_id, entries))
        seen = (*map(_mark, recent), *state.seen)
        before = _id(entries[-1]) if entries else ""
        goes_on = bool(before) and len(recent) == len(entries) and (not state.before or is_later(state.before, before))
        after = replace(state, newest=newest, before=before, start=_iso(start), seen=_unique(seen))
        if not goes_on:
            since = _latest(newest, state.since)
            kept = [one for one in after.seen if is_later(one.partition(" ")[0], with_overlap(since, SEARCH_OVERLAP))]
            seen_again = tuple(kept) if feed.startswith("search:") else ()
            after = Cursor(since=since, start="" if since else _iso(start), looked=_iso(now), seen=seen_again)
        return _page(response, entries, fresh, after, goes_on)

    # --- asking -----------------------------------------------------------------------------------------------------
    def _ask(self, feed: str, **bounds: str) -> tuple[requests.Response, list[Any]]:
        """Return an answer and its entries, newest first. Filtered notifications are asked for: customers are strangers.

        Source: https://docs.joinmastodon.org/methods/notifications/#get ("include_filtered"), .../methods/timelines/#tag,
        .../methods/search/#v2 (read 2026-11).
        """
        if not feed.startswith("search:"):
            path, asked = "/api/v1/notifications", {"exclude_types[]": list(NO_MESSAGES), "include_filtered": "true"}
        else:
            path, asked = _search(self._query(feed))
        return self._entries(path, limit=PAGE, **asked, **bounds)

    def _entries(self, path: str, **asked: Any) -> tuple[requests.Response, list[Any]]:
        response = self._calls.get(path, **asked)
        entries = entries_of(decode(response))
        if entries is None:
            raise Retryable("The Mastodon server's answer could not be read.")
        return response, entries

    def _query(self, feed: str) -> str:
        name = feed.partition(":")[2]
        found = next((search for search in self._account.searches if search.name == name), None)
        if found is None:
            raise Refused(f"There is no search named {name!r} for this account.")
        return query_of(found)


def _search(query: str) -> tuple[str, dict[str, Any]]:
    """Return where to ask: words that are all hashtags have timelines, which every server has; others need its search."""
    words = query.split()
    if all(word.startswith("#") and len(word) > 1 for word in words):
        first, *others = (word[1:] for word in words)
        return f"/api/v1/timelines/tag/{quote(first, safe='')}", {"any[]": others} if others else {}
    return "/api/v2/search", {"q": query, "type": "statuses"}


def _page(response: requests.Response, entries: Sequence[Any], kept: Sequence[Any], after: Cursor, more: bool) -> Page:
    whole = len(kept) == len(entries)
    body = response.content if whole else json.dumps(kept).encode()
    return Page(body=body, cursor=after.dump(), more=more, count=len(kept))


def _newest(entries: Sequence[Any], since: str, response: requests.Response) -> str:
    """Return the id to go on from: as the server's link to newer ones says, else the latest of the page."""
    link = response.links.get("prev", {}).get("url", "")
    given = parse_qs(urlsplit(link).query).get("min_id", [""])[0]
    return _latest(given, since, *map(_id, entries))


def _latest(*ids: str) -> str:
    """Return the latest of some ids: they grow in length, then in text order, whichever server makes them."""
    return max(ids, key=lambda one: (len(one), one))


def _id(entry: Any) -> str:
    return identifier(mapping(entry).get("id"))


def _mark(entry: Any) -> str:
    """Return what tells an entry's version apart from another."""
    return f"{_id(entry)} {revision_of(status_in(entry))}".strip()


def _unique(marks: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(marks))[:MOST_SEEN]


def _iso(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
