"""Facebook Pages and Messenger: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import quote

from social_care.connectors.facebook import exchanges, limits, moderation, parse
from social_care.connectors.facebook.client import FacebookConnection
from social_care.connectors.meta import rules, signing_in
from social_care.connectors.meta.connector import MetaConnector
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.events import Event
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import StoredMessage


class FacebookConnector(MetaConnector):
    """Implements `Connector`, `ReceivesWebhooks`, `LimitsPrivateReplies`, `LinksPrivately` and `Moderates`."""

    platform = "facebook"
    title = parse.TITLE
    ways = (signing_in.PAGE,)
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages"),
        public=limits.PUBLIC_TEXT,
        private=limits.PRIVATE_TEXT,
        private_opening=limits.PRIVATE_REPLY_TEXT,
        public_media=limits.PUBLIC_MEDIA,
        private_media=limits.PRIVATE_MEDIA,
        webhook=True,
        signs_in=True,
        subscribes=True,
        edits_seen=True,
        deletes_seen=True,
        delivery_reports=True,
        reconciles=True,
        private_opening_once=True,
        looks_up=True,
        moderates=moderation.ABILITIES,
    )

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, feed=payload.feed, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_ids(self, body: object) -> Iterable[str]:
        """Return the ids of the accounts that a body names."""
        return parse.account_ids(body)

    def account_id_of(self, exchange: Exchange) -> str:
        """Return our own id as a recorded call names it, or ""."""
        return exchanges.account_id_of(exchange)

    def private_reply_until(self, target: StoredMessage) -> datetime | None:
        """Return until when a comment can be answered privately, once."""
        return rules.private_reply_until(target)

    def private_link(self, account: Account) -> str:
        """Return the Page's address in Messenger, by its name, else by its id (that m.me takes ids is unsure).

        Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/discovery/m-me-links
        (read 2026-11).
        """
        name = account.handle.lstrip("@") or account.external_id
        return f"https://m.me/{quote(name)}" if name else ""

    def open_connection(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> FacebookConnection:
        """Open a connection with credentials that are complete."""
        return FacebookConnection(account, credentials, keep, read)

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether Facebook lets this account do that to a message or its author."""
        return Offer(action=action, refusal=moderation.refuse(action, target, account))
