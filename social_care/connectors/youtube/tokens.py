"""Google's token endpoint: trading a code or a refresh token for an access token, and what its refusals mean.

Source: https://developers.google.com/identity/protocols/oauth2/web-server (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests

from social_care.connectors.kit.http import NoAuth, check_credentials
from social_care.connectors.kit.reading import load_json, mapping, number, text
from social_care.connectors.youtube.errors import classify
from social_care.core.errors import AccountNeedsLogin, ConfigurationError, RateLimited, Retryable, UnreadablePayload
from social_care.core.ports import Clock

API = "https://youtube.googleapis.com"
OAUTH = "https://oauth2.googleapis.com"
TOKEN = OAUTH + "/token"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
"""Reads comments, writes them and moderates them. Source: https://developers.google.com/youtube/v3/docs/comments/insert."""
LIFE_S = 3600
"""Seconds that an access token lives where Google does not tell."""


def trade(session: requests.Session, app: Mapping[str, str], form: Mapping[str, str], clock: Clock) -> dict[str, str]:
    """Trade what is in the form for an access token, as fields of the account, with its end; and `scope`, as Google says it.

    app: `client_id`, `client_secret`. Raises: AccountNeedsLogin, ConfigurationError, Retryable.
    """
    full = {**form, "client_id": app["client_id"], "client_secret": app["client_secret"]}
    try:
        response = session.request("POST", TOKEN, auth=NoAuth(), data=full)
    except requests.RequestException as error:
        raise Retryable("Google could not be reached.") from error
    answer = mapping(decode(response))
    fresh = {name: value for name in ("access_token", "refresh_token") if (value := text(answer.get(name)))}
    if response.status_code >= 300 or "access_token" not in fresh:
        refusal = classify(response.status_code, response.headers, answer, now=clock().timestamp())
        if isinstance(refusal, (AccountNeedsLogin, ConfigurationError)):
            raise refusal
        wait_s = refusal.retry_after_s if isinstance(refusal, RateLimited) else None
        raise Retryable("Google could not renew the account's token at the moment.", retry_after_s=wait_s)
    expires = clock() + timedelta(seconds=number(answer.get("expires_in")) or LIFE_S)
    found = {**check_credentials(fresh), "token_expires_at": expires.isoformat(timespec="seconds")}
    return {**found, "scope": text(answer.get("scope")) or ""}


def decode(response: requests.Response) -> Any:
    """Return the JSON of an answer, None where it is none."""
    try:
        return load_json(response.content)
    except UnreadablePayload:
        return None
