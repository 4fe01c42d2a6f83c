"""Single calls to Meta's Graph API: signed, timed, slowed down before Meta does it, and without a token in any address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from social_care.connectors.kit.http import (
    BearerAuth,
    check_base_url,
    check_credentials,
    make_session,
    never_left,
)
from social_care.connectors.kit.reading import load_json, mapping, number
from social_care.connectors.kit.signatures import sign_sha256
from social_care.connectors.meta import usage
from social_care.connectors.meta.errors import certainly_refused, classify
from social_care.connectors.meta.options import option
from social_care.core.accounts import Account
from social_care.core.errors import (
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retryable,
    TargetGone,
    UnreadablePayload,
)

GRAPH = "https://graph.facebook.com"
INSTAGRAM_GRAPH = "https://graph.instagram.com"
DEFAULT_VERSION = "v25.0"
"""Source: https://developers.facebook.com/docs/graph-api/changelog (until 2028-07-29; read 2026-11)."""
DEFAULT_THRESHOLD = 90
SLOW_DOWN_S = 300.0
"""How long an account waits when a limit is nearly used up and Meta does not say for how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful answer: its JSON object (whose addresses of next pages hold our token) and its headers."""

    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class Graph:
    """Calls with one account's token.

    Options of the account: `graph_version` ("v25.0"), `usage_threshold` (percent of a limit after which reading pauses, 90).
    Raises: ConfigurationError for what cannot be sent.
    """

    def __init__(self, account: Account, credentials: Mapping[str, str], *, title: str, host: str = GRAPH) -> None:
        own = check_credentials(credentials)
        base = own.get("api_base_url") or account.options.get("api_base_url", "")
        self.base = check_base_url(base) if base else ""
        self.host, self.title = host, title
        self._version = version_of(account)
        threshold = number(option(account, "usage_threshold"))
        self._threshold = DEFAULT_THRESHOLD if threshold is None else threshold
        self._token, self._secret = own["access_token"], own.get("client_secret", "")
        self._slow_s: float | None = None
        self.session = make_session(rewritten={host: self.base} if self.base else {})

    def get(self, path: str, **params: Any) -> Answer:
        """Read something. Raises: SocialCareError; RateLimited also before Meta asks for it."""
        if self._slow_s is not None:
            raise RateLimited(
                f"{self.title}'s limit for this account is nearly used up, so reading pauses for a while.",
                retry_after_s=self._slow_s,
            )
        return self.call("GET", path, repeatable=True, params=params)

    def look(self, path: str, *, fields: str, misfit: str) -> Answer:
        """Read what the account stands for. Raises: SocialCareError; ConfigurationError with `misfit` where it is not that.

        Meta answers a wrong app secret with the code for a field that is not there. Where even the token's owner cannot be
        read without such fields, it is the secret.
        Source: https://developers.facebook.com/docs/graph-api/guides/secure-requests (read 2026-11); the code is unsure.
        """
        try:
            return self.get(path, fields=fields)
        except TargetGone as error:
            raise ConfigurationError(misfit) from error
        except Refused as error:
            if isinstance(error, NotAllowed):
                raise
            try:
                self.get("me", fields="id")
            except Refused:
                raise ConfigurationError(
                    f"{self.title} does not accept the app secret: copy it again from Meta's app dashboard, under App"
                    " settings, Basic."
                ) from error
            raise ConfigurationError(misfit) from error

    def post(self, path: str, *, repeatable: bool = False, **arguments: Any) -> Answer:
        """Write something. A lost answer, or trouble at Meta, is OutcomeUnknown unless doing it twice harms nobody."""
        return self.call("POST", path, repeatable=repeatable, **arguments)

    def delete(self, path: str, **arguments: Any) -> Answer:
        """Delete something, or take something back. Doing it twice harms nobody, but what is lost is OutcomeUnknown."""
        return self.call("DELETE", path, repeatable=False, **arguments)

    def call(self, method: str, path: str, *, repeatable: bool, **arguments: Any) -> Answer:
        """Make one call and return its successful answer. Raises: SocialCareError."""
        params = dict(arguments.pop("params", None) or {})
        if self._secret and self.host == GRAPH:
            params["appsecret_proof"] = appsecret_proof(self._secret, self._token)
        address = f"{self.host}/{self._version}/{path.lstrip('/')}"
        try:
            response = self.session.request(
                method, address, auth=BearerAuth(self._token), allow_redirects=False, params=params, **arguments
            )
        except requests.RequestException as error:
            if repeatable or never_left(error):
                raise Retryable(f"{self.title} could not be reached.") from error
            raise OutcomeUnknown(
                f"The connection to {self.title} broke: the message may or may not have been sent."
            ) from error
        return self._read(response, repeatable)

    def open(self, url: str) -> requests.Response:
        """Open a file of Meta's that wants our token, as a stream; the token goes to no other host.

        Raises: SocialCareError.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        host = parts.hostname or ""
        known = parts.scheme == "https" and host.endswith((".fbsbx.com", ".fbcdn.net", ".facebook.com"))
        if not known and not (self.base and origin == self.base):
            raise NotAllowed(f"{self.title} named an address for this file that is not its own.")
        try:
            response = self.session.get(url, auth=BearerAuth(self._token), stream=True, allow_redirects=False)
        except requests.RequestException as error:
            raise Retryable("The file could not be fetched.") from error
        if response.status_code != 200:
            response.close()
            if response.status_code in {401, 403, 404, 410}:
                raise TargetGone("The file is no longer there.")
            raise Retryable("The file's server gave no file.")
        return response

    def _read(self, response: requests.Response, repeatable: bool) -> Answer:
        if usage.percent_used(response.headers) >= self._threshold:
            self._slow_s = usage.regain_s(response.headers) or SLOW_DOWN_S
        try:
            body = mapping(load_json(response.content))
        except UnreadablePayload:
            body = {}
        error = classify(self.title, response.status_code, response.headers, body)
        if error is not None:
            if not repeatable and not certainly_refused(error):
                raise OutcomeUnknown(
                    f"{self.title} had trouble while taking the message: it may or may not have been sent."
                ) from error
            raise error
        if not body and repeatable:
            raise Retryable(f"{self.title}'s answer could not be read.")
        return Answer(body=body, headers=response.headers)


def version_of(account: Account) -> str:
    """Return the version of the Graph API that an account uses. Raises: ConfigurationError."""
    version = option(account, "graph_version") or DEFAULT_VERSION
    if not re.fullmatch(r"v\d{1,3}\.\d", version):
        raise ConfigurationError("The Graph API version has to look like v25.0.")
    return version


def appsecret_proof(secret: str, token: str) -> str:
    """Return the proof that we know the app's secret.

    Source: https://developers.facebook.com/docs/graph-api/guides/secure-requests (read 2026-11).
    """
    return sign_sha256(secret, token.encode()).hex()
