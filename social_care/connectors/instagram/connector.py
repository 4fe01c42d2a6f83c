"""Instagram: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from social_care.connectors.instagram import exchanges, limits, parse
from social_care.connectors.instagram.client import InstagramConnection
from social_care.connectors.kit.reading import load_json
from social_care.connectors.meta import errors, matching, rules, webhooks
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import Handshake, KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class InstagramConnector:
    """Implements `Connector` and `ReceivesWebhooks`."""

    platform = "instagram"
    title = parse.TITLE
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages"),
        public=limits.PUBLIC_TEXT,
        private=limits.PRIVATE_TEXT,
        private_opening=limits.PRIVATE_REPLY_TEXT,
        webhook=True,
        edits_seen=True,
        deletes_seen=True,
        delivery_reports=True,
        reconciles=True,
    )
    signed_with = webhooks.SIGNED_WITH
    challenged_with = webhooks.CHALLENGED_WITH
    required_credentials = (("access_token",),)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, feed=payload.feed, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our account's id as the body (or the call) names it, or ""."""
        if exchange is not None:
            return exchanges.account_id_of(exchange)
        try:
            return next(filter(None, parse.account_ids(load_json(body))), "")
        except UnreadablePayload:
            return ""

    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""
        return errors.classify(self.title, status, headers, body)

    def measure(self, text: str, audience: Audience) -> int:
        """Return bytes of UTF-8 for private messages, UTF-16 units for comments (how an emoji counts there is unsure)."""
        if audience is Audience.PRIVATE:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience, now, self.title)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return when the window to answer a private message closes; public ones have none."""
        return rules.reply_until(message, account)

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing: Instagram takes no money for answers."""
        return Decimal(0), ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the private conversation with a message's author; None while the author is unknown.

        Source: https://developers.facebook.com/docs/instagram-platform/webhooks (the Instagram-scoped id; read 2026-11).
        """
        if target.audience is Audience.PRIVATE:
            return Thread(id=target.thread_id, audience=Audience.PRIVATE)
        return Thread(id=target.author_id, audience=Audience.PRIVATE) if target.author_id else None

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> InstagramConnection:
        """Open a connection. Raises: ConfigurationError when credentials are missing."""
        if not credentials.get("access_token"):
            raise ConfigurationError("The account's credentials are incomplete: Instagram needs an access_token.")
        return InstagramConnection(account, credentials, keep, read)

    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check Meta's signature, made with the app's secret. Raises: UnverifiedWebhook."""
        webhooks.verify(raw, headers, secrets)

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Answer Meta's check of the address. Raises: UnverifiedWebhook."""
        return webhooks.handshake(query, secrets)
