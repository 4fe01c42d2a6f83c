"""X's token endpoint: trading a code or a refresh token for new tokens, and what its refusals mean.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code,
https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token (read 2026-08).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests

from social_care.connectors.kit.http import NoAuth, check_credentials
from social_care.connectors.kit.reading import load_json, mapping, number, text
from social_care.connectors.x.errors import LOGIN, classify
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, RateLimited, Retryable, UnreadablePayload
from social_care.core.ports import Clock

API = "https://api.x.com"
TOKEN = API + "/2/oauth2/token"
LIFE_S = 7200
"""Seconds that an access token lives where X does not tell."""


def trade(session: requests.Session, app: Mapping[str, str], form: Mapping[str, str], clock: Clock) -> dict[str, str]:
    """Trade what is in the form for tokens, as fields of the account with the moment when the access token ends.

    app: `client_id`, and `client_secret` of a confidential client. Raises: AccountNeedsLogin, ConfigurationError, Retryable.
    """
    secret = app.get("client_secret")
    auth = requests.auth.HTTPBasicAuth(app["client_id"], secret) if secret else NoAuth()
    full = {**form, "client_id": app["client_id"]}
    try:
        response = session.request("POST", TOKEN, auth=auth, allow_redirects=False, data=full)
    except requests.RequestException as error:
        raise Retryable("X could not be reached.") from error
    answer = mapping(decode(response))
    fresh = {name: value for name in ("access_token", "refresh_token") if (value := text(answer.get(name)))}
    if response.status_code >= 300 or "access_token" not in fresh:
        _refuse(response, answer, clock)
    expires = clock() + timedelta(seconds=number(answer.get("expires_in")) or LIFE_S)
    return {**check_credentials(fresh), "token_expires_at": expires.isoformat(timespec="seconds")}


def decode(response: requests.Response) -> Any:
    """Return the JSON of an answer, None where it is none."""
    try:
        return load_json(response.content)
    except UnreadablePayload:
        return None


def _refuse(response: requests.Response, answer: Mapping[str, Any], clock: Clock) -> None:
    """Raise what a refusal means. OAuth 2 names its errors in `error` (RFC 6749, section 5.2)."""
    if text(answer.get("error")) in {"invalid_client", "unauthorized_client"}:
        raise ConfigurationError("X does not know this app: check the client id and client secret.")
    if 400 <= response.status_code < 404:
        raise AccountNeedsLogin(LOGIN[1])
    error = classify(response.status_code, response.headers, answer, now=clock().timestamp())
    wait_s = error.retry_after_s if isinstance(error, RateLimited) else None
    raise Retryable("X could not renew the account's token at the moment.", retry_after_s=wait_s)
