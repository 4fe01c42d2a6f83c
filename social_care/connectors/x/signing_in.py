"""Signing in with X: OAuth 2.0, authorization code with PKCE.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code (read 2026-08).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlencode

from social_care.connectors.kit.http import check_base_url, check_credentials, make_session
from social_care.connectors.x.client import XConnection, utc_now
from social_care.connectors.x.tokens import API, trade
from social_care.core.accounts import Account
from social_care.core.connecting import Identity, SignIn
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, Refused
from social_care.core.ports import Clock

SITE = "https://x.com"
WAYS = {"x": "Sign in with X"}
SCOPES = (
    *("tweet.read", "tweet.write", "users.read", "dm.read", "dm.write", "media.write", "tweet.moderate.write"),
    "offline.access",
)
"""`offline.access` gives the refresh token, without which the account falls silent after two hours."""


def authorize_url(account: Account, credentials: Mapping[str, str], sign_in: SignIn) -> str:
    """Return where X asks the person. Raises: ConfigurationError."""
    client_id = credentials.get("client_id", "")
    if sign_in.way not in WAYS or not client_id:
        raise ConfigurationError("To sign in with X, the account needs the OAuth 2.0 client id of your app.")
    digest = sha256(sign_in.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": sign_in.redirect,
        "scope": " ".join(SCOPES),
        "state": sign_in.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    base = credentials.get("api_base_url") or account.options.get("api_base_url", "")
    return f"{check_base_url(base) if base else SITE}/i/oauth2/authorize?{urlencode(query)}"


class XSigningIn:
    """Implements `SigningIn`."""

    def __init__(self, account: Account, credentials: Mapping[str, str], *, clock: Clock = utc_now) -> None:
        self._app = check_credentials(credentials)
        if not self._app.get("client_id"):
            raise ConfigurationError("To sign in with X, the account needs the OAuth 2.0 client id of your app.")
        self._account, self._clock = account, clock
        base = self._app.get("api_base_url") or account.options.get("api_base_url", "")
        self._session = make_session(rewritten={API: check_base_url(base)} if base else {})

    def identities(self, code: str, sign_in: SignIn) -> tuple[Identity, ...]:
        """Trade the code, which lives for 30 seconds, and ask who signed in. Raises: SocialCareError."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": sign_in.redirect}
        try:
            tokens = trade(self._session, self._app, {**form, "code_verifier": sign_in.verifier}, self._clock)
        except AccountNeedsLogin as error:
            raise Refused("X did not accept the sign-in: begin again, and finish it without a pause.") from error
        credentials = {"refresh_token": "", **tokens, "auth_method": "OAuth 2.0"}
        connection = XConnection(
            replace(self._account, external_id="", receive=frozenset()),
            {**self._app, **credentials},
            lambda _: None,
            lambda _: b"",
            clock=self._clock,
        )
        try:
            who = connection.check()
        finally:
            connection.close()
        return (Identity(id=who.account_id, name=who.name, handle=who.handle, credentials=credentials),)

    def close(self) -> None:
        """Let go of sockets."""
        self._session.close()
