"""How an account is connected, kept connected, and shares its app with others.

Each of these protocols is one ability; a platform implements those that it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable

from social_care.core.accounts import Account


# --- signing in -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in under way.

    way: which of the connector's ways. redirect: where the platform sends the person back. state: ties the return to the
    session that began it. verifier: proves that whoever trades the code began the sign-in (PKCE, RFC 7636).
    """

    way: str
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account on the platform that the person who signed in may connect.

    credentials: fields of our account, as text; "" empties one. `token_expires_at` is ISO with a zone, "" for no end.
    """

    id: str
    name: str
    handle: str = ""
    credentials: Mapping[str, str] = field(repr=False)


class SigningIn(Protocol):
    """The platform, reached with the app's own id and secret. Every call has a time-out and none sleeps."""

    def identities(self, code: str, sign_in: SignIn) -> tuple[Identity, ...]:
        """Trade the code and list what may be connected; () when there is nothing. Raises: SocialCareError."""

    def close(self) -> None:
        """Let go of sockets."""


@runtime_checkable
class SignsIn(Protocol):
    """A connector of a platform that gives tokens to whoever signs in there (OAuth 2, authorization code)."""

    @property
    def sign_in_ways(self) -> Mapping[str, str]:
        """Return each way's key and what stands on its button."""

    def authorize_url(self, account: Account, credentials: Mapping[str, str], sign_in: SignIn) -> str:
        """Return where to send the person. Pure. Raises: ConfigurationError without the app's id."""

    def sign_in(self, account: Account, credentials: Mapping[str, str]) -> SigningIn:
        """Open the way to the network. Raises: ConfigurationError when the app's id or secret is missing."""


# --- staying connected ----------------------------------------------------------------------------------------------
@runtime_checkable
class RenewsTokens(Protocol):
    """A connection whose token ends, and that can get another one.

    renew_before: how long before its end.
    """

    renew_before: timedelta

    def renew(self) -> bool:
        """Get a new token and keep it; False where this account's token does not end. Raises: SocialCareError."""


@runtime_checkable
class LocksRenewal(Protocol):
    """Credentials that several workers may want to renew at once."""

    def renewing(self) -> AbstractContextManager[None]:
        """Let one worker renew; inside, what another one has just stored is seen.

        Raises: Retryable when another worker takes too long.
        """


@runtime_checkable
class WatchesWebhook(Protocol):
    """A connection that can tell whether the platform still pushes."""

    def not_pushed(self, url: str) -> tuple[str, ...]:
        """Return in plain sentences what the platform does not push to `url`; () when all is well. Changes nothing."""


@runtime_checkable
class ReceivesOneWay(Protocol):
    """A connector of a platform that pushes or is polled, never both; its connections are `EndsWebhook`."""

    def is_pushed(self, account: Account) -> bool:
        """Tell whether this account receives by webhook only; else by polling only."""


@runtime_checkable
class EndsWebhook(Protocol):
    """A connection that can make the platform push no longer."""

    def unsubscribe(self) -> tuple[str, ...]:
        """Make the platform push to no address; return plain lines of what was done. Raises: SocialCareError."""


def is_pushed_only(connector: object, account: Account) -> bool | None:
    """Return whether an account receives by webhook only, or by polling only (False); None where both may be."""
    return connector.is_pushed(account) if isinstance(connector, ReceivesOneWay) else None


# --- several accounts of one app ------------------------------------------------------------------------------------
@runtime_checkable
class SharesWebhook(Protocol):
    """A connector of a platform where several accounts of one app may share one address."""

    def addressees(self, body: bytes) -> frozenset[str]:
        """Return the ids of the accounts that a webhook's body may be for. Raises nothing."""
