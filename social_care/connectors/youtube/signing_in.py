"""Signing in with Google: OAuth 2, authorization code with PKCE, and a refresh token.

Source: https://developers.google.com/identity/protocols/oauth2/web-server,
https://developers.google.com/youtube/v3/guides/auth/server-side-web-apps (read 2026-11).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlencode

from social_care.connectors.kit.http import check_base_url, check_credentials, make_session
from social_care.connectors.youtube.client import YouTubeConnection, utc_now
from social_care.connectors.youtube.tokens import API, OAUTH, SCOPE, trade
from social_care.core.accounts import Account
from social_care.core.connecting import Identity, SignIn
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, Refused
from social_care.core.ports import Clock

SITE = "https://accounts.google.com"
WAYS = {"google": "Sign in with Google"}
INCOMPLETE = "To sign in with Google, the account needs the client id and the client secret of your app."


def authorize_url(account: Account, credentials: Mapping[str, str], sign_in: SignIn) -> str:
    """Return where Google asks the person. Raises: ConfigurationError.

    `offline` gives the refresh token, and `consent` gives it again to who signed in before.
    """
    client_id = credentials.get("client_id", "")
    if sign_in.way not in WAYS or not client_id:
        raise ConfigurationError(INCOMPLETE)
    digest = sha256(sign_in.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": sign_in.redirect,
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": sign_in.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    base = credentials.get("api_base_url") or account.options.get("api_base_url", "")
    return f"{check_base_url(base) if base else SITE}/o/oauth2/v2/auth?{urlencode(query)}"


class YouTubeSigningIn:
    """Implements `SigningIn`. Of several channels the person chose one on Google's page."""

    def __init__(self, account: Account, credentials: Mapping[str, str], *, clock: Clock = utc_now) -> None:
        self._app = check_credentials(dict(credentials))
        if not self._app.get("client_id") or not self._app.get("client_secret"):
            raise ConfigurationError(INCOMPLETE)
        self._account, self._clock = account, clock
        base = self._app.get("api_base_url") or account.options.get("api_base_url", "")
        self._session = make_session(rewritten=dict.fromkeys((API, OAUTH), check_base_url(base)) if base else {})

    def identities(self, code: str, sign_in: SignIn) -> tuple[Identity, ...]:
        """Trade the code and ask which channel it is for. Raises: SocialCareError."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": sign_in.redirect}
        try:
            tokens = trade(self._session, self._app, {**form, "code_verifier": sign_in.verifier}, self._clock)
        except AccountNeedsLogin as error:
            raise Refused("Google did not accept the sign-in: begin again, and finish it without a pause.") from error
        scopes = tokens.pop("scope").split()
        if scopes and SCOPE not in scopes:
            raise Refused("The permission for comments was not given: sign in again, and leave every box ticked.")
        if not tokens.get("refresh_token"):
            raise Refused(
                "Google gave no refresh token: take the app's access away in your Google account, then sign in again."
            )
        connection = YouTubeConnection(
            replace(self._account, external_id=""), {**self._app, **tokens}, lambda _: None, clock=self._clock
        )
        try:
            who = connection.who()
        finally:
            connection.close()
        return (Identity(id=who.account_id, name=who.name, handle=who.handle, credentials=tokens),)

    def close(self) -> None:
        """Let go of sockets."""
        self._session.close()
