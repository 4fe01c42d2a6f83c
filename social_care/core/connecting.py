"""How an account is connected, kept connected, and shares its app with others.

Of a platform each of these protocols is one ability; it implements those that it has. `Accounts` is what a desk keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol, runtime_checkable

from social_care.core.accounts import Account, Standing


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


# --- several accounts of one app ------------------------------------------------------------------------------------
@runtime_checkable
class SharesWebhook(Protocol):
    """A connector of a platform where several accounts of one app may share one address."""

    def addressees(self, body: bytes) -> frozenset[str]:
        """Return the ids of the accounts that a webhook's body may be for. Raises nothing."""


# --- desks ----------------------------------------------------------------------------------------------------------
class Accounts(Protocol):
    """The team's accounts. Every method commits by itself."""

    def get(self, name: str) -> Account:
        """Return an account. Raises: ConfigurationError when there is none of that name."""

    def siblings(self, name: str, external_ids: Collection[str], signed_with: Sequence[str]) -> tuple[Account, ...]:
        """Return the other enabled accounts of these ids of which one of the secrets in these fields is the same."""

    def add_spend(self, name: str, amount: Decimal, now: datetime) -> None:
        """Add US dollars to the spend of the month of `now` (UTC); a new month starts at zero."""

    def pause_sending(self, name: str, reason: str, standing: Standing) -> None:
        """Stop sending from this account, tell its owner once, keep receiving."""

    def record_health(self, name: str, *, ok: bool, error: str = "") -> None:
        """Keep the last success or the last error, in plain words."""

    def keep_credentials(self, name: str, fresh: Mapping[str, str]) -> None:
        """Store new credentials for good before anybody uses them; "" empties one."""

    def record_webhook(self, name: str, *, pushed: bool, note: str = "") -> None:
        """Keep whether the platform pushes, and what a person should know; tell the owner once of each new note."""

    def warn(self, name: str, reason: str) -> None:
        """Tell the owner once that the token ends soon, until it stands otherwise with the account."""
