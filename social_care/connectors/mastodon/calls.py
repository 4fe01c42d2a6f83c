"""Single calls to a server: what their failures mean, and what it says of its limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import requests

from social_care.connectors.kit.http import BearerAuth, check_base_url, check_credentials, make_session, never_left
from social_care.connectors.kit.reading import load_json, moment, moment_from_epoch, number
from social_care.connectors.mastodon.errors import classify
from social_care.core.errors import OutcomeUnknown, Retryable, UnreadablePayload
from social_care.core.ports import Clock


class Calls:
    """Calls with one account's token. None sleeps, none follows a redirect, each has a time-out.

    Raises: ConfigurationError when the server's address or the token cannot be used.
    """

    def __init__(self, credentials: Mapping[str, str], clock: Clock) -> None:
        own = check_credentials(credentials)
        self.base = check_base_url(own["api_base_url"])
        self._auth = BearerAuth(own["access_token"])
        self._clock = clock
        self.origin = "/".join(self.base.split("/")[:3])
        # An address of this machine is "rewritten" to itself: no proxy of the machine can reach it.
        self.session = make_session(rewritten={self.origin: self.origin} if self.origin.startswith("http://") else None)

    def get(self, path: str, **params: Any) -> requests.Response:
        """Ask for something. Raises: SocialCareError."""
        return self.call("GET", path, repeatable=True, params=params)

    def call(self, method: str, path: str, *, repeatable: bool, **arguments: Any) -> requests.Response:
        """Make one call and return its successful answer.

        repeatable: whether doing it twice harms nobody. Only then is a lost answer Retryable. Raises: SocialCareError.
        """
        try:
            response = self.session.request(method, self.base + path, auth=self._auth, **arguments)
        except requests.RequestException as error:
            if repeatable or never_left(error):
                raise Retryable("The Mastodon server could not be reached.") from error
            raise OutcomeUnknown("The connection broke: the message may or may not have been sent.") from error
        refusal = classify(response.status_code, response.headers, decode(response), now=self._clock().timestamp())
        if refusal is None:
            return response
        if not repeatable and (response.status_code >= 500 or response.status_code in (408, 409)):
            raise OutcomeUnknown("The server had trouble while taking the message: it may have been sent.") from refusal
        raise refusal


def decode(response: requests.Response) -> Any:
    """Return the JSON of an answer, None where it is none."""
    try:
        return load_json(response.content)
    except UnreadablePayload:
        return None


def limits_left(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the server says is left of its limit. Source: https://docs.joinmastodon.org/api/rate-limits/."""
    limit, left = number(headers.get("x-ratelimit-limit")), number(headers.get("x-ratelimit-remaining"))
    given = headers.get("x-ratelimit-reset")
    reset = moment_from_epoch(given) or moment(given)
    if limit is None or left is None:
        return ()
    return (f"calls: {left} of {limit} left" + (f", until {reset:%H:%M} UTC" if reset else ""),)


def covers(scopes: Collection[str], wanted: str) -> bool:
    """Tell whether a token's scopes include one, by itself or as part of a larger one."""
    return wanted in scopes or wanted.split(":")[0] in scopes
