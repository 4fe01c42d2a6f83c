"""Mastodon and compatible servers: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from social_care.connectors.kit.reading import load_json
from social_care.connectors.mastodon import errors, exchanges, limits, matching, moderation, parse, queries, rules
from social_care.connectors.mastodon.client import MastodonConnection
from social_care.connectors.mastodon.statuses import private_thread_id
from social_care.connectors.mastodon.text import length
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, MediaRule, TextRule
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.listening import BuiltQuery, SearchParts
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class MastodonConnector:
    """Implements `Connector`, `HasServerLimits`, `BuildsQueries` and `Moderates`."""

    platform = "mastodon"
    title = "Mastodon"
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages", "searches"),
        public=limits.text_rule(None),
        private=limits.text_rule(None),
        public_media=limits.media_rule(None),
        private_media=limits.media_rule(None),
        search=True,
        edits_seen=True,
        deletes_seen=True,
        moderates=moderation.ABILITIES,
        reconciles=True,
        idempotent_send=True,
    )
    required_credentials = (("api_base_url", "access_token"),)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, feed=payload.feed, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own id where a body says who we are; pages never do."""
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
        """Return graphemes, a link as 23, of a mention only the name."""
        return length(text)

    def text_rule(self, target: StoredMessage, account: Account, audience: Audience) -> TextRule:
        """Return how long the words may be on the account's server, beside the mention and the content warning."""
        return limits.text_rule(account, target)

    def media_rule(self, account: Account, audience: Audience) -> MediaRule:
        """Return which files the account's server takes."""
        return limits.media_rule(account)

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return None: Mastodon closes no window."""
        return None

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing to pay and nothing to warn of."""
        return Decimal(0), ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return everything private between us and a message's author; None while the author is unknown."""
        if target.audience is Audience.PRIVATE:
            return Thread(id=target.thread_id, audience=Audience.PRIVATE)
        if not target.author_id:
            return None
        return Thread(id=private_thread_id(target.author_id), audience=Audience.PRIVATE)

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether the server lets this account do that."""
        return moderation.offer(action, target, account)

    def build_query(self, parts: SearchParts, account: Account) -> BuiltQuery:
        """Return Mastodon's query for the parts of a search. Raises: Refused."""
        return queries.build_query(parts)

    def search_price(self, hits: int) -> Decimal:
        """Return nothing to pay."""
        return Decimal(0)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> MastodonConnection:
        """Open a connection; its token does not expire. Raises: ConfigurationError when credentials are missing."""
        given = {"api_base_url": account.options.get("api_base_url", ""), **credentials}
        if not all(given.get(name) for name in self.required_credentials[0]):
            raise ConfigurationError(
                "The account's credentials are incomplete: Mastodon needs a server address and a token."
            )
        return MastodonConnection(account, given, read)
