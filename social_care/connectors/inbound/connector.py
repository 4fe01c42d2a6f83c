"""Anything else: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from social_care.connectors.inbound import errors, exchanges, parse, rules, signing
from social_care.connectors.inbound.client import InboundConnection
from social_care.connectors.kit.http import check_credentials
from social_care.connectors.kit.reading import decoded
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, TextRule
from social_care.core.errors import ConfigurationError, SocialCareError
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import Handshake, KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class InboundConnector:
    """Implements `Connector`, `ReceivesWebhooks` and `AdjustsTextRules`."""

    platform = "inbound"
    title = "Inbound"
    capabilities = Capabilities(
        feeds=(),
        public=rules.text_rule(None),
        private=rules.text_rule(None),
        webhook=True,
        edits_seen=True,
        deletes_seen=True,
        idempotent_send=True,
    )
    required_credentials = (("webhook_secret",),)
    signed_with = ("webhook_secret", "previous_webhook_secret")
    challenged_with = ("webhook_secret",)

    # --- webhooks ---------------------------------------------------------------------------------------------------
    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check the signature over the raw bytes and their time. Raises: UnverifiedWebhook."""
        signing.verify(raw, headers, secrets)

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Prove to a sender that this is the right address with the right secret. Raises: UnverifiedWebhook."""
        return signing.answer_challenge(query, secrets)

    # --- reading ----------------------------------------------------------------------------------------------------
    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, in its order. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own id where the body names it, or ""."""
        return parse.account_in(decoded(exchange.request_body if exchange is not None else body))

    # --- rules ------------------------------------------------------------------------------------------------------
    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""
        return errors.classify(status, headers)

    def measure(self, text: str, audience: Audience) -> int:
        """Return the number of characters."""
        return len(text)

    def text_rule(self, target: StoredMessage, account: Account, audience: Audience) -> TextRule:
        """Return how long one message may be, as the account says."""
        return rules.text_rule(account)

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return None: there is no window."""
        return None

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing to pay and nothing to warn of."""
        return Decimal(0), ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part: by the reply's id, or by its words and place."""
        return rules.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the thread of a private message; a public one is not answered privately."""
        private = target.audience is Audience.PRIVATE
        return Thread(id=target.thread_id, audience=Audience.PRIVATE) if private else None

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> InboundConnection:
        """Open a connection. Raises: ConfigurationError without a secret: nothing could be signed or verified."""
        own = check_credentials(credentials)
        if not own.get("webhook_secret"):
            raise ConfigurationError("The webhook secret is missing: make a long random text and give it to the sender.")
        return InboundConnection(account, own)
