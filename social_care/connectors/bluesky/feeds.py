"""Polling what is public: notifications and searches, with the posts around them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from social_care.connectors.bluesky.calls import Calls
from social_care.connectors.bluesky.cursor import MOST_SEEN, Cursor, iso, mark_of, time_of
from social_care.connectors.bluesky.embeds import quoted
from social_care.connectors.bluesky.parse import TURNS_TO_US
from social_care.connectors.bluesky.queries import query_of
from social_care.connectors.kit.reading import identifier, items, mapping, moment, number, text
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, SocialCareError
from social_care.core.ports import Clock, Page

PAGE = 100
AT_ONCE = 25
"""Of so many posts or people a view is given at once.
Source: lexicons app.bsky.feed.getPosts and app.bsky.actor.getProfiles (read 2026-11)."""
OVERLAP = timedelta(minutes=30)
"""How much is read again: an entry stands at the time its author's app wrote, which may be before it was indexed."""
HOURS_BACK = 24


class Feeds:
    """The public feeds of one account. See `Connection.fetch`."""

    def __init__(self, calls: Calls, account: Account, clock: Clock) -> None:
        self._calls = calls
        self._account = account
        self._clock = clock
        self._people: dict[str, Any] = {}

    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page. The first time reaches back `bluesky_backfill_hours` (an option of the account, 24).

        Only what is new is kept. Raises: SocialCareError.
        """
        state = Cursor.read(cursor)
        try:
            return self._page(feed, state)
        except Refused as error:
            if not state.token or type(error) is not Refused:
                raise
            return self._page(feed, replace(state, token="", before=""))  # a token that ended leads back

    def try_search(self, query: str, limit: int) -> Page:
        """Fetch the newest hits once, apart from every feed. Raises: SocialCareError."""
        _, entries = self._entries("app.bsky.feed.searchPosts", "posts", q=query, sort="latest", limit=min(limit, PAGE))
        return Page(body=self._body("search:", entries), cursor="", more=False, count=len(entries))

    def _page(self, feed: str, state: Cursor) -> Page:
        """Read from the newest back to what is known, or to where we begin.

        An entry whose page comes again ends the visit: the next one begins from the newest, and `since` stays.
        """
        start = moment(state.start) or self._clock() - timedelta(hours=hours_back(self._account))
        since = moment(state.since)
        floor = max(start, since - OVERLAP) if since else start
        body, entries = self._ask(feed, state.token)
        fresh = [one for one in entries if (time_of(one) or floor) >= floor and mark_of(one) not in state.seen]
        times = [at for one in entries if (at := time_of(one))]
        oldest, newest = min(times, default=None), max(times, default=None)
        token, before = text(body.get("cursor")) or "", moment(state.before)
        moved = not entries or bool(fresh) or before is None or (oldest is not None and oldest < before)
        after = replace(
            state,
            newest=iso(max(newest, moment(state.newest) or newest)) if newest else state.newest,
            before=iso(min(oldest, before or oldest)) if oldest else state.before,
            start=iso(start),
            seen=_seen(entries, floor, state),
            token=token,
        )
        reached = not token or (oldest is not None and oldest < floor)
        if reached:
            latest = max(filter(None, (since, moment(after.newest))), default=None)
            after = Cursor(since=iso(latest) if latest else "", start=after.start, seen=after.seen)
        elif token == state.token or not moved:
            after = Cursor(since=state.since, start=after.start, seen=after.seen)
        return Page(
            body=self._body(feed, fresh) if fresh else b"",
            cursor=after.dump(),
            more=bool(after.token),
            count=len(fresh),
        )

    # --- asking -----------------------------------------------------------------------------------------------------
    def _ask(self, feed: str, token: str) -> tuple[Mapping[str, Any], list[Any]]:
        """Return an answer and its entries, newest first.

        Only what turns to us is asked for, of everybody: `priority` would leave out whom the account does not follow.
        Source: lexicons app.bsky.notification.listNotifications and app.bsky.feed.searchPosts (read 2026-11).
        """
        bounds = {"limit": PAGE, **({"cursor": token} if token else {})}
        if feed == "mentions":
            told = {"reasons": sorted(TURNS_TO_US), "priority": "false"}
            return self._entries("app.bsky.notification.listNotifications", "notifications", **told, **bounds)
        return self._entries("app.bsky.feed.searchPosts", "posts", q=self._query(feed), sort="latest", **bounds)

    def _entries(self, name: str, key: str, **asked: Any) -> tuple[Mapping[str, Any], list[Any]]:
        body = mapping(self._calls.get(name, **asked))
        if not isinstance(body.get(key), list):
            raise Retryable("Bluesky's answer could not be read.")
        return body, body[key]

    def _query(self, feed: str) -> str:
        kind, _, name = feed.partition(":")
        found = next((search for search in self._account.searches if search.name == name), None)
        if kind != "search" or found is None:
            raise Refused(f"There is no feed {feed!r} for this account on Bluesky.")
        return query_of(found)

    # --- what is around ---------------------------------------------------------------------------------------------
    def _body(self, feed: str, entries: Sequence[Any]) -> bytes:
        """Return a body with what an agent wants to see beside the entries: what they answer, and who wrote them."""
        people = self._profiles(entries)
        if feed != "mentions":
            return json.dumps({"posts": entries, "profiles": people}).encode()
        return json.dumps({"notifications": entries, "posts": self._views(_wanted(entries)), "profiles": people}).encode()

    def _views(self, uris: Iterable[str]) -> list[Any]:
        return self._gathered("app.bsky.feed.getPosts", "uris", "posts", uris)

    def _profiles(self, entries: Sequence[Any]) -> list[Any]:
        """Return views of those who wrote, which tell how many follow them; each is asked for once a visit."""
        dids = dict.fromkeys(identifier(mapping(mapping(one).get("author")).get("did")) for one in entries)
        unknown = [did for did in dids if did not in self._people]
        for view in self._gathered("app.bsky.actor.getProfiles", "actors", "profiles", unknown):
            self._people[identifier(mapping(view).get("did"))] = view
        return [self._people[did] for did in dids if did in self._people]

    def _gathered(self, name: str, parameter: str, key: str, wanted: Iterable[str]) -> list[Any]:
        """Return views, as many as can be had: without them the messages are worth as much."""
        left = [one for one in dict.fromkeys(wanted) if one]
        found: list[Any] = []
        try:
            for place in range(0, len(left), AT_ONCE):
                found += items(mapping(self._calls.get(name, **{parameter: left[place : place + AT_ONCE]})).get(key))
        except SocialCareError:
            return found
        return found


def hours_back(account: Account) -> int:
    """Return how far the first visit reaches back, in hours."""
    hours = number(account.options.get("bluesky_backfill_hours"))
    return HOURS_BACK if hours is None else min(hours, 10_000)


def _wanted(entries: Sequence[Any]) -> Iterable[str]:
    """Yield which posts to look at: what is answered, how its thread began, and what has files or cannot be answered."""
    for entry in map(mapping, entries):
        record = mapping(entry.get("record"))
        reply = mapping(record.get("reply"))
        yield identifier(entry.get("uri"))
        yield identifier(mapping(reply.get("parent")).get("uri"))
        yield identifier(mapping(reply.get("root")).get("uri"))
        yield quoted(record.get("embed")) if "/app.bsky.feed.post/" in quoted(record.get("embed")) else ""


def _seen(entries: Sequence[Any], floor: datetime, state: Cursor) -> tuple[str, ...]:
    """Return the marks of what was read lately, the latest first."""
    marks = [mark_of(one) for one in entries if (time_of(one) or floor) >= floor]
    return tuple(dict.fromkeys([*marks, *state.seen]))[:MOST_SEEN]
