"""Telegram bots: the pure side. What needs the network is in client.py."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from social_care.connectors.kit.reading import load_json
from social_care.connectors.kit.signatures import header
from social_care.connectors.telegram import errors, exchanges, limits, matching, moderation, parse, rules
from social_care.connectors.telegram.client import TelegramConnection
from social_care.connectors.telegram.text import length
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload, UnverifiedWebhook
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import Handshake, KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header


class TelegramConnector:
    """Implements `Connector`, `Moderates`, `ReceivesWebhooks` and `ReceivesOneWay`."""

    platform = "telegram"
    title = "Telegram"
    capabilities = Capabilities(
        feeds=("direct_messages",),
        public=limits.TEXT,
        private=limits.TEXT,
        public_media=limits.MEDIA,
        private_media=limits.MEDIA,
        webhook=True,
        subscribes=True,
        one_way=True,
        edits_seen=True,
        deletes_seen=True,
        moderates=moderation.ABILITIES,
        rights_by_place=True,
    )
    required_credentials = (("access_token",),)
    signed_with = ("webhook_secret", "previous_webhook_secret")
    challenged_with = ()

    def is_pushed(self, account: Account) -> bool:
        """Tell whether an account receives by webhook only; else by polling only."""
        return rules.is_pushed(account)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, us=payload.account_id, handle=payload.handle)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our bot's id where a body or a call names it, or ""."""
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
        """Return the length in UTF-16 units."""
        return length(text)

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return when the 24 hours of a business account's chat end; other chats close no window."""
        return rules.reply_until(message)

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing to pay, and who reads a public answer."""
        return Decimal(0), rules.EVERYBODY if audience is Audience.PUBLIC else ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the bot's chat with a message's author, whose id is the person's; None where no person is told."""
        if target.audience is Audience.PRIVATE:
            return Thread(id=target.thread_id, audience=Audience.PRIVATE)
        known = bool(target.author_id) and not str(target.author_id).startswith("-")
        return Thread(id=str(target.author_id), audience=Audience.PRIVATE) if known else None

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether Telegram lets a bot do that to a message or its author."""
        return moderation.offer(action, target, account)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> TelegramConnection:
        """Open a connection; its token does not expire. Raises: ConfigurationError when it is missing."""
        given = {"api_base_url": account.options.get("api_base_url", ""), **credentials}
        if not given.get("access_token"):
            raise ConfigurationError("The account's credentials are incomplete: Telegram needs the token of a bot.")
        return TelegramConnection(account, given, read)

    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check that a body comes with our secret, compared in constant time. The body itself is not signed.

        Source: https://core.telegram.org/bots/api#setwebhook ("secret_token", read 2026-11). Raises: UnverifiedWebhook.
        """
        given = header(headers, SECRET_HEADER).encode("utf-8", "replace")
        if not given or not any([hmac.compare_digest(given, one.encode("utf-8", "replace")) for one in secrets if one]):
            raise UnverifiedWebhook("The webhook's secret is missing or does not fit.")

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Refuse: Telegram never asks whether an address is ours. Raises: UnverifiedWebhook."""
        raise UnverifiedWebhook("Telegram asks no such question.")
