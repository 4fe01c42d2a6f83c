"""The OAuth 2 endpoints: trade a code or a refresh token, revoke a token.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token (2026-11-21)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from social_care.sandbox.server import Request, Response, json_response
from social_care.sandbox.x.auth import OAUTH2_LIFE, Keyring
from social_care.sandbox.x.consent import Consent

SCOPES = "tweet.read tweet.write users.read dm.read dm.write media.write tweet.moderate.write offline.access"


def handle_token_call(keyring: Keyring, consent: Consent, request: Request) -> Response:
    """Answer POST /2/oauth2/token and POST /2/oauth2/revoke."""
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    if not _client_is_known(keyring, request, form):
        return _error(401, "unauthorized_client", "Missing valid authorization header")
    if request.path.endswith("/revoke"):
        keyring.revoke_token(form.get("token", ""))
        return json_response(200, {"revoked": True})
    if form.get("grant_type") == "authorization_code":
        verifier = form.get("code_verifier", "")
        who = consent.trade(form.get("code", ""), form.get("redirect_uri", ""), verifier)
        pair = keyring.let_in(who) if who else None
    elif form.get("grant_type") == "refresh_token":
        pair = keyring.refresh(form.get("refresh_token", ""))
    else:
        return _error(400, "unsupported_grant_type", "The sandbox knows authorization_code and refresh_token.")
    if pair is None:
        return _error(400, "invalid_request", "Value passed for the token was invalid.")
    data = {
        "token_type": "bearer",
        "expires_in": int(OAUTH2_LIFE.total_seconds()),
        "access_token": pair[0],
        "scope": SCOPES,
        "refresh_token": pair[1],
    }
    return json_response(200, data)


def _client_is_known(keyring: Keyring, request: Request, form: Mapping[str, str]) -> bool:
    """Return whether a confidential client (Basic) or a public one (client_id in the body) shows itself."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return keyring.client_matches(form.get("client_id", ""), None)
    try:
        client_id, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return keyring.client_matches(unquote(client_id), unquote(secret))


def _error(status: int, code: str, text: str) -> Response:
    return json_response(status, {"error": code, "error_description": text})
