"""Who is calling: OAuth 1.0a with a verified signature, OAuth 2 user tokens that expire and rotate, app-only tokens."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from urllib.parse import parse_qsl, quote, unquote

from social_care.sandbox.server import Request
from social_care.sandbox.x.model import User
from social_care.sandbox.x.problems import Problem, unauthorized

OAUTH2_LIFE = timedelta(hours=2)
"""Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code (2026-11-21)"""
HOSTS = ("https://api.x.com", "https://api.twitter.com", "https://upload.x.com", "https://upload.twitter.com")
FULL_ACCESS = "read-write-directmessages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the owner of an account pastes into an app. All of it is made up and opens only the sandbox."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str
    access_token_secret: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    oauth2_access_token: str = field(repr=False)
    oauth2_refresh_token: str = field(repr=False)
    bearer_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller. user_id None: the app itself. kind: `oauth1`, `oauth2` or `app`; token: what limits are counted by."""

    user_id: str | None
    kind: str
    token: str
    access: str = FULL_ACCESS


@dataclass(slots=True, kw_only=True)
class _Grant:
    user_id: str
    kind: str
    secret: str = ""
    access: str = FULL_ACCESS
    expires_at: datetime | None = None


class Keyring:
    """The app's keys and everybody's tokens. The same names give the same keys, so that a restart changes none of them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.consumer_key = _make("consumer key", 25)
        self.consumer_secret = _make("consumer secret", 50)
        self.client_id = _make("client id", 34)
        self.client_secret = _make("client secret", 50)
        self.bearer_token = "AAAAAAAAAAAAAAAAAAAAA" + _make("bearer", 60)
        self.clear()

    def clear(self) -> None:
        """Forget every user's tokens."""
        self._grants: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}
        self._issued: dict[str, Credentials] = {}
        self._count = 0

    def credentials(self, user: User, access: str = FULL_ACCESS) -> Credentials:
        """Return a user's working credentials, made at the first time (and again after a revocation).

        access: `read`, `read-write` or `read-write-directmessages`; it counts when they are made.
        """
        if user.id not in self._issued:
            self._count += 1
            label = f"{user.handle} {self._count}"
            token = f"{user.id}-{_make('token ' + label, 30)}"
            secret = _make("secret " + label, 45)
            self._grants[token] = _Grant(user_id=user.id, kind="oauth1", secret=secret, access=access)
            bearer, refresh = self._issue_pair(user.id, access)
            self._issued[user.id] = Credentials(
                consumer_key=self.consumer_key,
                consumer_secret=self.consumer_secret,
                access_token=token,
                access_token_secret=secret,
                client_id=self.client_id,
                client_secret=self.client_secret,
                oauth2_access_token=bearer,
                oauth2_refresh_token=refresh,
                bearer_token=self.bearer_token,
            )
        return self._issued[user.id]

    def _issue_pair(self, user_id: str, access: str) -> tuple[str, str]:
        self._count += 1
        bearer = _make(f"access {user_id} {self._count}", 60)
        refresh = _make(f"refresh {user_id} {self._count}", 60)
        expires = self._clock() + OAUTH2_LIFE
        self._grants[bearer] = _Grant(user_id=user_id, kind="oauth2", access=access, expires_at=expires)
        self._refresh[refresh] = _Grant(user_id=user_id, kind="oauth2", access=access)
        return bearer, refresh

    def let_in(self, user_id: str) -> tuple[str, str]:
        """Return a new pair of OAuth 2 tokens of a user who let the app in."""
        return self._issue_pair(user_id, FULL_ACCESS)

    def has_authorized(self, user_id: str) -> bool:
        """Return whether a user let the app in."""
        return any(grant.user_id == user_id for grant in self._grants.values())

    def revoke_user(self, user_id: str) -> None:
        """Kill every token of a user, as when they remove the app."""
        self._grants = {token: grant for token, grant in self._grants.items() if grant.user_id != user_id}
        self._refresh = {token: grant for token, grant in self._refresh.items() if grant.user_id != user_id}
        self._issued.pop(user_id, None)

    def expire_user(self, user_id: str) -> None:
        """End the life of a user's OAuth 2 access tokens now; the refresh token still works."""
        for grant in self._grants.values():
            if grant.user_id == user_id and grant.kind == "oauth2":
                grant.expires_at = self._clock()

    def revoke_token(self, token: str) -> bool:
        """Kill one token, of either sort; return whether there was such a one."""
        return (self._grants.pop(token, None) or self._refresh.pop(token, None)) is not None

    def refresh(self, token: str) -> tuple[str, str] | None:
        """Trade a refresh token for a new pair; the old one dies with it. None: it is no good (any more).

        That the old token dies is not documented by X; a client has to be ready for it.
        """
        grant = self._refresh.pop(token, None)
        return self._issue_pair(grant.user_id, grant.access) if grant else None

    def identify(self, request: Request) -> Principal:
        """Return the caller. Raises: Problem (401)."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._bearer(rest.strip())
        if scheme.lower() == "oauth":
            return self._oauth1(request, rest)
        raise unauthorized()

    def client_matches(self, client_id: str, secret: str | None) -> bool:
        """Return whether an app's id (and its secret, None for a public client) are right."""
        return client_id == self.client_id and (secret is None or hmac.compare_digest(secret, self.client_secret))

    def _bearer(self, token: str) -> Principal:
        if hmac.compare_digest(token.encode(), self.bearer_token.encode()):
            return Principal(user_id=None, kind="app", token="app")  # noqa: S106
        grant = self._grants.get(token)
        if grant is None or grant.kind != "oauth2" or (grant.expires_at and grant.expires_at <= self._clock()):
            raise unauthorized()
        return Principal(user_id=grant.user_id, kind="oauth2", token=grant.user_id, access=grant.access)

    def _oauth1(self, request: Request, header: str) -> Principal:
        given = _parse_oauth_header(header)
        grant = self._grants.get(given.get("oauth_token", ""))
        if grant is None or grant.kind != "oauth1" or given.get("oauth_consumer_key") != self.consumer_key:
            raise unauthorized()
        if given.get("oauth_signature_method") != "HMAC-SHA1" or not self._signature_fits(request, given, grant.secret):
            raise unauthorized()
        return Principal(user_id=grant.user_id, kind="oauth1", token=grant.user_id, access=grant.access)

    def _signature_fits(self, request: Request, given: dict[str, str], secret: str) -> bool:
        signature = given.pop("oauth_signature", "")
        given.pop("realm", None)
        pairs = [*given.items(), *request.pairs]
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
        normalized = "&".join(f"{name}={value}" for name, value in sorted((_enc(k), _enc(v)) for k, v in pairs))
        key = f"{_enc(self.consumer_secret)}&{_enc(secret)}".encode()
        own = "http://" + request.headers.get("host", "")
        for host in (*HOSTS, own):
            base = "&".join((request.method, _enc(host + request.path), _enc(normalized)))
            digest = base64.b64encode(hmac.new(key, base.encode(), sha1).digest()).decode()
            if hmac.compare_digest(digest, signature):
                return True
        return False


def _enc(text: str) -> str:
    return quote(text, safe="~")


def _parse_oauth_header(header: str) -> dict[str, str]:
    given = {}
    for part in header.split(","):
        name, equals, value = part.strip().partition("=")
        if equals:
            given[unquote(name)] = unquote(value.strip('"'))
    return given


def _make(label: str, length: int) -> str:
    digest = b"".join(sha256(f"sandbox {label} {i}".encode()).digest() for i in range(3))
    return base64.b64encode(digest, altchars=b"Aa").decode().rstrip("=")[:length]


def check_access(principal: Principal, needed: str) -> bool:
    """Return whether a caller's permission covers `read`, `write` or `dm`."""
    return {"read": True, "write": "write" in principal.access, "dm": principal.access == FULL_ACCESS}[needed]


def needs(problem: Problem, met: bool) -> None:
    """Raise the problem unless the condition is met."""
    if not met:
        raise problem
