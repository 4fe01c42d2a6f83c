"""YouTube: the pure side. What needs the network is in client.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from social_care.connectors.kit.reading import load_json
from social_care.connectors.youtube import errors, exchanges, matching, moderation, parse, rules, signing_in
from social_care.connectors.youtube.client import YouTubeConnection
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities, TextRule
from social_care.core.connecting import SignIn
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports import KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class YouTubeConnector:
    """Implements `Connector`, `SignsIn`, `AdjustsTextRules` and `Moderates`."""

    platform = "youtube"
    title = "YouTube"
    capabilities = Capabilities(
        feeds=("mentions",),
        public=rules.text_rule(None),
        private=None,
        signs_in=True,
        renews=True,
        edits_seen=True,
        deletes_seen=True,
        reconciles=True,
        moderates=moderation.ABILITIES,
        irreversible=moderation.IRREVERSIBLE,
        counts_units=True,
    )
    required_credentials = (("client_id", "client_secret", "refresh_token"),)

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first. Raises: only UnreadablePayload."""
        return parse.parse_body(payload.body, us=payload.account_id)

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call. Raises: only UnreadablePayload."""
        return exchanges.parse_exchange(exchange, account_id)

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own id as the call's address or an answer names it, or ""."""
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
        """Return characters (code points); how YouTube counts is unsure."""
        return len(text)

    def text_rule(self, target: StoredMessage, account: Account, audience: Audience) -> TextRule | None:
        """Return how long an answer may be, beside the name it begins with."""
        return rules.text_rule(account, target) if audience is Audience.PUBLIC else None

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, audience)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return None: YouTube closes no window."""
        return None

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing to pay, and where an answer to an answer will stand."""
        return Decimal(0), rules.remark(target)

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return None: YouTube has no private messages."""
        return None

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether YouTube lets this account do that to a comment or its author."""
        return moderation.offer(action, target, account)

    @property
    def sign_in_ways(self) -> Mapping[str, str]:
        """Return the button for signing in."""
        return signing_in.WAYS

    def authorize_url(self, account: Account, credentials: Mapping[str, str], sign_in: SignIn) -> str:
        """Return where Google asks the person. Raises: ConfigurationError."""
        return signing_in.authorize_url(account, credentials, sign_in)

    def sign_in(self, account: Account, credentials: Mapping[str, str]) -> signing_in.YouTubeSigningIn:
        """Open the way to Google with the app's own id and secret. Raises: ConfigurationError."""
        return signing_in.YouTubeSigningIn(account, credentials)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> YouTubeConnection:
        """Open a connection; comments have no files. Raises: ConfigurationError when credentials are missing."""
        if not all(credentials.get(name) for name in self.required_credentials[0]):
            raise ConfigurationError(
                "The account's credentials are incomplete: YouTube needs the app's client id and secret, and a sign-in."
            )
        return YouTubeConnection(account, credentials, keep)
