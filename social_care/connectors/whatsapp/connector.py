"""WhatsApp Business (Cloud API): the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from social_care.connectors.meta import signing_in
from social_care.connectors.meta.connector import MetaConnector
from social_care.connectors.whatsapp import exchanges, limits, moderation, parse, rules, templates
from social_care.connectors.whatsapp.client import WhatsAppConnection
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import StoredMessage
from social_care.core.templates import Template


class WhatsAppConnector(MetaConnector):
    """Implements `Connector`, `ReceivesWebhooks`, `UsesTemplates`, `LinksPrivately` and `Moderates`."""

    platform = "whatsapp"
    title = parse.TITLE
    ways = (signing_in.NUMBER,)
    capabilities = Capabilities(
        feeds=(),
        public=None,
        private=limits.TEXT,
        private_media=limits.MEDIA,
        webhook=True,
        subscribes=True,
        signs_in=True,
        edits_seen=True,
        deletes_seen=True,
        delivery_reports=True,
        templates=True,
        moderates=moderation.ABILITIES,
    )

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_ids(self, body: object) -> Iterable[str]:
        """Return the ids of the accounts that a body names."""
        return parse.account_ids(body)

    def account_id_of(self, exchange: Exchange) -> str:
        """Return our own id as a recorded call names it, or ""."""
        return exchanges.account_id_of(exchange)

    def private_link(self, account: Account) -> str:
        """Return the address that opens a chat with our number.

        Source: WhatsApp's help on "click to chat", as others quote it (digits only, with the country's code; read 2026-11).
        """
        digits = "".join(one for one in account.handle if one.isdecimal())
        return f"https://wa.me/{digits}" if digits else ""

    def open_connection(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> WhatsAppConnection:
        """Open a connection with credentials that are complete."""
        return WhatsAppConnection(account, credentials, keep, read)

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether WhatsApp lets this account do that to a message or its author."""
        return Offer(action=action, refusal=moderation.refuse(action, target, account, now))

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, audience, now)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return when the 24 hours after a customer's message end."""
        return rules.reply_until(message)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the conversation of a message: all of WhatsApp is private."""
        return Thread(id=target.thread_id, audience=Audience.PRIVATE)

    def template_refusal(self, template: Template, values: Mapping[str, str], target: StoredMessage) -> str:
        """Return in a plain sentence why WhatsApp would not take these values, or ""."""
        return templates.refuse(template, values, target)

    def known_as(self, target: StoredMessage) -> tuple[str, ...]:
        """Return user id and phone number, as far as they are known: WhatsApp's notices name either or both."""
        ids = (target.author_id, target.route.get("user_id"), target.route.get("phone"))
        return tuple(dict.fromkeys(one for one in ids if one))

    def template_remark(self, template: Template, target: StoredMessage, now: datetime) -> str:
        """Return what a template costs, in words, or ""."""
        return templates.remark(template, target, now)
