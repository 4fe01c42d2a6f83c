"""Bluesky with one account's app password: checking, looking up. Polling is in feeds.py and conversations.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from social_care.connectors.bluesky.addresses import read_uri
from social_care.connectors.bluesky.calls import NO_CHAT, Calls
from social_care.connectors.bluesky.conversations import Conversations
from social_care.connectors.bluesky.feeds import AT_ONCE, Feeds
from social_care.connectors.bluesky.matching import rkey_of
from social_care.connectors.bluesky.moderation import Moderation
from social_care.connectors.bluesky.people import read_author
from social_care.connectors.bluesky.sending import Sending
from social_care.connectors.bluesky.sessions import SCOPE_PLAIN, Session, scope_of
from social_care.connectors.kit.downloads import Limits, download
from social_care.connectors.kit.reading import items, mapping, text
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, SocialCareError, TargetGone
from social_care.core.events import Audience, Author
from social_care.core.moderation import ModerationAction
from social_care.core.ports import CheckUp, Clock, Download, KeepCredentials, LookUp, Page, ReadUpload
from social_care.core.replies import Part, Sent, StoredMessage

STRANGERS = "Only people whom this account follows may write to it privately: choose “Everyone” in Bluesky's chat settings."
KINDS = {"mention": "mentions", "reply": "answers", "quote": "quotes"}


def utc_now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(timezone.utc)


class BlueskyConnection:
    """Implements `Connection`, `CarriesOut`, `LooksUp`, `SendsIdempotently`, `TriesSearches`. Each call has a time-out."""

    def __init__(
        self,
        account: Account,
        credentials: Mapping[str, str],
        keep: KeepCredentials,
        read: ReadUpload,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._account = account
        self._calls = Calls(account, credentials, keep, clock)
        self._feeds = Feeds(self._calls, account, clock)
        self._conversations = Conversations(self._calls, account, clock)
        self._sending = Sending(self._calls, read, clock)
        self._moderation = Moderation(self._calls, clock)

    def close(self) -> None:
        """Let go of sockets."""
        self._calls.close()

    # --- who we are -------------------------------------------------------------------------------------------------
    def check(self) -> CheckUp:
        """Begin a session, which proves the app password; ask who we are, and what keeps customers' words from us.

        Source: https://docs.bsky.app/docs/api/com-atproto-server-create-session, lexicons app.bsky.notification.defs and
        chat.bsky.actor.declaration (read 2026-11). Raises: SocialCareError.
        """
        session = self._calls.sign_in()
        name, problems = "", []
        if self._account.external_id and self._account.external_id != session.did:
            problems.append("This app password belongs to another account than the one connected before.")
        else:
            name = text(self._optional("app.bsky.actor.getProfile", actor=session.did).get("displayName")) or ""
            problems += self._told_of_everybody()
            if "direct_messages" in self._account.receive:
                problems += self._reached_by_everybody(session)
        scope = scope_of(session.access)
        return CheckUp(
            account_id=session.did,
            handle=session.handle,
            name=name,
            permissions=(scope,) if scope else (),
            limits=self._calls.limits,
            problems=tuple(problems),
            options={"bluesky_server": session.server} if session.server else {},
        )

    def _told_of_everybody(self) -> list[str]:
        """Return which notifications the account's own settings keep from us; many servers do not tell."""
        found = mapping(self._optional("app.bsky.notification.getPreferences").get("preferences"))
        problems = []
        for kind, words in KINDS.items():
            wanted = mapping(found.get(kind))
            if wanted.get("list") is False:
                problems.append(f"Bluesky's notification settings leave out {words}: switch them on there.")
            elif wanted.get("include") == "follows":
                problems.append(f"Bluesky tells of {words} only of people we follow: choose “Everyone” in its settings.")
        return problems

    def _reached_by_everybody(self, session: Session) -> list[str]:
        """Return what keeps private messages of customers away. Without a choice only people we follow may write."""
        if scope_of(session.access) == SCOPE_PLAIN:
            return [NO_CHAT]
        try:
            self._calls.get("chat.bsky.convo.listConvos", limit=1)
        except SocialCareError:
            return ["Bluesky's private messages cannot be reached now; posts are received all the same."]
        asked = {"repo": session.did, "collection": "chat.bsky.actor.declaration", "rkey": "self"}
        chosen = mapping(self._optional("com.atproto.repo.getRecord", **asked).get("value")).get("allowIncoming")
        return [] if chosen == "all" else [STRANGERS]

    def _optional(self, name: str, **params: Any) -> Mapping[str, Any]:
        """Ask for what is good to know; {} where it cannot be had."""
        try:
            return mapping(self._calls.get(name, **params))
        except SocialCareError:
            return {}

    # --- in and out -------------------------------------------------------------------------------------------------
    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page of `mentions`, `direct_messages` or `search:<name>`. Raises: SocialCareError."""
        if feed == "direct_messages":
            return self._conversations.fetch(cursor)
        return self._feeds.fetch(feed, cursor)

    def try_search(self, query: str, limit: int) -> Page:
        """Fetch the newest hits once, apart from every feed. Raises: SocialCareError."""
        return self._feeds.try_search(query, limit)

    def send(self, part: Part) -> Sent:
        """Send one part. Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown."""
        return self._sending.send(part)

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look for a part of unknown outcome. Raises: SocialCareError."""
        return self._sending.find(part, taken)

    def may_repeat(self, part: Part, now: datetime) -> bool:
        """Tell whether sending again makes no second message: a post has its key for ever, a private message none."""
        return part.audience is Audience.PUBLIC and bool(rkey_of(part))

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; it costs nothing. Raises: as `CarriesOut.moderate`."""
        self._moderation.do(action, target)
        return Decimal(0)

    # --- looking up -------------------------------------------------------------------------------------------------
    def look_up(self, message: StoredMessage) -> LookUp:
        """Ask who wrote a private message, which names its author by DID only. Raises: SocialCareError.

        Source: lexicon app.bsky.actor.getProfile (read 2026-11).
        """
        if not message.author_id:
            return LookUp()
        profile = mapping(self._calls.get("app.bsky.actor.getProfile", actor=message.author_id))
        author: Author | None = read_author(profile)
        if author is None or author.id != message.author_id:
            raise Retryable("Bluesky's answer could not be read.")
        return LookUp(author=author)

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these posts are no longer shown to us. Private messages cannot be asked for; their log tells.

        A list simply leaves out what is gone, so each one that is missing there is asked for by itself.
        Source: lexicons app.bsky.feed.getPosts and app.bsky.feed.getPostThread (read 2026-11).
        """
        posts = [one for one in message_ids if read_uri(one)]
        missing: list[str] = []
        for place in range(0, len(posts), AT_ONCE):
            asked = posts[place : place + AT_ONCE]
            body = mapping(self._calls.get("app.bsky.feed.getPosts", uris=asked))
            if not isinstance(body.get("posts"), list):
                raise Retryable("Bluesky's answer could not be read.")
            there = {mapping(one).get("uri") for one in items(body["posts"])}
            missing += [one for one in asked if one not in there]
        return frozenset(one for one in missing if self._is_gone(one))

    def _is_gone(self, uri: str) -> bool:
        try:
            body = mapping(self._calls.get("app.bsky.feed.getPostThread", uri=uri, depth=0, parentHeight=0))
        except TargetGone:
            return True
        thread = mapping(body.get("thread"))
        return thread.get("notFound") is True or thread.get("blocked") is True

    def download(self, reference: str) -> Download:
        """Fetch a picture, which the public service shows to everybody who knows its address.

        Videos are streams there: a person sees them on the platform.
        """
        if not reference.startswith(("https://", "http://")) or reference.endswith(".m3u8"):
            raise Refused("Bluesky shows this video only as a stream: look at it there.")
        origin = "/".join(self._calls.base.split("/")[:3])
        return download(reference, Limits(trusted=frozenset({origin})))
