"""Calls that carry the app's secret: trading codes and tokens. Their addresses are never quoted, logged or followed.

Source: https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow,
https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login,
https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests

from social_care.connectors.kit.http import NoAuth, check_base_url, check_credentials, make_session
from social_care.connectors.kit.reading import items, load_json, mapping, number, text
from social_care.connectors.meta.graph import GRAPH, INSTAGRAM_GRAPH, version_of
from social_care.core.accounts import Account
from social_care.core.errors import ConfigurationError, Refused, Retryable, UnreadablePayload
from social_care.core.ports import Clock

INSTAGRAM_API = "https://api.instagram.com"


class Tokens:
    """Trades codes and tokens in an app's name."""

    def __init__(self, account: Account, credentials: Mapping[str, str], *, title: str, clock: Clock) -> None:
        self.app = check_credentials(credentials)
        self.title, self._clock = title, clock
        base = self.app.get("api_base_url") or account.options.get("api_base_url", "")
        rewritten = dict.fromkeys((GRAPH, INSTAGRAM_GRAPH, INSTAGRAM_API), check_base_url(base)) if base else {}
        self._session = make_session(rewritten=rewritten)
        self._graph = f"{GRAPH}/{version_of(account)}/oauth/access_token"

    def close(self) -> None:
        """Let go of sockets."""
        self._session.close()

    def user_token(self, code: str, redirect: str) -> dict[str, str]:
        """Return the long-lived token of who signed in with Facebook. By POST, which keeps secrets out of addresses."""
        app = self._app()
        short = self._ask("POST", self._graph, {**app, "redirect_uri": redirect, "code": code})
        long = {"grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
        return self._ask("POST", self._graph, {**app, **long})

    def instagram_token(self, code: str, redirect: str) -> dict[str, str]:
        """Return the 60-day token of who signed in with Instagram."""
        app = self._app()
        form = {**app, "grant_type": "authorization_code", "redirect_uri": redirect, "code": code.removesuffix("#_")}
        short = self._ask("POST", f"{INSTAGRAM_API}/oauth/access_token", form)
        long = {"grant_type": "ig_exchange_token", "client_secret": app["client_secret"]}
        return self._ask("GET", f"{INSTAGRAM_GRAPH}/access_token", {**long, "access_token": short["access_token"]})

    def renewed_instagram_token(self, old: str) -> dict[str, str]:
        """Return a token for another 60 days. Meta renews one that is at least a day old and has not ended."""
        query = {"grant_type": "ig_refresh_token", "access_token": old}
        return self._ask("GET", f"{INSTAGRAM_GRAPH}/refresh_access_token", query)

    def _app(self) -> dict[str, str]:
        if not self.app.get("client_id") or not self.app.get("client_secret"):
            raise ConfigurationError(f"To sign in with {self.title}, the account needs the app id and the app secret.")
        return {name: self.app[name] for name in ("client_id", "client_secret")}

    def _ask(self, method: str, address: str, secrets: Mapping[str, str]) -> dict[str, str]:
        """Return access token and its end, as fields of an account. Raises: Refused, Retryable."""
        where: dict[str, Any] = {"params" if method == "GET" else "data": secrets}
        try:
            response = self._session.request(method, address, auth=NoAuth(), allow_redirects=False, **where)
        except requests.RequestException:
            raise Retryable(f"{self.title} could not be reached.") from None  # the error quotes the address
        try:
            body = mapping(load_json(response.content))
        except UnreadablePayload:
            body = {}
        body = mapping((items(body.get("data")) or [body])[0])  # Instagram's code is answered by a list of one
        token = text(body.get("access_token"))
        if response.status_code >= 500 or (token is None and response.status_code < 300):
            raise Retryable(f"{self.title} has trouble at the moment.")
        if token is None:
            raise Refused(
                f"{self.title} did not accept this: check app id and app secret, and that the app allows this site's return"
                " address; then begin again."
            )
        seconds = number(body.get("expires_in"))
        end = (self._clock() + timedelta(seconds=seconds)).isoformat(timespec="seconds") if seconds else ""
        return {**check_credentials({"access_token": token}), "token_expires_at": end}
