"""Instagram: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from social_care.connectors.instagram import exchanges, limits, moderation, parse
from social_care.connectors.instagram.client import InstagramConnection
from social_care.connectors.meta import rules, signing_in
from social_care.connectors.meta.connector import MetaConnector
from social_care.connectors.meta.options import option
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, MediaRule, TextRule
from social_care.core.events import Audience, Event, Thread
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import StoredMessage


class InstagramConnector(MetaConnector):
    """Implements `Connector`, `ReceivesWebhooks`, `LimitsPrivateReplies`, `HasServerLimits`, `LinksPrivately` and
    `Moderates`.
    """

    platform = "instagram"
    title = parse.TITLE
    ways = (signing_in.INSTAGRAM, signing_in.ACCOUNT_OF_PAGE)
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages"),
        public=limits.PUBLIC_TEXT,
        private=limits.PRIVATE_TEXT,
        private_opening=limits.PRIVATE_REPLY_TEXT,
        private_media=limits.PRIVATE_MEDIA,
        webhook=True,
        signs_in=True,
        subscribes=True,
        renews=True,
        fetches_files=True,
        edits_seen=True,
        deletes_seen=True,
        delivery_reports=True,
        needs_mention=True,  # an answer to an answer stands under the first comment, addressed to nobody
        reconciles=True,
        private_opening_once=True,
        looks_up=True,
        moderates=moderation.ABILITIES,
    )

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, feed=payload.feed, us=payload.account_id, handle=payload.handle)

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
        """Return the address that opens a conversation with us.

        Source: https://developers.facebook.com/documentation/business-messaging/instagram-messaging/features/ig-me-links
        (read 2026-11).
        """
        name = account.handle.lstrip("@")
        return f"https://ig.me/m/{quote(name)}" if name else ""

    def open_connection(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> InstagramConnection:
        """Open a connection with credentials that are complete."""
        return InstagramConnection(account, credentials, keep, read)

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether Instagram lets this account do that to a message or its author."""
        return Offer(action=action, refusal=moderation.refuse(action, target, account))

    def text_rule(self, target: StoredMessage, account: Account, audience: Audience) -> TextRule | None:
        """Return None: the platform's usual rule holds."""
        return None

    def media_rule(self, account: Account, audience: Audience) -> MediaRule:
        """Return which files a message may have; those of accounts of Instagram Login are fetched by Instagram."""
        by_instagram = option(account, "login").lower() == "instagram"
        return replace(self.capabilities.media_rule(audience), by_address=by_instagram)

    def measure(self, text: str, audience: Audience) -> int:
        """Return bytes of UTF-8 for private messages, UTF-16 units for comments (how an emoji counts there is unsure)."""
        if audience is Audience.PRIVATE:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        if target.hidden and audience is Audience.PUBLIC:
            return moderation.HIDDEN
        return super().refusal(target, account, audience, now)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the private conversation with a message's author; None while the author is unknown.

        Source: https://developers.facebook.com/docs/instagram-platform/webhooks (the Instagram-scoped id; read 2026-11).
        """
        if target.audience is Audience.PRIVATE:
            return Thread(id=target.thread_id, audience=Audience.PRIVATE)
        return Thread(id=target.author_id, audience=Audience.PRIVATE) if target.author_id else None
