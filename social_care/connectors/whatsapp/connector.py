"""WhatsApp Business (Cloud API): the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from social_care.connectors.kit.reading import load_json
from social_care.connectors.meta import errors, matching, webhooks
from social_care.connectors.whatsapp import exchanges, limits, parse, rules
from social_care.connectors.whatsapp.client import WhatsAppConnection
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import Handshake, KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class WhatsAppConnector:
    """Implements `Connector` and `ReceivesWebhooks`."""

    platform = "whatsapp"
    title = parse.TITLE
    capabilities = Capabilities(
        feeds=(),
        public=None,
        private=limits.TEXT,
        private_media=limits.MEDIA,
        webhook=True,
        delivery_reports=True,
    )
    signed_with = webhooks.SIGNED_WITH
    challenged_with = webhooks.CHALLENGED_WITH
    required_credentials = (("access_token",),)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our phone number's id as the body (or the call's URL) names it, or ""."""
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
        """Return the length in UTF-16 units: whether WhatsApp counts an emoji once or twice is unsure, so twice."""
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, audience, now)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return when the 24 hours after a customer's message end."""
        return rules.reply_until(message)

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing: answers within the window are free; templates, which cost, are not sent yet.

        Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing (read 2026-11).
        """
        return Decimal(0), ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the conversation of a message: all of WhatsApp is private."""
        return Thread(id=target.thread_id, audience=Audience.PRIVATE)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> WhatsAppConnection:
        """Open a connection. Raises: ConfigurationError when credentials are missing."""
        if not credentials.get("access_token"):
            raise ConfigurationError("The account's credentials are incomplete: WhatsApp needs an access_token.")
        return WhatsAppConnection(account, credentials, keep, read)

    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check Meta's signature, made with the app's secret. Raises: UnverifiedWebhook."""
        webhooks.verify(raw, headers, secrets)

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Answer Meta's check of the address. Raises: UnverifiedWebhook."""
        return webhooks.handshake(query, secrets)
