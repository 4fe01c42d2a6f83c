"""A platform's side: a stateless `Connector` (pure) that opens a `Connection` (input and output, one account).

What only some platforms can do is a protocol of its own, and a contract test holds it against the platform's `Capabilities`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from social_care.core.accounts import Account
from social_care.core.capabilities import Capabilities
from social_care.core.errors import SocialCareError
from social_care.core.events import Audience, Event, MessageReceived, Thread
from social_care.core.moderation import ModerationAction, Offer
from social_care.core.payloads import Exchange, Payload
from social_care.core.ports.answers import CheckUp, Download, Handshake, LookUp, Page
from social_care.core.replies import Part, Sent, StoredMessage, Upload
from social_care.core.templates import Template


class Connection(Protocol):
    """A platform reached with one account's credentials. Every call has a time-out and none sleeps."""

    def check(self) -> CheckUp:
        """Ask who we are. Raises: SocialCareError."""

    def fetch(self, feed: str, cursor: str) -> Page:
        """Fetch one page; cursor "" is the first time. Raises: SocialCareError."""

    def send(self, part: Part) -> Sent:
        """Send one part. Raises: Refused, Retryable, AccountNeedsLogin (certainly not sent) or OutcomeUnknown."""

    def find_sent(self, part: Part, taken: Callable[[str], bool]) -> Sent | None:
        """Look on the platform for a part whose outcome is unknown; None when it is not there (yet).

        `taken` tells whether a message there is known as another part, which may well have the same words.
        """

    def gone(self, message_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these messages the platform no longer has."""

    def download(self, reference: str) -> Download:
        """Fetch a media file by the reference kept in `Media.url` or `Media.id`, within size and address limits."""

    def close(self) -> None:
        """Let go of sockets."""


KeepCredentials = Callable[[Mapping[str, str]], None]
"""Called by a connection when the platform gave new tokens; must store them before it returns."""

ReadUpload = Callable[[Upload], bytes]
"""Returns the content of a file to attach."""


class Connector(Protocol):
    """One platform. Pure: no input or output, no state; `connect` opens the way to the network."""

    platform: str
    title: str
    capabilities: Capabilities
    required_credentials: tuple[tuple[str, ...], ...]
    """Sets of credential names, any one of which is enough to connect."""

    def parse(self, payload: Payload) -> tuple[Event, ...]:
        """Return every event of a body, oldest first where the platform tells. Raises: only UnreadablePayload."""

    def parse_exchange(self, exchange: Exchange, account_id: str) -> tuple[Event, ...]:
        """Return the events of one recorded call: a feed's page, a send, or an error (`CallFailed`)."""

    def account_id_in(self, body: bytes, exchange: Exchange | None = None) -> str:
        """Return our own id as the body (or the call's URL) names it, or "" where it does not."""

    def classify(self, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
        """Return the error that an answer stands for, or None when it is a success."""

    def measure(self, text: str, audience: Audience) -> int:
        """Return the length of a text as the platform counts it, in the unit of the capabilities' text rule."""

    def refusal(self, target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
        """Return in a plain sentence why this message cannot be answered like that (at that time), or "" when it can."""

    def reply_until(self, message: MessageReceived, account: Account) -> datetime | None:
        """Return when the window to answer a message to its own audience closes; None when it does not."""

    def price(self, text: str, audience: Audience, target: StoredMessage) -> tuple[Decimal, str]:
        """Return what sending costs in US dollars, and a sentence to warn with ("" for none)."""

    def is_echo_of(self, part: Part, event: MessageReceived) -> bool:
        """Tell whether our own message coming back is this part, although its id was never recorded."""

    def private_thread(self, target: StoredMessage, account: Account) -> Thread | None:
        """Return the private conversation with a message's author; None where the platform names it only later."""

    def connect(
        self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, read: ReadUpload
    ) -> Connection:
        """Open a connection. Raises: ConfigurationError when credentials are missing."""


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """A connector of a platform that pushes.

    signed_with, challenged_with: the fields of an account whose values sign bodies and answer challenges, best first. What
    travels in an address (a verify token) must not be among those that sign: addresses end in logs.
    """

    signed_with: tuple[str, ...]
    challenged_with: tuple[str, ...]

    def verify(self, raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check the signature over the raw bytes, any of several secrets. Raises: UnverifiedWebhook."""

    def handshake(self, query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
        """Answer the platform's challenge. Raises: UnverifiedWebhook."""


@runtime_checkable
class ManagesWebhook(Protocol):
    """A connection that can subscribe our address by itself."""

    def subscribe(self, url: str) -> tuple[str, ...]:
        """Make sure that the platform pushes to `url`; return plain lines of what was done."""


@runtime_checkable
class UsesTemplates(Protocol):
    """A connector of a platform that takes approved templates where one may not write freely."""

    def template_refusal(self, template: Template, values: Mapping[str, str], target: StoredMessage) -> str:
        """Return in a plain sentence why the platform would not take these values, or "" when it would."""

    def known_as(self, target: StoredMessage) -> tuple[str, ...]:
        """Return every id by which the platform may speak of a message's author."""

    def template_remark(self, template: Template, target: StoredMessage, now: datetime) -> str:
        """Return what the author should know before sending it (what it costs), "" for nothing."""


@runtime_checkable
class ListsTemplates(Protocol):
    """A connection of such a platform."""

    def templates(self) -> tuple[Template, ...]:
        """Return every template of the account, whatever its status. Raises: SocialCareError."""


@runtime_checkable
class LooksUp(Protocol):
    """A connection that can ask for what a message left out."""

    def look_up(self, message: StoredMessage) -> LookUp:
        """Ask for what `message.missing` names. Raises: SocialCareError."""


@runtime_checkable
class LimitsPrivateReplies(Protocol):
    """A connector of a platform that takes one private reply to a public message."""

    def private_reply_until(self, target: StoredMessage) -> datetime | None:
        """Return until when it takes one; None where it does not say."""


@runtime_checkable
class Moderates(Protocol):
    """A connector of a platform that lets the team act on a message or its author; its connections are `CarriesOut`."""

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether the platform lets this account do that (one of the capabilities' `moderates`, or its opposite)."""


@runtime_checkable
class CarriesOut(Protocol):
    """A connection that can do what its connector offers."""

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; return what it cost in US dollars.

        Raises: Refused, Retryable, AccountNeedsLogin, ConfigurationError (certainly not done) or OutcomeUnknown.
        """
