"""Who is calling: OAuth 2 tokens of Google, the page on which a person lets an app in, and the token endpoint.

Source: https://developers.google.com/identity/protocols/oauth2/web-server (2026-11)
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlencode

from social_care.sandbox.server import Request, Response, json_response
from social_care.sandbox.youtube.model import Channel
from social_care.sandbox.youtube.problems import Problem

LIFE = timedelta(hours=1)
CODE_LIFE = timedelta(minutes=10)
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
CLIENT_ID = "480312990001-sandbox.apps.googleusercontent.com"
REQUIRED = ("client_id", "redirect_uri", "scope", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What belongs into a Social Account. All of it is made up and opens only the sandbox."""

    client_id: str
    client_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class _Grant:
    channel: str
    scope: str
    ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    channel: str
    asked: dict[str, str]
    ends: datetime


class Access:
    """The app's keys, everybody's tokens, and the codes that can be traded once. scope: what people grant."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.client_secret = _make("client secret", 35)
        self.clear()

    def clear(self) -> None:
        """Forget every token."""
        self.scope = SCOPE
        self._live: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}
        self._codes: dict[str, _Code] = {}
        self._count = 0

    def credentials(self, channel: Channel) -> Credentials:
        """Return working credentials of a channel."""
        self._count += 1
        refresh = "1//0" + _make(f"refresh {channel.id} {self._count}", 60)
        self._refresh[refresh] = _Grant(channel=channel.id, scope=self.scope)
        return Credentials(
            client_id=CLIENT_ID,
            client_secret=self.client_secret,
            access_token=self._issue(self._refresh[refresh]),
            refresh_token=refresh,
        )

    def _issue(self, grant: _Grant) -> str:
        self._count += 1
        token = "ya29." + _make(f"access {grant.channel} {self._count}", 80)
        self._live[token] = _Grant(channel=grant.channel, scope=grant.scope, ends=self._clock() + LIFE)
        return token

    def expire(self, channel: Channel) -> None:
        """End a channel's access tokens now; its refresh tokens still work."""
        self._live = {token: grant for token, grant in self._live.items() if grant.channel != channel.id}

    def revoke(self, channel: Channel) -> None:
        """Take the app's access away, as a person does in the Google account."""
        self.expire(channel)
        self._refresh = {token: grant for token, grant in self._refresh.items() if grant.channel != channel.id}

    def identify(self, request: Request) -> str:
        """Return the calling channel's id. Raises: Problem (401, 403)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._live.get(token.strip()) if scheme.lower() == "bearer" else None
        if grant is None or grant.ends is None or grant.ends <= self._clock():
            raise Problem(401, "authError", "Invalid Credentials", "global")
        if SCOPE not in grant.scope.split():
            raise Problem(403, "insufficientPermissions", "Request had insufficient authentication scopes.", "global")
        return grant.channel

    # --- OAuth ------------------------------------------------------------------------------------------------------
    def consent(self, request: Request, channels: Iterable[Channel]) -> Response:
        """Show Google's page; with `as` (a handle, "" for a refusal) send the person back to the app."""
        asked = dict(request.query)
        if asked.get("response_type") != "code" or asked.get("client_id") != CLIENT_ID or not all(map(asked.get, REQUIRED)):
            return Response(status=400, body=b"Access blocked: this app's request is invalid")
        if "as" not in asked:
            return Response(body=_page(asked, channels).encode(), content_type="text/html; charset=utf-8")
        chosen = next((one for one in channels if one.handle == asked["as"]), None)
        back = {"state": asked["state"], "error": "access_denied"}
        if chosen is not None:
            code = token_urlsafe(32)
            self._codes[code] = _Code(channel=chosen.id, asked=asked, ends=self._clock() + CODE_LIFE)
            back = {"state": asked["state"], "code": code, "scope": self.scope}
        joined = "&" if "?" in asked["redirect_uri"] else "?"
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}{joined}{urlencode(back)}"})

    def trade(self, request: Request) -> Response:
        """Answer POST /token. A refresh token stays good; another one comes only with `offline` and `consent`."""
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        secret = form.get("client_secret", "")
        if form.get("client_id") != CLIENT_ID or not hmac.compare_digest(secret.encode(), self.client_secret.encode()):
            return _refuse(401, "invalid_client", "The OAuth client was not found.")
        if form.get("grant_type") == "refresh_token":
            grant = self._refresh.get(form.get("refresh_token", ""))
            if grant is None:
                return _refuse(400, "invalid_grant", "Token has been expired or revoked.")
            return _tokens(self._issue(grant), grant.scope)
        if form.get("grant_type") != "authorization_code":
            return _refuse(400, "unsupported_grant_type", "Invalid grant_type")
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.ends < self._clock() or not _proves(code.asked, form):
            return _refuse(400, "invalid_grant", "Malformed auth code.")
        grant, refresh = _Grant(channel=code.channel, scope=self.scope), ""
        if code.asked.get("access_type") == "offline" and code.asked.get("prompt") == "consent":
            refresh = "1//0" + token_urlsafe(45)
            self._refresh[refresh] = grant
        return _tokens(self._issue(grant), grant.scope, refresh)


def _proves(asked: dict[str, str], form: dict[str, str]) -> bool:
    """Return whether the code is traded by whoever asked for it (PKCE), for the same address."""
    digest = base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    challenge = asked.get("code_challenge", "")
    return form.get("redirect_uri") == asked["redirect_uri"] and (not challenge or hmac.compare_digest(digest, challenge))


def _tokens(access: str, scope: str, refresh: str = "") -> Response:
    found = {"access_token": access, "expires_in": int(LIFE.total_seconds()) - 1, "scope": scope, "token_type": "Bearer"}
    return json_response(200, found | ({"refresh_token": refresh} if refresh else {}))


def _refuse(status: int, code: str, text: str) -> Response:
    return json_response(status, {"error": code, "error_description": text})


def _page(asked: dict[str, str], channels: Iterable[Channel]) -> str:
    links = [("refuse", ""), *((f"let it in as @{one.handle}", one.handle) for one in channels)]
    lines = (
        f'<li><a href="{escape("?" + urlencode({**asked, "as": handle}))}">{escape(label)}</a></li>'
        for label, handle in links
    )
    return f"<!doctype html><title>Google sandbox</title><h1>An app wants access</h1><ul>{''.join(lines)}</ul>"


def _make(label: str, length: int) -> str:
    digest = b"".join(sha256(f"sandbox {label} {number}".encode()).digest() for number in range(3))
    return base64.urlsafe_b64encode(digest).decode().replace("=", "")[:length]
