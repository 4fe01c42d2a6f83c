"""X with one account's credentials: checking, polling, sending, looking up, subscribing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.http import check_base_url
from social_care.connectors.kit.reading import identifier, items, mapping, moment, number, rank, text
from social_care.connectors.x import prices
from social_care.connectors.x.calls import Calls
from social_care.connectors.x.cursor import Cursor, with_overlap
from social_care.connectors.x.direct_messages import normal_conversation
from social_care.connectors.x.errors import problem_slug, unreadable_success
from social_care.connectors.x.matching import CLOCK_SKEW, answered, is_post_of, private_target
from social_care.connectors.x.moderation import moderate
from social_care.connectors.x.queries import query_of
from social_care.connectors.x.rules import price_of
from social_care.connectors.x.subscriptions import not_pushed, subscribe
from social_care.connectors.x.text import clean, fingerprint, unescape
from social_care.connectors.x.tokens import decode
from social_care.connectors.x.uploads import attach
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction
from social_care.core.ports import CheckUp, Clock, Download, KeepCredentials, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage

TWEET_FIELDS = [
    *("article", "attachments", "author_id", "conversation_id", "created_at", "display_text_range", "entities"),
    *("edit_history_tweet_ids", "in_reply_to_user_id", "lang", "note_tweet", "referenced_tweets", "reply_settings"),
]
USER_FIELDS = ["name", "profile_image_url", "protected", "public_metrics", "receives_your_dm", "username", "verified"]
MEDIA_FIELDS = ["alt_text", "media_key", "preview_image_url", "type", "url", "variants"]
DM_FIELDS = ["attachments", "created_at", "dm_conversation_id", "event_type", "referenced_tweets", "sender_id", "text"]
POST_FIELDS: dict[str, Any] = {
    "tweet_fields": TWEET_FIELDS,
    "user_fields": USER_FIELDS,
    "media_fields": MEDIA_FIELDS,
    "expansions": ["author_id", "attachments.media_keys", "attachments.poll_ids", "referenced_tweets.id"],
}
EVENT_FIELDS: dict[str, Any] = {
    "dm_event_fields": DM_FIELDS,
    "event_types": "MessageCreate",
    "user_fields": USER_FIELDS,
    "media_fields": MEDIA_FIELDS,
    "expansions": ["sender_id", "attachments.media_keys"],
}
PAGE = 100
DM_PAGE = 50
SEARCH_REACH = timedelta(days=7) - timedelta(minutes=5)
"""Source: https://docs.x.com/x-api/posts/search/introduction ("the last seven days", read 2026-08)."""
IDLE_OVERLAP = timedelta(minutes=5)
BAD_QUERY = "X does not accept this search query: check its words and operators."
DM_MEDIA = re.compile(r"https://ton\.(?:twitter|x)\.com/1\.1/ton/data/dm/(\d+)/(\d+)/([\w.-]+)")


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class XConnection:
    """Implements `Connection`, `CarriesOut`, `ManagesWebhook`, `WatchesWebhook`, `RenewsTokens`, `TriesSearches`."""

    renew_before = timedelta(0)
    """A call that finds the token dead renews it; without calls it is renewed once it has ended."""

    def __init__(
        self,
        account: Account,
        credentials: Mapping[str, str],
        keep: KeepCredentials,
        read: ReadUpload,
        *,
        clock: Clock = utc_now,
    ) -> None:
        base = credentials.get("api_base_url") or account.options.get("api_base_url", "")
        self._base = check_base_url(base) if base else ""
        self._account = account
        self._read = read
        self._clock = clock
        self._id = account.external_id
        self._calls = Calls(credentials, self._base, keep, clock)
        self._x = self._calls.tweepy

    def close(self) -> None:
        """Let go of sockets."""
        self._calls.session.close()

    # --- who we are -------------------------------------------------------------------------------------------------
    def check(self) -> CheckUp:
        """Ask who we are. Permissions come from a header that X sends with OAuth 1.0a only.

        Source: https://docs.x.com/x-api/users/lookup/introduction (read 2026-08). Raises: SocialCareError.
        """
        response = self._x.get_me(user_fields=USER_FIELDS)
        me = mapping(mapping(decode(response)).get("data"))
        identity = identifier(me.get("id"))
        if not identity:
            raise Retryable("X did not say who this account is.")
        level = response.headers.get("x-access-level", "")
        problems = []
        if self._account.external_id and identity != self._account.external_id:
            problems.append("These credentials belong to another account at X than the one connected before.")
        if level and "write" not in level:
            problems.append("The app may only read: replies need write permission.")
        if level and "directmessages" not in level and "direct_messages" in self._account.receive:
            problems.append("The app may not see direct messages: they need a permission of their own.")
        return CheckUp(
            account_id=identity,
            handle=text(me.get("username")) or "",
            name=text(me.get("name")) or "",
            permissions=tuple(level.split("-")) if level else (),
            limits=_limits(response),
            problems=tuple(problems),
        )

    def _me(self) -> str:
        self._id = self._id or self.check().account_id
        return self._id

    # --- polling ----------------------------------------------------------------------------------------------------
    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page of `mentions`, `direct_messages` or `search:<name>`.

        The first time reaches back `x_backfill_hours` (an option of the account, 24). Raises: SocialCareError.
        """
        state = Cursor.read(cursor)
        query = query_of(feed, self._account) if feed.startswith("search:") else ""
        tries = [state]
        if state.token:
            tries.append(state.restarted())
        if state.since and feed.startswith("search:"):
            tries.append(Cursor(start=_iso(self._clock() - SEARCH_REACH), newest=state.since, day=state.day))
        for attempt in tries:
            try:
                return self._page(feed, attempt, self._ask(feed, query, attempt))
            except Refused as error:
                # X answers 400 for a token that ran out and for a `since_id` older than it keeps.
                if type(error) is not Refused:
                    raise
                refusal = error
        if feed.startswith("search:"):  # Refused, since a bad query is no reason to stop sending
            raise Refused(BAD_QUERY) from refusal
        raise refusal

    def _ask(self, feed: str, query: str, state: Cursor) -> Any:
        """Ask for one page; direct messages have no `since_id`.

        Source: https://docs.x.com/x-api/posts/timelines/integrate, https://docs.x.com/x-api/posts/search/integrate/paginate,
        https://docs.x.com/x-api/direct-messages/lookup/integrate (read 2026-08).
        """
        token = state.token or None
        if feed == "direct_messages":
            return self._x.get_direct_message_events(max_results=DM_PAGE, pagination_token=token, **EVENT_FIELDS)
        bounds = {"since_id": self._since(state)} if state.since else {"start_time": self._start(feed, state)}
        if feed == "mentions":
            return self._x.get_users_mentions(self._me(), max_results=PAGE, pagination_token=token, **bounds, **POST_FIELDS)
        return self._x.search_recent_tweets(query, max_results=PAGE, next_token=token, **bounds, **POST_FIELDS)

    def _since(self, state: Cursor) -> str:
        """Return the id to read from: a little before the last one while that is young, since X may index a post late.

        How late is not documented (unsure): `x_overlap_s` seconds, an option of the account, 90.
        """
        overlap_s = number(self._account.options.get("x_overlap_s"))
        return with_overlap(state.since, self._clock(), timedelta(seconds=90 if overlap_s is None else overlap_s))

    def try_search(self, query: str, limit: int) -> Page:
        """Fetch the newest hits of the last seven days once, apart from every feed. X gives 10 to 100 (see `_ask`)."""
        try:
            response = self._x.search_recent_tweets(query, max_results=min(max(limit, 10), PAGE), **POST_FIELDS)
        except Refused as error:
            raise (Refused(BAD_QUERY) if type(error) is Refused else error) from error
        return self._page(f"search:{query}", Cursor(start=_iso(self._clock() - SEARCH_REACH)), response)

    def _start(self, feed: str, state: Cursor) -> str:
        hours = number(self._account.options.get("x_backfill_hours"))
        start = moment(state.start) or self._clock() - timedelta(hours=24 if hours is None else min(hours, 10_000))
        return _iso(max(start, self._clock() - SEARCH_REACH) if feed.startswith("search:") else start)

    def _page(self, feed: str, state: Cursor, response: requests.Response) -> Page:
        body = decode(response)
        if not isinstance(body, dict):
            raise Retryable("X's answer could not be read.")
        entries = [mapping(entry) for entry in items(body.get("data"))]
        ids = [identity for entry in entries if (identity := identifier(entry.get("id")))]
        token = text(mapping(body.get("meta")).get("next_token")) or ""
        start = moment(self._start(feed, state))
        if feed == "direct_messages" and (
            any(0 <= rank(identity) <= rank(state.since) for identity in ids)
            or (
                not state.since
                and any((sent := moment(entry.get("created_at"))) and start and sent < start for entry in entries)
            )
        ):
            token = ""  # the rest is known, or older than the back-fill
        now = self._clock()
        started = state if state.since or state.start else replace(state, start=_iso(start or now))
        after = started.after(ids, token, idle_start=_iso(now - IDLE_OVERLAP), day=f"{now:%Y-%m-%d}")
        return Page(
            body=response.content,
            cursor=after.dump(),
            more=bool(after.token),
            count=len(entries),
            cost=self._cost(feed, state, ids, mapping(body.get("includes"))),
        )

    def _cost(self, feed: str, state: Cursor, ids: Sequence[str], includes: Mapping[str, Any]) -> Decimal:
        """Return what a page cost. Options: `x_owned_reads` "1" when the account owns the app at X, `x_bill_expansions` "0"
        when X does not charge for objects sent beside the page (its price page reads as if it did: unsure)."""
        again = state.day == f"{self._clock():%Y-%m-%d}"
        new = [identity for identity in ids if not again or rank(identity) > rank(state.since)]
        if feed == "direct_messages":
            return prices.DM_READ * len(new)
        owned = feed == "mentions" and self._account.options.get("x_owned_reads") == "1"
        cost = (prices.OWNED_READ if owned else prices.POST_READ) * len(new)
        if new and self._account.options.get("x_bill_expansions") != "0":
            cost += prices.USER_READ * len(items(includes.get("users")))
            cost += prices.POST_READ * len(items(includes.get("tweets")) + items(includes.get("posts")))
        return cost

    # --- sending ----------------------------------------------------------------------------------------------------
    def send(self, part: Part) -> Sent:
        """Send one part. Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown.

        Source: https://docs.x.com/x-api/posts/manage-tweets/integrate and
        https://docs.x.com/x-api/direct-messages/manage/integrate (read 2026-08).
        """
        private = part.audience is Audience.PRIVATE
        where = private_target(part) if private else {"in_reply_to_tweet_id": answered(part)}
        media = attach(part, self._calls, self._read)
        words = clean(part.text) or None
        cost = price_of(part.text, part.audience, part.target)[0]
        if private:
            response = self._x.create_direct_message(text=words, media_id=media[0] if media else None, **where)
            data = mapping(mapping(decode(response)).get("data"))
            identity, conversation = identifier(data.get("dm_event_id")), identifier(data.get("dm_conversation_id"))
            if not identity:
                raise unreadable_success()
            return Sent(external_id=identity, thread_id=normal_conversation(conversation) or None, cost=cost)
        response = self._x.create_tweet(text=words, media_ids=media or None, **where)
        identity = identifier(mapping(mapping(decode(response)).get("data")).get("id"))
        if not identity:
            raise unreadable_success()
        return Sent(external_id=identity, permalink=self._permalink(identity), cost=cost)

    def _permalink(self, identity: str) -> str:
        return f"https://x.com/{self._account.handle.lstrip('@') or 'i'}/status/{identity}"

    # --- looking up -------------------------------------------------------------------------------------------------
    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part among our messages since its first attempt: the same text in answer to the same message.

        Source: https://docs.x.com/x-api/posts/timelines/integrate, https://docs.x.com/x-api/direct-messages/lookup/integrate
        (read 2026-08). Raises: SocialCareError.
        """
        if part.first_attempt_at is None:
            return None
        since = part.first_attempt_at - CLOCK_SKEW
        if part.audience is Audience.PRIVATE:
            return self._find_direct(part, since, taken)
        token: str | None = None
        for _ in range(3):
            response = self._x.get_users_tweets(
                self._me(),
                start_time=_iso(since),
                max_results=PAGE,
                pagination_token=token,
                tweet_fields=["created_at", "note_tweet", "referenced_tweets"],
            )
            body = mapping(decode(response))
            for post in reversed([mapping(one) for one in items(body.get("data"))]):
                identity = identifier(post.get("id"))
                if identity and is_post_of(post, part) and not taken(identity):
                    cost = price_of(part.text, part.audience, part.target)[0]
                    return Sent(external_id=identity, permalink=self._permalink(identity), cost=cost)
            token = text(mapping(body.get("meta")).get("next_token"))
            if not token:
                break
        return None

    def _find_direct(self, part: Part, since: datetime, taken: Callable[[str], bool]) -> Sent | None:
        response = self._x.get_direct_message_events(
            dm_event_fields=DM_FIELDS, event_types="MessageCreate", max_results=DM_PAGE, **private_target(part)
        )
        ours, wanted = self._me(), fingerprint(part.text)
        for event in reversed([mapping(one) for one in items(mapping(decode(response)).get("data"))]):
            sent, identity = moment(event.get("created_at")), identifier(event.get("id"))
            if identifier(event.get("sender_id")) != ours or sent is None or sent < since or not identity or taken(identity):
                continue
            if fingerprint(unescape(text(event.get("text")) or "")) == wanted:
                thread = normal_conversation(identifier(event.get("dm_conversation_id")))
                cost = price_of(part.text, part.audience, part.target)[0]
                return Sent(external_id=identity, thread_id=thread or None, cost=cost)
        return None

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these posts X no longer has. Direct messages cannot be looked up like this: ask for posts only."""
        found: set[str] = set()
        posts = [one for one in message_ids if rank(one) >= 0]
        for begin in range(0, len(posts), PAGE):
            body = mapping(decode(self._x.get_tweets(posts[begin : begin + PAGE], tweet_fields=["id"])))
            for problem in map(mapping, items(body.get("errors"))):
                if problem_slug(problem) == "resource-not-found":
                    found.add(identifier(problem.get("resource_id"), problem.get("value")))
        return frozenset(found & set(posts))

    def download(self, reference: str) -> Download:
        """Fetch a media file. Pictures of direct messages are behind our own login (OAuth 2 only; unsure, not seen live).

        Source: https://docs.x.com/x-api/direct-messages/download-dm-media (read 2026-08).
        """
        if not reference.startswith(("https://", "http://")):
            raise Refused("X gave no address for this attachment.")
        trusted = {f"{parts.scheme}://{parts.netloc}" for parts in [urlsplit(self._base)] if self._base}
        limits = Limits(trusted=frozenset(trusted))
        private = DM_MEDIA.match(reference)
        if private is None:
            return download(reference, limits)
        response = self._calls.call("GET", "/2/dm_conversations/media/" + "/".join(private.groups()), stream=True)
        try:
            with response:
                content = response.raw.read(limits.max_bytes + 1, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Retryable("The file could not be fetched.") from error
        mime = (response.headers.get("content-type") or "application/octet-stream").split(";")[0]
        if len(content) > limits.max_bytes:
            raise Refused("The attachment is too large.")
        return Download(name=private.group(3), mime=mime, content=content)

    # --- moderation -------------------------------------------------------------------------------------------------
    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; return what it cost. Raises: as `CarriesOut.moderate`."""
        return moderate(self._calls, self._me(), action, target)

    # --- webhook ----------------------------------------------------------------------------------------------------
    def subscribe(self, url: str) -> tuple[str, ...]:
        """Make sure that X pushes to `url`; return plain lines of what was done. Raises: SocialCareError."""
        return subscribe(self._calls, self._me(), url, self._account.receive)

    def not_pushed(self, url: str) -> tuple[str, ...]:
        """Return in plain sentences what X does not push to `url`. Raises: SocialCareError."""
        return not_pushed(self._calls, self._me(), url, self._account.receive)

    def renew(self) -> bool:
        """Get new OAuth 2 tokens; False where these credentials do not end. Raises: SocialCareError."""
        return self._calls.renew()


def _iso(when: datetime) -> str:
    """Return a time as X takes it, to the second."""
    return f"{when.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _limits(response: requests.Response) -> tuple[str, ...]:
    """Return what X says is left of the limit of this call."""
    limit, left, reset = (number(response.headers.get(f"x-rate-limit-{name}")) for name in ("limit", "remaining", "reset"))
    if limit is None or left is None:
        return ()
    until = f", until {datetime.fromtimestamp(reset, timezone.utc):%H:%M} UTC" if reset and reset < 10**11 else ""
    return (f"account look-ups: {left} of {limit} left{until}",)
