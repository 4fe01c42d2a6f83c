"""Single calls to YouTube: their units, what their failures mean, and a fresh token when the old one ran out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests

from social_care.connectors.kit.http import BearerAuth, check_base_url, check_credentials, make_session, never_left
from social_care.connectors.kit.reading import mapping, moment
from social_care.connectors.kit.renewing import renewing
from social_care.connectors.youtube.errors import classify, used_up
from social_care.connectors.youtube.quota import LIST, WRITE, Quota
from social_care.connectors.youtube.tokens import API, OAUTH, decode, trade
from social_care.core.accounts import Account
from social_care.core.errors import AccountNeedsLogin, OutcomeUnknown, Retryable
from social_care.core.ports import Clock, KeepCredentials

RENEWED_BEFORE = timedelta(minutes=2)
"""A token that ends within so long is renewed first: a call that is refused for it takes units, too."""


class Calls:
    """Calls with one account's credentials. None sleeps, none follows a redirect, each has a time-out.

    credentials: may be a live view of what is stored; then a token that another worker has just renewed is taken up.
    """

    def __init__(self, account: Account, credentials: Mapping[str, str], keep: KeepCredentials, clock: Clock) -> None:
        self._stored = credentials
        self._own = check_credentials(dict(credentials))
        self._keep, self._clock = keep, clock
        self._ends: datetime | None = moment(self._own.get("token_expires_at")) or account.token_expires_at
        self.scopes: tuple[str, ...] = ()
        self.quota = Quota(account, self._own["client_id"], clock)
        base = self._own.get("api_base_url") or account.options.get("api_base_url", "")
        self.session = make_session(rewritten=dict.fromkeys((API, OAUTH), check_base_url(base)) if base else {})

    def get(self, resource: str, *, for_answers: bool = False, **params: Any) -> dict[str, Any]:
        """Ask for something and return the answer. for_answers: as `Quota.take`. Raises: SocialCareError."""
        body = decode(self._call("GET", resource, LIST, for_answers=for_answers, repeatable=True, params=params))
        if not isinstance(body, dict):
            raise Retryable("YouTube's answer could not be read.")
        return body

    def write(self, method: str, resource: str, **arguments: Any) -> dict[str, Any]:
        """Change something and return the answer, {} where it cannot be read. A lost answer is OutcomeUnknown.

        Raises: SocialCareError.
        """
        return mapping(decode(self._call(method, resource, WRITE, for_answers=True, repeatable=False, **arguments)))

    def _call(
        self, method: str, resource: str, units: int, *, for_answers: bool, repeatable: bool, **arguments: Any
    ) -> requests.Response:
        if "access_token" not in self._own or (self._ends and self._ends - self._clock() <= RENEWED_BEFORE):
            self.quota.check(units, for_answers=for_answers)
            self.renew()
        response = self._once(method, resource, units, for_answers, repeatable, arguments)
        if response.status_code == 401 and self.renew():
            # A call refused with 401 certainly did nothing, so it may be made again.
            response = self._once(method, resource, units, for_answers, repeatable, arguments)
        body = None if 200 <= response.status_code < 300 else decode(response)
        refusal = classify(response.status_code, response.headers, body, now=self._clock().timestamp())
        if refusal is None:
            return response
        if used_up(response.status_code, body):
            self.quota.close_day()
        if not repeatable and (response.status_code >= 500 or response.status_code in (408, 409)):
            raise OutcomeUnknown("YouTube had trouble while taking this: it may or may not have happened.") from refusal
        raise refusal

    def _once(
        self, method: str, resource: str, units: int, for_answers: bool, repeatable: bool, arguments: Mapping[str, Any]
    ) -> requests.Response:
        self.quota.take(units, for_answers=for_answers)
        auth = BearerAuth(self._own["access_token"])
        try:
            return self.session.request(method, f"{API}/youtube/v3/{resource}", auth=auth, **arguments)
        except requests.RequestException as error:
            if repeatable or never_left(error):
                raise Retryable("YouTube could not be reached.") from error
            raise OutcomeUnknown("The connection to YouTube broke: it may or may not have happened.") from error

    def renew(self, *, ask: bool = False) -> bool:
        """Get a new access token and store it before anything uses it; True when there is another one than before.

        Of several workers one asks Google; the others wait for it and take what it got, but with `ask`. Google goes on
        taking the same refresh token. Raises: AccountNeedsLogin, ConfigurationError, Retryable.
        """
        with renewing(self._stored):
            stored = check_credentials(dict(self._stored))
            if not ask and stored.get("access_token", "") not in ("", self._own.get("access_token", "")):
                self._own.update(stored)
                self._ends = moment(stored.get("token_expires_at"))
                return True
            return self._renew_alone()

    def _renew_alone(self) -> bool:
        if not self._own.get("refresh_token"):
            raise AccountNeedsLogin("This account has no refresh token: sign in again.")
        form = {"grant_type": "refresh_token", "refresh_token": self._own["refresh_token"]}
        fresh = trade(self.session, self._own, form, self._clock)
        self.scopes = tuple(fresh.pop("scope").split())
        self._keep(fresh)
        self._own.update(fresh)
        self._ends = moment(fresh["token_expires_at"])
        return True
