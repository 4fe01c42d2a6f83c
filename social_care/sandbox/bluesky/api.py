"""Calls under /xrpc/: who may make them, what they check, what they answer.

Source: the lexicons of https://github.com/bluesky-social/atproto, and packages/pds for refusals (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from social_care.sandbox.bluesky.state import Grant, State, User
from social_care.sandbox.bluesky.views import Views
from social_care.sandbox.faults import Faults
from social_care.sandbox.server import Request, Response, json_response

CHAT_PROXY = "did:web:api.bsky.chat#bsky_chat"
WINDOW = timedelta(minutes=5)
LIMITS = {"com.atproto.server.createSession": 30, "": 3000}
"""Calls in five minutes; "" is for all others together.
Source: https://docs.bsky.app/docs/advanced-guides/rate-limits (read 2026-11)."""
OPEN = frozenset({"com.atproto.server.createSession", "com.atproto.server.refreshSession"})


class XrpcError(Exception):
    """A refusal with its name."""

    def __init__(self, status: int, name: str, message: str = "") -> None:
        super().__init__(message or name)
        self.status = status
        self.name = name


@dataclass(frozen=True, slots=True)
class Call:
    """One call that passed the gate. user: who makes it, None where nobody has to be known."""

    request: Request
    name: str
    user: User | None
    views: Views

    @property
    def me(self) -> User:
        """Return who makes the call."""
        assert self.user is not None  # noqa: S101
        return self.user

    def all(self, parameter: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for key, value in self.request.pairs if key == parameter]

    def one(self, parameter: str) -> str:
        """Return a parameter that has to be there. Raises: XrpcError."""
        value = self.request.query.get(parameter)
        if value is None:
            raise XrpcError(400, "InvalidRequest", f'Error: Params must have the property "{parameter}"')
        return value

    def body(self) -> dict[str, Any]:
        """Return the JSON body. Raises: XrpcError."""
        try:
            return self.request.fields()
        except ValueError as error:
            raise XrpcError(400, "InvalidRequest", "The body is no JSON object.") from error


Handler = Callable[[Call], Any]


@dataclass(slots=True)
class Window:
    """One window of a limit."""

    ends: datetime
    count: int = 0


@dataclass(slots=True)
class Api:
    """The calls there are, by name."""

    state: State
    faults: Faults
    base_url: Callable[[], str]
    limits: Mapping[str, int] = field(default_factory=dict)
    handlers: dict[str, tuple[str, Handler]] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)

    def add(self, method: str, name: str, handler: Handler) -> None:
        """Add a call."""
        self.handlers[name] = (method, handler)

    def handle(self, request: Request) -> Response:
        """Answer a call."""
        name = request.path.removeprefix("/xrpc/")
        with self.state.lock:
            allowed, headers = self._count(name)
            if not allowed:
                return json_response(429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, headers)
            try:
                answer = self._answer(name, request)
            except XrpcError as error:
                return json_response(error.status, {"error": error.name, "message": str(error)}, headers)
        return json_response(200, answer, headers)

    def _answer(self, name: str, request: Request) -> Any:
        if name not in self.handlers:
            raise XrpcError(501, "MethodNotImplemented", "Method Not Implemented")
        method, handler = self.handlers[name]
        if request.method != method:
            raise XrpcError(400, "InvalidRequest", f"Incorrect HTTP method, expected {method}")
        user = None if name in OPEN else self._caller(name, request)
        views = Views(self.state, user.did if user else "", self.base_url())
        return handler(Call(request, name, user, views))

    def _caller(self, name: str, request: Request) -> User:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            raise XrpcError(401, "AuthMissing", "Authentication Required")
        grant = self.admit(self.state.access, token)
        if name.startswith("chat.") and grant.scope == "com.atproto.appPass":
            raise XrpcError(400, "InvalidToken", "Bad token method")
        if name.startswith("chat.") != (request.headers.get("atproto-proxy") == CHAT_PROXY):
            raise XrpcError(501, "MethodNotImplemented", "Method Not Implemented")
        return self.state.users[grant.did]

    def admit(self, grants: Mapping[str, Grant], token: str) -> Grant:
        """Return what a token opens. Raises: XrpcError."""
        grant = grants.get(token)
        if grant is None or grant.did not in self.state.users:
            raise XrpcError(400, "InvalidToken", "Token could not be verified")
        if grant.until <= self.state.clock():
            raise XrpcError(400, "ExpiredToken", "Token has expired")
        return grant

    def _count(self, name: str) -> tuple[bool, dict[str, str]]:
        key = name if name in LIMITS else ""
        limit, now = self.limits.get(key, LIMITS[key]), self.state.clock()
        window = self.windows.get(key)
        if window is None or window.ends <= now:
            window = self.windows[key] = Window(ends=now + WINDOW)
        window.count += 1
        left = max(limit - window.count, 0)
        return window.count <= limit, limit_headers(limit, left, window.ends)


def limit_headers(limit: int, left: int, ends: datetime) -> dict[str, str]:
    """Return the headers that tell what is left of a limit."""
    return {
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(left),
        "ratelimit-reset": str(int(ends.timestamp())),
        "ratelimit-policy": f"{limit};w={int(WINDOW.total_seconds())}",
    }
