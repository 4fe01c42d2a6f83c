"""Bluesky: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from social_care.connectors.bluesky import errors, exchanges, matching, moderation, parse, queries, rules
from social_care.connectors.bluesky.client import BlueskyConnection
from social_care.connectors.bluesky.sending import VIDEO
from social_care.connectors.bluesky.text import MESSAGE_GRAPHEMES, POST_GRAPHEMES, length
from social_care.connectors.kit.reading import load_json
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, MediaRule, TextRule
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.listening import BuiltQuery, SearchParts
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage

UNIT = "characters"
MAX_PICTURES = 4
PICTURE_BYTES = 1_000_000
"""Source: lexicon app.bsky.embed.images: "up to 2 MB, formerly limited to 1 MB" (read 2026-11). The smaller one holds on
every server."""
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
VIDEO_BYTES = 100_000_000
"""Source: lexicon app.bsky.embed.video (read 2026-11). A server of one's own may take less, and the account's e-mail address
has to be confirmed there: https://docs.bsky.app/docs/tutorials/video."""
FILES = (*((mime, PICTURE_BYTES) for mime in PICTURES), (VIDEO, VIDEO_BYTES))


class BlueskyConnector:
    """Implements `Connector`, `BuildsQueries` and `Moderates`."""

    platform = "bluesky"
    title = "Bluesky"
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages", "searches"),
        public=TextRule(limit=POST_GRAPHEMES, unit=UNIT),
        private=TextRule(limit=MESSAGE_GRAPHEMES, unit=UNIT),
        public_media=MediaRule(count=MAX_PICTURES, max_bytes=FILES, alone=(VIDEO,)),
        search=True,
        deletes_seen=True,
        reconciles=True,
        idempotent_send=True,
        looks_up=True,
        moderates=moderation.ABILITIES,
    )
    required_credentials = (("client_id", "client_secret"),)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, feed=payload.feed, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own DID where a call says who we are; pages never do."""
        if exchange is not None:
            return exchanges.account_id_of(exchange)
        try:
            return parse.own_id_in(load_json(body))
        except UnreadablePayload:
            return ""

    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""
        return errors.classify(status, headers, body)

    def measure(self, text: str, audience: Audience) -> int:
        """Return graphemes, or a tenth of the bytes where that is more: both have a limit."""
        return length(text)

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return None: Bluesky closes no window."""
        return None

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing to pay, and a warning where the author lets only some people answer."""
        return Decimal(0), rules.warning(target, audience)

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the conversation of a private message; that with a post's author is named only when it begins."""
        if target.audience is Audience.PRIVATE:
            return Thread(id=target.thread_id, audience=Audience.PRIVATE)
        return None

    def build_query(self, parts: SearchParts, account: Account) -> BuiltQuery:
        """Return what finds these parts. Raises: Refused."""
        return queries.build_query(parts)

    def search_price(self, hits: int) -> Decimal:
        """Return nothing to pay."""
        return Decimal(0)

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether Bluesky lets this account do that to a message or its author."""
        return moderation.offer(action, target, account)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> BlueskyConnection:
        """Open a connection. Raises: ConfigurationError when credentials are missing."""
        if not all(credentials.get(name) for name in self.required_credentials[0]):
            raise ConfigurationError("The account's credentials are incomplete: Bluesky needs a handle and an app password.")
        return BlueskyConnection(account, credentials, keep, read)
