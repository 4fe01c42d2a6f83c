"""Polling: the comments below the channel's videos, those that wait for a review, and answers in older threads.

Source: https://developers.google.com/youtube/v3/docs/commentThreads/list, .../docs/comments/list (read 2026-11).
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, moment, number, text
from social_care.connectors.youtube.calls import Calls
from social_care.connectors.youtube.comments import HELD, PUBLISHED, SPAM, Scene, answers_in, revision_of, status_of
from social_care.connectors.youtube.cursor import Cursor
from social_care.connectors.youtube.parse import ENVELOPE
from social_care.core.accounts import Account
from social_care.core.errors import Refused, SocialCareError
from social_care.core.ports import Clock, Page

log = logging.getLogger(__name__)

PAGE = 100
VIDEOS_AT_ONCE = 50
MOST_ANSWER_PAGES = 10
"""Of one thread: the first thousand answers that YouTube lists."""
OVERLAP = timedelta(minutes=15)
"""How far each visit looks back again: YouTube may list a comment late (unsure how late)."""
DEEP_EVERY = timedelta(hours=1)
BACKFILL_H, ANSWER_DAYS = 24, 14
LONGEST_TITLE = 100


class Feeds:
    """The one feed of a channel. See `Connection.fetch`."""

    def __init__(self, calls: Calls, account: Account, me: Callable[[], str], clock: Clock) -> None:
        self._calls, self._account, self._me, self._clock = calls, account, me, clock

    def fetch(self, cursor: str) -> Page:
        """Fetch one page of one list, with all answers of the threads that are new or changed. Raises: SocialCareError.

        The first visit reaches back `youtube_backfill_hours` (24). Every hour one looks through the threads of
        `youtube_answer_days` (14) for new answers: the list is sorted by the threads' beginnings.
        """
        state = Cursor.read(cursor)
        state = state if state.reading else self._begin(state)
        asked_at = self._clock()
        try:
            body = self._list(state)
        except Refused as error:
            if state.token and type(error) is Refused:
                return self._without_page(state.refused(self._lists(state)))  # the next page's token is no longer good
            if state.reading == PUBLISHED:
                raise
            log.warning("YouTube does not show the list %s: %s", state.reading, error)
            return self._without_page(state.after("", self._lists(state)))
        return self._page(state, body, asked_at)

    def _without_page(self, after: Cursor) -> Page:
        return Page(body=b"", cursor=_closed(after).dump(), more=bool(after.reading), count=0)

    # --- one visit --------------------------------------------------------------------------------------------------
    def _begin(self, state: Cursor) -> Cursor:
        now = self._clock()
        start = moment(state.start) or now - timedelta(hours=self._option("youtube_backfill_hours", BACKFILL_H))
        since, deep = moment(state.since), moment(state.deep)
        deepening = since is not None and (deep is None or now - deep >= DEEP_EVERY)
        floor = max(start, since - OVERLAP) if since else start
        if deepening:
            floor = min(floor, now - timedelta(days=self._option("youtube_answer_days", ANSWER_DAYS)))
        return replace(
            state,
            start=_iso(start),
            floor=_iso(floor),
            newest=state.since or _iso(start),
            deep=_iso(now) if deepening else state.deep,
            deepening=deepening,
            reading=PUBLISHED,
        )

    def _option(self, name: str, usual: int) -> int:
        given = number(self._account.options.get(name))
        return usual if given is None else min(max(given, 0), 10_000)

    def _lists(self, state: Cursor) -> tuple[str, ...]:
        """Return the lists of this visit, in order; spam only with the hourly look, since each list takes units."""
        held = self._account.options.get("youtube_held", "1") != "0"
        spam = self._account.options.get("youtube_spam", "1") != "0" and state.deepening
        return (PUBLISHED, *([HELD] if held else []), *([SPAM] if spam else []))

    def _list(self, state: Cursor) -> dict[str, Any]:
        asked: dict[str, Any] = {"moderationStatus": state.reading} if state.reading != PUBLISHED else {}
        return self._calls.get(
            "commentThreads",
            part="snippet,replies",
            allThreadsRelatedToChannelId=self._me(),
            order="time",
            maxResults=PAGE,
            textFormat="plainText",
            pageToken=state.token or None,
            **asked,
        )

    # --- one page ---------------------------------------------------------------------------------------------------
    def _page(self, state: Cursor, body: Mapping[str, Any], asked_at: datetime) -> Page:
        threads = [mapping(one) for one in items(body.get("items"))]
        known = set(state.seen)
        fresh = [one for one in threads if _digest(one, state.reading) not in known and _concerns_us(one, state)]
        kept = [self._with_all_answers(one) for one in fresh]
        titles = self._titles(kept, state.titles)
        begun = [one for one in map(_begun_at, threads) if one is not None]
        floor = moment(state.floor)
        reaches = floor is None or len(begun) < len(threads) or any(one >= floor for one in begun)
        newest = max([_iso(min(one, asked_at)) for one in begun if state.reading == PUBLISHED] + [state.newest])
        after = replace(state, newest=newest).remembering([_digest(one, state.reading) for one in fresh], titles)
        after = _closed(after.after((text(body.get("nextPageToken")) or "") if reaches else "", self._lists(state)))
        stored = {
            "kind": "youtube#commentThreadListResponse",
            "items": kept,
            ENVELOPE: {
                "textFormat": "plainText",
                "moderationStatus": state.reading,
                "handle": self._account.handle,
                "since": state.start,
                "videos": {video: title for video in map(_video, kept) if (title := after.titles.get(video))},
            },
        }
        raw = json.dumps(stored, ensure_ascii=False).encode("utf-8", "replace")
        return Page(body=raw, cursor=after.dump(), more=bool(after.reading), count=len(kept))

    def _with_all_answers(self, thread: dict[str, Any]) -> dict[str, Any]:
        """Return a thread with all its answers: YouTube sends a few along. A thread that is gone meanwhile keeps those."""
        total = number(mapping(thread.get("snippet")).get("totalReplyCount")) or 0
        found = {identifier(one.get("id")): one for one in answers_in(thread)}
        if total <= len(found):
            return thread
        token, tokens = "", set[str]()
        for _ in range(MOST_ANSWER_PAGES):
            try:
                body = self._calls.get(
                    "comments",
                    part="snippet",
                    parentId=_id(thread),
                    maxResults=PAGE,
                    textFormat="plainText",
                    pageToken=token or None,
                )
            except Refused as error:
                log.warning("YouTube does not show all answers of a thread: %s", error)
                break
            found |= {identifier(one.get("id")): one for one in map(mapping, items(body.get("items")))}
            token = text(body.get("nextPageToken")) or ""
            if not token or token in tokens:
                break
            tokens.add(token)
        return {**thread, "replies": {"comments": list(found.values())}}

    def _titles(self, threads: Iterable[Mapping[str, Any]], known: Mapping[str, str]) -> dict[str, str]:
        """Return the titles of videos that were not known, "" for those YouTube does not show; without them it goes on.

        Source: https://developers.google.com/youtube/v3/docs/videos/list (read 2026-11).
        """
        wanted = list(dict.fromkeys(one for one in map(_video, threads) if one and one not in known))
        titles: dict[str, str] = {}
        for begin in range(0, len(wanted), VIDEOS_AT_ONCE):
            asked = wanted[begin : begin + VIDEOS_AT_ONCE]
            try:
                body = self._calls.get("videos", part="snippet", id=",".join(asked), maxResults=VIDEOS_AT_ONCE)
            except SocialCareError as error:
                log.warning("the titles of videos could not be asked for: %s", error)
                break
            titles |= dict.fromkeys(asked, "")
            for video in map(mapping, items(body.get("items"))):
                title = text(mapping(video.get("snippet")).get("title")) or ""
                titles[identifier(video.get("id"))] = title[:LONGEST_TITLE]
        return titles


def _closed(state: Cursor) -> Cursor:
    """Return the cursor of a finished visit where its last list is read: only now `since` moves."""
    return state if state.reading else replace(state, since=state.newest, newest="", floor="", deepening=False)


def _first(thread: Mapping[str, Any]) -> dict[str, Any]:
    return mapping(mapping(thread.get("snippet")).get("topLevelComment"))


def _id(thread: Mapping[str, Any]) -> str:
    return identifier(_first(thread).get("id"), thread.get("id"))


def _video(thread: Mapping[str, Any]) -> str:
    return identifier(mapping(thread.get("snippet")).get("videoId"), mapping(_first(thread).get("snippet")).get("videoId"))


def _begun_at(thread: Mapping[str, Any]) -> datetime | None:
    return moment(mapping(_first(thread).get("snippet")).get("publishedAt"))


def _comments(thread: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"id": thread.get("id"), **_first(thread)}, *answers_in(thread)]


def _concerns_us(thread: Mapping[str, Any], state: Cursor) -> bool:
    """Tell whether anything in a thread was said or changed since we began; more answers than came along may be new."""
    start = moment(state.start)
    changed = [
        moment(mapping(one.get("snippet")).get("updatedAt")) or moment(mapping(one.get("snippet")).get("publishedAt"))
        for one in _comments(thread)
    ]
    total = number(mapping(thread.get("snippet")).get("totalReplyCount")) or 0
    return start is None or total > len(answers_in(thread)) or any(one is None or one >= start for one in changed)


def _digest(thread: Mapping[str, Any], reading: str) -> str:
    """Return what tells a thread's present state from an earlier one, short."""
    total = number(mapping(thread.get("snippet")).get("totalReplyCount")) or 0
    scene = Scene(status=reading)
    parts = sorted(
        f"{identifier(one.get('id'))} {revision_of(mapping(one.get('snippet')))} {status_of(one, scene, first=not place)}"
        for place, one in enumerate(_comments(thread))
    )
    told = "\x1f".join([reading, str(total), *parts])
    return base64.urlsafe_b64encode(sha256(told.encode("utf-8", "replace")).digest()[:9]).decode()


def _iso(when: datetime) -> str:
    return when.astimezone(timezone.utc).isoformat(timespec="seconds")
