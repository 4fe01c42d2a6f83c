"""The pure side that Meta's platforms share. Each says in its own connector.py what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from social_care.connectors.kit.reading import load_json
from social_care.connectors.meta import envelope, errors, matching, rules, signing_in, webhooks
from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.connecting import SignIn
from social_care.core.errors import ConfigurationError, SocialCareError, UnreadablePayload
from social_care.core.events import Audience, MessageReceived, Thread
from social_care.core.payloads import Exchange
from social_care.core.ports import Connection, Handshake, KeepCredentials, ReadUpload
from social_care.core.replies import Part, StoredMessage


class MetaConnector:
    """Implements all of `Connector`, `ReceivesWebhooks`, `SharesWebhook` and `SignsIn` but the parsers and the connection.

    ways: the buttons for signing in.
    """

    platform: str
    title: str
    capabilities: Capabilities
    ways: tuple[signing_in.Way, ...]
    signed_with = webhooks.SIGNED_WITH
    challenged_with = webhooks.CHALLENGED_WITH
    required_credentials: tuple[tuple[str, ...], ...] = (("access_token",),)

    def account_ids(self, body: object) -> Iterable[str]:
        """Return the ids of the accounts that a body names."""
        raise NotImplementedError

    def account_id_of(self, exchange: Exchange) -> str:
        """Return our own id as a recorded call names it, or ""."""
        raise NotImplementedError

    def open_connection(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> Connection:
        """Open a connection with credentials that are complete."""
        raise NotImplementedError

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own id as the body (or the call) names it, or ""."""
        if exchange is not None:
            return self.account_id_of(exchange)
        try:
            return next(filter(None, self.account_ids(load_json(body))), "")
        except UnreadablePayload:
            return ""

    def addressees(self, body: bytes) -> frozenset[str]:
        """Return the ids of the accounts that a body may be for: one app has one address for all of them."""
        try:
            return frozenset(envelope.addressees(load_json(body))) - {"", envelope.DASHBOARD_TEST}
        except UnreadablePayload:
            return frozenset()

    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""
        return errors.classify(self.title, status, headers, body)

    def measure(self, text: str, audience: Audience) -> int:
        """Return the length in UTF-16 units: whether Meta counts an emoji once or twice is unsure, so twice."""
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that, or ""."""
        return rules.refuse(target, account, audience, now, self.title)

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return when the window to answer a private message closes; public ones have none."""
        return rules.reply_until(message, account)

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return nothing: Meta takes no money for these answers."""
        return Decimal(0), ""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""
        return matching.is_echo_of(part, event)

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the conversation of a private message; None for a public one, where Meta names it only in its answer."""
        return Thread(id=target.thread_id, audience=Audience.PRIVATE) if target.audience is Audience.PRIVATE else None

    @property
    def sign_in_ways(self) -> Mapping[str, str]:
        """Return the buttons for signing in."""
        return {way.key: way.label for way in self.ways}

    def authorize_url(self, account: Account, credentials: Mapping[str, str], sign_in: SignIn) -> str:
        """Return where Meta asks the person. Raises: ConfigurationError."""
        return signing_in.authorize_url(account, credentials, sign_in, self.ways, self.title)

    def sign_in(self, account: Account, credentials: Mapping[str, str]) -> signing_in.MetaSigningIn:
        """Open the way to Meta with the app's own id and secret. Raises: ConfigurationError."""
        return signing_in.MetaSigningIn(account, credentials, self.ways, title=self.title)

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> Connection:
        """Open a connection. Raises: ConfigurationError when credentials are missing."""
        if not credentials.get("access_token"):
            raise ConfigurationError(f"The account's credentials are incomplete: {self.title} needs an access token.")
        return self.open_connection(account, credentials, keep, read)

    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check Meta's signature, made with the app's secret. Raises: UnverifiedWebhook."""
        webhooks.verify(raw, headers, secrets)

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Answer Meta's check of the address. Raises: UnverifiedWebhook."""
        return webhooks.handshake(query, secrets)
