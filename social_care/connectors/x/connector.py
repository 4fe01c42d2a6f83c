"""X (Twitter), API v2: the pure side. What needs the network is in client.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from social_care.connectors.kit.reading import load_json
from social_care.connectors.kit.signatures import check_base64_sha256, header, sign_base64_sha256
from social_care.connectors.x import errors, exchanges, matching, moderation, parse, prices, queries, rules, signing_in
from social_care.connectors.x.client import XConnection
from social_care.connectors.x.direct_messages import conversation_of
from social_care.connectors.x.text import clean, weighted_length
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, TextRule
from social_care.core.connecting import SignIn
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload, UnverifiedWebhook
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.listening import BuiltQuery, SearchParts
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import Handshake, KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage

SIGNATURE = "x-twitter-webhooks-signature"


class XConnector:
    """Implements `Connector` and `AdjustsTextRules`, `BuildsQueries`, `LinksPrivately`, `Moderates`, `ReceivesWebhooks`,
    `SharesWebhook`, `SignsIn`."""

    platform = "x"
    title = "X"
    capabilities = Capabilities(
        feeds=("mentions", "direct_messages", "searches"),
        public=prices.PUBLIC_TEXT,
        private=prices.PRIVATE_TEXT,
        public_media=prices.PUBLIC_MEDIA,
        private_media=prices.PRIVATE_MEDIA,
        webhook=True,
        signs_in=True,
        subscribes=True,
        renews=True,
        search=True,
        edits_seen=True,
        deletes_seen=True,
        reconciles=True,
        moderates=moderation.ABILITIES,
        costs_money=True,
        refuses_same_text=True,
        look_up_price=prices.POST_READ,
    )
    signed_with = ("webhook_secret", "client_secret", "previous_webhook_secret")
    challenged_with = signed_with
    required_credentials = (
        ("client_id", "client_secret", "access_token", "access_token_secret"),
        ("client_id", "access_token", "refresh_token"),
    )

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, feed=payload.feed, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own id as the body (or the call's URL) names it, or ""."""
        found = exchanges.account_id_of(exchange) if exchange is not None else ""
        if found:
            return found
        try:
            return next(filter(None, parse.account_ids(load_json(body))), "")
        except UnreadablePayload:
            return ""

    def addressees(self, body: bytes) -> frozenset[str]:
        """Return the ids of the accounts that a body is for: an app may have one address for all of them."""
        try:
            return frozenset(parse.account_ids(load_json(body))) - {""}
        except UnreadablePayload:
            return frozenset()

    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""
        return errors.classify(status, headers, body)

    def measure(self, text: str, audience: Audience) -> int:
        """Return weighted characters for posts, plain characters for direct messages."""
        return weighted_length(text) if audience is Audience.PUBLIC else len(clean(text))

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return None: X closes no window."""
        return None

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return what sending costs in US dollars, and a sentence to warn with ("" for none)."""
        return rules.price_of(text, audience, target)

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the private conversation with a message's author; None while either id is unknown."""
        if target.audience is Audience.PRIVATE:
            return Thread(id=target.thread_id, audience=Audience.PRIVATE)
        if not target.author_id or not account.external_id:
            return None
        return Thread(id=conversation_of(target.author_id, account.external_id), audience=Audience.PRIVATE)

    def private_link(self, account: Account) -> str:
        """Return the address that opens a direct message to us, for those whom our settings let write.

        Source: https://business.twitter.com/en/help/campaign-editing-and-optimization/public-to-private-conversation.html
        (read 2026-11; it names twitter.com, and that x.com takes the same path is unsure).
        """
        return f"https://x.com/messages/compose?recipient_id={account.external_id}" if account.external_id else ""

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether X lets this account do that to a message or its author."""
        return moderation.offer(action, target, account)

    def text_rule(self, target: StoredMessage, account: Account, audience: Audience) -> TextRule | None:
        """Return the rule of an account that may write long posts (option `x_long_posts` "1"), None for X's usual one."""
        long = audience is Audience.PUBLIC and account.options.get("x_long_posts") == "1"
        return prices.LONG_PUBLIC_TEXT if long else None

    def build_query(self, parts: SearchParts, account: Account) -> BuiltQuery:
        """Return X's query for the parts of a search. Raises: Refused."""
        return queries.build_query(parts, account)

    def search_price(self, hits: int) -> Decimal:
        """Return what reading so many hits costs at most."""
        return queries.price_of_hits(hits)

    @property
    def sign_in_ways(self) -> Mapping[str, str]:
        """Return the buttons for signing in."""
        return signing_in.WAYS

    def authorize_url(self, account: Account, credentials: Mapping[str, str], sign_in: SignIn) -> str:
        """Return where X asks the person. Raises: ConfigurationError."""
        return signing_in.authorize_url(account, credentials, sign_in)

    def sign_in(self, account: Account, credentials: Mapping[str, str]) -> signing_in.XSigningIn:
        """Open the way to X with the app's own id and secret. Raises: ConfigurationError."""
        return signing_in.XSigningIn(account, credentials)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> XConnection:
        """Open a connection. Raises: ConfigurationError when credentials are missing."""
        if not any(all(credentials.get(name) for name in names) for names in self.required_credentials):
            raise ConfigurationError(
                "The account's credentials are incomplete: with OAuth 1.0a X needs the API key, the API secret, the access "
                "token and its secret; with OAuth 2.0 the client id, and a sign-in."
            )
        return XConnection(account, credentials, keep, read)

    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check X's signature, made with the app's consumer secret. Raises: UnverifiedWebhook.

        Source: https://docs.x.com/x-api/webhooks/quickstart ("Signature verification", read 2026-08).
        """
        check_base64_sha256(raw, header(headers, SIGNATURE), secrets)

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Answer X's challenge-response check with the first secret. Raises: UnverifiedWebhook.

        Source: https://docs.x.com/x-api/webhooks/quickstart ("The CRC check", read 2026-08).
        """
        token = query.get("crc_token")
        usable = [secret for secret in secrets if secret]
        if not isinstance(token, str) or not token or not usable:
            raise UnverifiedWebhook("This is not X's check of the address, or no webhook secret is set.")
        answer = sign_base64_sha256(usable[0], token.encode("utf-8", "replace"))
        return Handshake(body=json.dumps({"response_token": answer}), content_type="application/json")
