"""Feeds: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from social_care.connectors.feed import errors, exchanges, parse, rules
from social_care.connectors.feed.client import FeedConnection
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.errors import ConfigurationError, SocialCareError
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class FeedConnector:
    """Implements `Connector`. A feed is only read: people answer elsewhere and record that."""

    platform = "feed"
    title = "Feed"
    capabilities = Capabilities(
        feeds=("entries",), public=None, private=None, replies=False, edits_seen=True, deletes_seen=True
    )
    required_credentials = (("feed_url",),)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return an event for each entry, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, us=payload.account_id, at=payload.received_at)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return "": a feed does not know who reads it."""
        return ""

    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""
        return errors.classify(status, headers)

    def measure(self, text: str, audience: Audience) -> int:
        """Return the number of characters."""
        return len(text)

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return that a feed takes no answers, and where the message can be answered."""
        return rules.refuse(target)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return None: there is no window."""
        return None

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing to pay and nothing to warn of."""
        return Decimal(0), ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Return False: nothing is ever sent."""
        return False

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return None: feeds are public."""
        return None

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> FeedConnection:
        """Return a connection to the feed's address. Raises: ConfigurationError without one."""
        url = credentials.get("feed_url") or account.options.get("feed_url") or account.options.get("api_base_url", "")
        if not url.strip():
            raise ConfigurationError("The address of the feed is missing.")
        return FeedConnection(account, url)
