"""Single calls to X: who signs them, what their failures mean, and fresh tokens when the old ones ran out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
import tweepy
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from social_care.connectors.kit.http import BearerAuth, check_credentials, make_session, never_left
from social_care.connectors.kit.renewing import renewing
from social_care.connectors.x.errors import classify
from social_care.connectors.x.tokens import API, decode, trade
from social_care.core.errors import ConfigurationError, OutcomeUnknown, Retryable
from social_care.core.ports import Clock, KeepCredentials

OTHER_NAMES = ("https://api.twitter.com",)


class Tweepy(tweepy.Client):  # type: ignore[misc] # tweepy has no types
    """tweepy's endpoints over our own calls: its `request` has no time-out, may sleep, and logs tokens.

    Source: https://docs.tweepy.org/en/stable/client.html (4.17, read 2026-08).
    """

    def __init__(self, call: Callable[..., requests.Response]) -> None:
        super().__init__(return_type=requests.Response)
        self._call = call

    def request(
        self, method: str, route: str, params: Any = None, json: Any = None, user_auth: bool = False
    ) -> requests.Response:
        """Make one call; who signs it is not tweepy's matter."""
        return self._call(method, route, params=params, json=json)


class Calls:
    """Calls with one account's credentials.

    credentials: may be a live view of what is stored; then tokens that another worker has just renewed are taken up.
    """

    def __init__(self, credentials: Mapping[str, str], base_url: str, keep: KeepCredentials, clock: Clock) -> None:
        self._stored = credentials
        self._own = check_credentials(credentials)
        self._keep = keep
        self._clock = clock
        self._auth = self._sign()
        rewritten = dict.fromkeys((API, *OTHER_NAMES), base_url) if base_url else {}
        self.session = make_session(rewritten=rewritten)
        self.tweepy = Tweepy(self.call)

    def call(
        self,
        method: str,
        route: str,
        *,
        repeatable: bool | None = None,
        app_only: bool = False,
        **arguments: Any,
    ) -> requests.Response:
        """Make one call and return its successful answer.

        repeatable: whether doing it twice harms nobody; None is "unless it is a POST". Only then is a lost answer Retryable.
        app_only: signed with the app's bearer token. Raises: SocialCareError.
        """
        repeatable = method != "POST" if repeatable is None else repeatable
        response = self._once(method, route, repeatable, self._app_auth() if app_only else self._auth, arguments)
        if response.status_code == 401 and not app_only and self.renew():
            # A call refused with 401 certainly did nothing, so it may be made again.
            response = self._once(method, route, repeatable, self._auth, arguments)
        if 200 <= response.status_code < 300:
            return response  # unread: a download comes as a stream
        error = classify(response.status_code, response.headers, decode(response), now=self._clock().timestamp())
        if error is None:
            return response
        if not repeatable and (response.status_code >= 500 or response.status_code == 408):
            raise OutcomeUnknown("X had trouble while taking the message: it may or may not have been sent.") from error
        raise error

    def _once(
        self, method: str, route: str, repeatable: bool, auth: AuthBase, arguments: Mapping[str, Any]
    ) -> requests.Response:
        try:
            return self.session.request(method, API + route, auth=auth, allow_redirects=False, **arguments)
        except requests.RequestException as error:
            if repeatable or never_left(error):
                raise Retryable("X could not be reached.") from error
            raise OutcomeUnknown("The connection to X broke: the message may or may not have been sent.") from error

    def _sign(self) -> AuthBase:
        own = self._own
        if own.get("access_token_secret") and own.get("auth_method") != "OAuth 2.0":
            auth: AuthBase = OAuth1(own["client_id"], own["client_secret"], own["access_token"], own["access_token_secret"])
            return auth
        return BearerAuth(own["access_token"])

    def _app_auth(self) -> AuthBase:
        if not self._own.get("bearer_token"):
            raise ConfigurationError("The app's bearer token is missing: X wants it for webhooks.")
        return BearerAuth(self._own["bearer_token"])

    def renew(self) -> bool:
        """Get new OAuth 2 tokens and store them before anything uses them; False where there is nothing to renew.

        Of several workers one asks X; the others wait for it and take what it got.

        Assumes that X gives a new refresh token each time and that the old one dies (X's pages do not say).
        Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code (read 2026-08).
        Raises: AccountNeedsLogin, ConfigurationError, Retryable.
        """
        if isinstance(self._auth, OAuth1):
            return False
        with renewing(self._stored):
            return self._renew_alone()

    def _renew_alone(self) -> bool:
        own = self._own
        stored = check_credentials(dict(self._stored))
        if stored.get("access_token", own["access_token"]) != own["access_token"]:
            own.update(stored)
            self._auth = self._sign()
            return True
        if not own.get("refresh_token") or not own.get("client_id"):
            return False
        form = {"grant_type": "refresh_token", "refresh_token": own["refresh_token"]}
        fresh = trade(self.session, own, form, self._clock)
        self._keep(fresh)
        own.update(fresh)
        self._auth = self._sign()
        return True
