"""YouTube with one account's credentials: checking, sending, looking up. Polling is in feeds.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.reading import identifier, items, mapping, text
from social_care.connectors.youtube.calls import Calls
from social_care.connectors.youtube.comments import HELD, SPAM
from social_care.connectors.youtube.errors import unreadable_success
from social_care.connectors.youtube.feeds import MOST_ANSWER_PAGES, PAGE, Feeds
from social_care.connectors.youtube.matching import answered, is_comment_of, words_to_send
from social_care.connectors.youtube.moderation import moderate
from social_care.core.accounts import Account
from social_care.core.allowances import Allowance
from social_care.core.errors import ConfigurationError, Refused, TargetGone
from social_care.core.moderation import ModerationAction
from social_care.core.ports import CheckUp, Clock, Download, KeepCredentials, Meter, Page
from social_care.core.replies import Part, Sent, StoredMessage

IDS_AT_ONCE = 50
MOST_REVIEW_PAGES = 3


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class YouTubeConnection:
    """Implements `Connection`, `CarriesOut`, `CountsUnits` and `RenewsTokens`. No call sleeps; each has a time-out."""

    renew_before = timedelta(0)
    """A call that finds the token near its end renews it; without calls it is renewed once it has ended."""

    def __init__(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, *, clock: Clock = utc_now
    ) -> None:
        self._account = account
        self._id = account.external_id
        self._calls = Calls(account, credentials, keep, clock)
        self._feeds = Feeds(self._calls, account, self._me, clock)

    def close(self) -> None:
        """Let go of sockets."""
        self._calls.session.close()

    def count_with(self, meter: Meter) -> None:
        """Count units with this meter from now on."""
        self._calls.quota.meter = meter

    def allowance(self) -> Allowance:
        """Return how the app's day at YouTube stands."""
        return self._calls.quota.allowance()

    def renew(self) -> bool:
        """Get a new access token. Raises: SocialCareError."""
        return self._calls.renew()

    # --- who we are -------------------------------------------------------------------------------------------------
    def check(self) -> CheckUp:
        """Ask for a new token and who we are, and tell what the sign-in may do and what is left of the day's units.

        Source: https://developers.google.com/youtube/v3/docs/channels/list (read 2026-11). Raises: SocialCareError.
        """
        self._calls.renew(ask=True)  # what keeps the account alive is that this works; Google names the permissions with it
        who, problems = self.who(), []
        if self._account.external_id and who.account_id != self._account.external_id:
            problems.append("This sign-in belongs to another channel than the one connected before.")
        else:
            problems += self._review_problem(who.account_id)
        limits = (self._calls.quota.line(),)
        return replace(who, permissions=self._calls.scopes, limits=limits, problems=tuple(problems))

    def who(self) -> CheckUp:
        """Ask which channel the sign-in is for. Raises: SocialCareError."""
        channel = self._channel()
        snippet = mapping(channel.get("snippet"))
        handle, name = (text(snippet.get("customUrl")) or "").lstrip("@"), text(snippet.get("title")) or ""
        return CheckUp(account_id=identifier(channel.get("id")), handle=handle, name=name)

    def _channel(self) -> dict[str, Any]:
        body = self._calls.get("channels", for_answers=True, part="snippet", mine="true")
        channel = next(iter(map(mapping, items(body.get("items")))), {})
        if not identifier(channel.get("id")):
            raise ConfigurationError("Who signed in has no YouTube channel: make one on youtube.com, then sign in again.")
        return channel

    def _review_problem(self, channel: str) -> list[str]:
        """Return what stands against reading the comments that wait for a review; only a channel's owner may."""
        asked = {"part": "id", "allThreadsRelatedToChannelId": channel, "moderationStatus": HELD, "maxResults": 1}
        try:
            self._calls.get("commentThreads", for_answers=True, **asked)
        except Refused as error:
            return [f"Comments that wait for a review cannot be read: {error}"]
        return []

    def _me(self) -> str:
        self._id = self._id or identifier(self._channel().get("id"))
        return self._id

    # --- polling ----------------------------------------------------------------------------------------------------
    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page of `mentions`, which is everything below the channel's videos. Raises: SocialCareError."""
        if feed != "mentions":
            raise Refused(f"There is no feed {feed!r} on YouTube.")
        return self._feeds.fetch(cursor)

    # --- sending ----------------------------------------------------------------------------------------------------
    def send(self, part: Part) -> Sent:
        """Send one part. Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown.

        Source: https://developers.google.com/youtube/v3/docs/comments/insert (read 2026-11).
        """
        comment = {"snippet": {"parentId": answered(part), "textOriginal": words_to_send(part)}}
        found = self._calls.write("POST", "comments", params={"part": "snippet"}, json=comment)
        sent = _sent(found, part)
        if sent is None:
            raise unreadable_success()
        return sent

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part among the answers of its thread. Raises: SocialCareError."""
        us = self._me()
        try:
            for comment in self._answers(answered(part)):
                if is_comment_of(comment, part, us) and not taken(identifier(comment.get("id"))):
                    return _sent(comment, part)
        except TargetGone:
            return None
        return None

    def _answers(self, top: str) -> Iterator[dict[str, Any]]:
        """Yield the answers of a thread. Source: https://developers.google.com/youtube/v3/docs/comments/list."""
        asked = {"part": "snippet", "parentId": top, "maxResults": PAGE, "textFormat": "plainText"}
        yield from self._entries("comments", MOST_ANSWER_PAGES, asked)

    def _entries(self, resource: str, pages: int, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        token, tokens = "", set[str]()
        for _ in range(pages):
            body = self._calls.get(resource, for_answers=True, **asked, pageToken=token or None)
            yield from map(mapping, items(body.get("items")))
            token = text(body.get("nextPageToken")) or ""
            if not token or token in tokens:
                return
            tokens.add(token)

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these comments YouTube no longer has, or no longer shows us.

        Whether one that waits for a review is given by its id is unsure, so the missing ones are looked for among those.
        """
        missing: set[str] = set()
        for begin in range(0, len(message_ids), IDS_AT_ONCE):
            asked = list(message_ids[begin : begin + IDS_AT_ONCE])
            missing |= set(asked) - self._shown(asked)
        for status in (HELD, SPAM) if missing else ():
            listed = {
                "part": "id",
                "allThreadsRelatedToChannelId": self._me(),
                "moderationStatus": status,
                "maxResults": PAGE,
            }
            try:
                missing -= {identifier(one.get("id")) for one in self._entries("commentThreads", MOST_REVIEW_PAGES, listed)}
            except Refused:
                continue  # these lists are for the channel's owner only
        return frozenset(missing)

    def _shown(self, asked: list[str]) -> set[str]:
        """Return which comments YouTube shows; one that is missing may make it refuse the whole question."""
        try:
            body = self._calls.get("comments", for_answers=True, part="id", id=",".join(asked), maxResults=PAGE)
        except TargetGone:
            if len(asked) == 1:
                return set()
            half = len(asked) // 2
            return self._shown(asked[:half]) | self._shown(asked[half:])
        return {identifier(one.get("id")) for one in map(mapping, items(body.get("items")))}

    def download(self, reference: str) -> Download:
        """Fetch a picture of a profile: comments have no files."""
        if not reference.startswith("https://"):
            raise Refused("YouTube gave no address for this attachment.")
        return download(reference, Limits())

    # --- moderation -------------------------------------------------------------------------------------------------
    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs units, but no money. Raises: as `CarriesOut.moderate`."""
        moderate(self._calls, self._me(), action, target)
        return Decimal(0)


def _sent(comment: Mapping[str, Any], part: Part) -> Sent | None:
    identity, video = identifier(comment.get("id")), part.target.route.get("video", "")
    if not identity:
        return None
    return Sent(external_id=identity, permalink=f"https://www.youtube.com/watch?v={video}&lc={identity}" if video else None)
