"""A feed at its address: asking whether there is anything new, politely and within limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import urllib3.exceptions

from social_care.connectors.feed import commenting
from social_care.connectors.feed.cursor import Cursor
from social_care.connectors.feed.documents import Document
from social_care.connectors.feed.envelope import Envelope
from social_care.connectors.feed.errors import COMMENTS_REFUSED, GONE, MISSED, MISSED_OFTEN, classify
from social_care.connectors.feed.messages import mark_of
from social_care.connectors.feed.pace import next_visit_s
from social_care.connectors.feed.parse import messages_of, read_document
from social_care.connectors.feed.rules import NO_ANSWERS
from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.guarded import Answer, Bounds, fetch
from social_care.connectors.kit.reading import moment, number
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, NotAllowed, Retryable, SocialCareError, SourceGone, UnreadablePayload
from social_care.core.ports import CheckUp, Clock, Download, Page
from social_care.core.replies import Part, Sent

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
LARGEST = 5_000_000
FIRST_DAYS = 7
MOST_MISSES = 10
MOST_PAGES = 5
"""Older pages that are fetched, where the account says nothing else."""
MISSED_AGAIN_S = 1800


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class FeedConnection:
    """Implements `Connection`. No call sleeps; each has a time-out."""

    def __init__(self, account: Account, url: str, *, clock: Clock = utc_now) -> None:
        self._account = account
        self._url = url.strip()
        self._clock = clock
        self._loopback = bool(account.options.get("loopback_allowed"))

    def close(self) -> None:
        """Nothing is kept open."""

    # --- asking -----------------------------------------------------------------------------------------------------
    def check(self) -> CheckUp:
        """Fetch the feed and say what is in it. Raises: SocialCareError."""
        answer = self._ask(self._url, {})
        if error := classify(answer.status, answer.headers):
            raise error
        try:
            document = _read(answer)
        except UnreadablePayload as error:
            raise ConfigurationError(f"There is no feed at this address: {error}") from error
        host = urlsplit(answer.url).hostname or ""
        return CheckUp(
            account_id=self._account.external_id or self._url,
            handle=host,
            name=document.title or host,
            limits=tuple(_described(document)),
            problems=tuple(_problems(document, answer)),
        )

    def fetch(self, feed: str, cursor: str) -> Page:
        """Ask once; the page holds the feed as it came where an entry is new or changed. Raises: SocialCareError."""
        state = Cursor.read(cursor)
        if state.url != self._url:  # it is another one now; its first visit reaches back as far as that of a new account
            state = Cursor(url=self._url, since=self._beginning().isoformat(timespec="seconds"))
        if state.gone:
            raise SourceGone(GONE)
        if state.older:
            return self._older(state)
        if state.comments:
            return self._comments(state)
        answer = self._ask(state.moved or self._url, _conditions(state))
        if answer.moved_to:
            state = replace(state, moved=answer.moved_to)
        if answer.status in {404, 410}:
            return _missed(state, answer.status)
        if error := classify(answer.status, answer.headers):
            raise error
        state = replace(state, misses=0)
        if answer.status == 304:
            return self._page(b"", 0, self._with_comments(state, None), None, answer)
        state = replace(state, etag=answer.headers.get("etag", ""), modified=answer.headers.get("last-modified", ""))
        return self._news(state, answer)

    def _beginning(self) -> datetime:
        days = number(self._account.options.get("feed_first_days"))
        return self._clock() - timedelta(days=FIRST_DAYS if days is None else min(max(days, 0), 36_500))

    def _news(self, state: Cursor, answer: Answer) -> Page:
        """Return what is in the feed that was not there, or not like that, at the last visit."""
        try:
            document = _read(answer)
        except UnreadablePayload as error:
            # Kept without the time, so that the same broken feed is kept once, and asked for anew until it is mended.
            envelope = Envelope(raw=answer.content, at=_LONG_AGO, url=answer.url, content_type=_type(answer))
            page = self._page(envelope.dump(), 1, replace(state, etag="", modified=""), None, answer)
            return replace(page, trouble=Retryable(f"The feed cannot be read: {error}"))
        envelope = self._envelope(state, answer)
        marks = [mark_of(event) for event in messages_of(document, envelope, self._account.external_id)]
        fresh = frozenset(marks) - set(state.seen)
        body = replace(envelope, only=fresh).dump() if fresh else b""
        missed = bool(marks) and fresh == frozenset(marks)  # nothing of it was there: there may be more that we never saw
        pages = self._most_pages() if missed else 0
        left = self._with_comments(replace(state, seen=tuple(dict.fromkeys(marks)), pages=pages), document)
        return self._page(body, len(fresh), _go_on(left, document, answer.url), document, answer)

    # --- feeds of comments ------------------------------------------------------------------------------------------
    def _with_comments(self, state: Cursor, document: Document | None) -> Cursor:
        wanted = self._account.options.get("feed_comments", "") not in {"", "0"}
        return commenting.with_due(state, document) if wanted else state

    def _comments(self, state: Cursor) -> Page:
        """Return the next feed of comments, where there is news in it. One that does not come is asked for again later.

        One that is refused, or no feed, is no trouble of the account: its owner is told, and it is asked for again, too.
        """
        count, url, left = commenting.take_next(state)
        try:
            answer = self._ask(url, {})
            if answer.status not in {404, 410} and (error := classify(answer.status, answer.headers)):
                raise error
            document = _read(answer) if answer.status < 300 else Document()
        except (UnreadablePayload, ConfigurationError):
            cursor = commenting.ask_anew(left).dump()
            return Page(body=b"", cursor=cursor, more=bool(left.comments), count=0, note=COMMENTS_REFUSED)
        except SocialCareError:
            again = Retryable("A feed of comments did not come. It is asked again later.")
            return _trouble(commenting.ask_anew(left), again)
        envelope = self._envelope(state, answer)
        marks = {mark_of(event) for event in messages_of(document, envelope, self._account.external_id)}
        left, is_news = commenting.fetched(left, url, count, marks)
        kept = len(marks) if is_news else 0
        return self._page(envelope.dump() if kept else b"", kept, left, None, answer)

    # --- older pages ------------------------------------------------------------------------------------------------
    def _most_pages(self) -> int:
        pages = number(self._account.options.get("feed_pages"))
        return MOST_PAGES if pages is None else min(max(pages, 0), 100)

    def _older(self, state: Cursor) -> Page:
        """Return one older page of the feed. Every try counts, so that a broken page keeps nobody from the newest one."""
        left = replace(state, older="", pages=state.pages - 1)
        again = replace(left, older=state.older if left.pages > 0 else "")
        try:
            answer = self._ask(state.older, {})
            if answer.status in {404, 410}:
                return self._page(b"", 0, left, None, answer)
            if error := classify(answer.status, answer.headers):
                raise error
            document = _read(answer)
        except UnreadablePayload:
            return _trouble(left, Retryable("An older page of the feed cannot be read."))
        except SocialCareError as error:
            return _trouble(again, error if isinstance(error, Retryable) else Retryable(str(error)))
        envelope = self._envelope(state, answer)
        marks = {mark_of(event) for event in messages_of(document, envelope, self._account.external_id)}
        fresh = frozenset(marks - set(state.seen))
        body = replace(envelope, only=fresh).dump() if fresh else b""
        return self._page(body, len(fresh), _go_on(left, document, answer.url), document, answer)

    def _envelope(self, state: Cursor, answer: Answer) -> Envelope:
        return Envelope(
            raw=answer.content,
            at=self._clock(),
            url=answer.url,
            content_type=_type(answer),
            since=moment(state.since),
            ours=_names(self._account.options.get("feed_own_authors", "")),
        )

    def _page(self, body: bytes, count: int, state: Cursor, document: Document | None, answer: Answer) -> Page:
        wait_s, pace_s = next_visit_s(document, answer.headers, state.pace_s, self._clock())
        notes = []
        if state.moved:
            notes.append(f"The feed has moved for good to {state.moved}, where it is asked now: enter that address.")
        if document is not None and document.ended:
            notes.append("The feed says that it is finished.")
        return Page(
            body=body,
            cursor=replace(state, pace_s=pace_s).dump(),
            more=bool(state.older or state.comments),
            count=count,
            next_in_s=wait_s,
            note=" ".join(notes),
        )

    def _ask(self, url: str, conditions: Mapping[str, str]) -> Answer:
        bounds = Bounds(max_bytes=LARGEST, redirects=5, http_allowed=True, any_port=True, loopback_allowed=self._loopback)
        try:
            return fetch(url, bounds, headers={"Accept": ACCEPT, **conditions})
        except NotAllowed as error:
            raise ConfigurationError(f"The feed cannot be asked. {error}") from error
        except Retryable as error:
            raise Retryable(f"The feed did not come. {error}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Retryable("The server of the feed cannot be reached at the moment.") from error

    # --- answering, which feeds do not know --------------------------------------------------------------------------
    def send(self, part: Part) -> Sent:
        """Raises: Refused. A feed takes no answers."""
        raise NotAllowed(NO_ANSWERS)

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Return None: nothing is ever sent."""
        return None

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return nothing: an entry that left the feed made room for newer ones; it was not deleted."""
        return frozenset()

    def download(self, reference: str) -> Download:
        """Fetch a media file that an entry names."""
        return download(reference, Limits(http_allowed=True, any_port=True, loopback_allowed=self._loopback))


_LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _read(answer: Answer) -> Document:
    return read_document(answer.content, _type(answer), answer.url)


def _type(answer: Answer) -> str:
    return answer.headers.get("content-type", "")


def _conditions(state: Cursor) -> dict[str, str]:
    """Return what asks for news only. Source: RFC 9110, section 13.1 (read 2026-11)."""
    given = {"If-None-Match": state.etag, "If-Modified-Since": state.modified}
    return {name: value for name, value in given.items() if value and value.isascii() and value.isprintable()}


def _go_on(state: Cursor, document: Document, url: str) -> Cursor:
    """Return the cursor with the next older page, where there is one, it may be fetched, and it is not all too old."""
    since = moment(state.since)
    times = [at for one in document.entries if (at := one.published or one.updated)]
    ends = not times or (since is not None and min(times) < since)
    return replace(state, older=document.older if state.pages > 0 and not ends and document.older != url else "")


def _trouble(state: Cursor, error: Retryable) -> Page:
    return Page(body=b"", cursor=state.dump(), more=False, count=0, trouble=error)


def _missed(state: Cursor, status: int) -> Page:
    """Return a page of nothing, with what is wrong: kept with the cursor, so that the next visit knows of it."""
    gone = status == 410
    state = replace(state, misses=state.misses + 1, gone=gone)
    trouble: ConfigurationError | Retryable = Retryable(MISSED, retry_after_s=float(MISSED_AGAIN_S * state.misses))
    if gone or state.misses >= MOST_MISSES:
        trouble = SourceGone(GONE if gone else MISSED_OFTEN.format(times=state.misses))
    return Page(body=b"", cursor=state.dump(), more=False, count=0, trouble=trouble)


def _names(listed: str) -> frozenset[str]:
    """Return names that people typed with commas or on lines of their own."""
    return frozenset(filter(None, (" ".join(one.casefold().split()) for one in listed.replace("\n", ",").split(","))))


def _described(document: Document) -> list[str]:
    times = [at for one in document.entries if (at := one.published or one.updated)]
    newest = f", the newest of {max(times):%Y-%m-%d %H:%M} UTC" if times else ""
    lines = [f"{len(document.entries)} entries{newest}"]
    if any(one.comment_feed for one in document.entries):
        lines.append("feeds of comments, which are collected where the account says so")
    if document.pace_s:
        lines.append(f"to be asked every {document.pace_s // 60} minutes")
    return lines


def _problems(document: Document, answer: Answer) -> list[str]:
    found = []
    if answer.moved_to:
        found.append(f"The feed has moved for good to {answer.moved_to}: enter that address.")
    if document.broken:
        found.append("The feed is broken XML; it was mended as far as possible, and entries may be missing.")
    if document.ended:
        found.append("The feed says that it is finished.")
    if document.left_out:
        found.append(f"It has {document.left_out} entries more than are read at once.")
    return found
