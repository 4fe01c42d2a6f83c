"""X's page on which a person lets an app in, and the codes that it gives (OAuth 2.0, authorization code with PKCE).

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token (2026-11-21)
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from secrets import token_urlsafe
from urllib.parse import urlencode

from social_care.sandbox.server import Request, Response
from social_care.sandbox.x.model import User

CODE_LIFE = timedelta(seconds=30)
REQUIRED = ("client_id", "redirect_uri", "state", "code_challenge", "scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    user_id: str
    redirect: str
    challenge: str
    method: str
    ends: datetime


class Consent:
    """Who was let in by whom: codes that can be traded once, within 30 seconds."""

    def __init__(self, client_id: str, clock: Callable[[], datetime]) -> None:
        self._client_id, self._clock = client_id, clock
        self._codes: dict[str, _Code] = {}

    def answer(self, request: Request, users: Mapping[str, User]) -> Response:
        """Show the page; with `as` (a handle, or "" for a refusal) send the person back to the app."""
        asked = request.query
        known = asked.get("response_type") == "code" and asked.get("client_id") == self._client_id
        if not known or not all(asked.get(name) for name in REQUIRED):
            return Response(status=400, body=b"Something went wrong: you weren't able to give access to the app.")
        if "as" not in asked:
            return Response(body=_page(asked, users).encode(), content_type="text/html; charset=utf-8")
        chosen = next((user for user in users.values() if user.handle == asked["as"]), None)
        back = {"state": asked["state"], "error": "access_denied"}
        if chosen is not None:
            code = token_urlsafe(32)
            self._codes[code] = _Code(
                user_id=chosen.id,
                redirect=asked["redirect_uri"],
                challenge=asked["code_challenge"],
                method=asked.get("code_challenge_method", "plain"),
                ends=self._clock() + CODE_LIFE,
            )
            back = {"state": asked["state"], "code": code}
        joined = "&" if "?" in asked["redirect_uri"] else "?"
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}{joined}{urlencode(back)}"})

    def trade(self, code: str, redirect: str, verifier: str) -> str | None:
        """Return whose code this is, None when it is no good. A code is used up by the try."""
        found = self._codes.pop(code, None)
        if found is None or found.ends < self._clock() or found.redirect != redirect:
            return None
        digest = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        proof = digest if found.method == "S256" else verifier
        return found.user_id if hmac.compare_digest(proof.encode(), found.challenge.encode()) else None


def _page(asked: Mapping[str, str], users: Mapping[str, User]) -> str:
    links = [("refuse", ""), *((f"let it in as @{user.handle}", user.handle) for user in users.values())]
    items = ""
    for label, handle in links:
        address = "?" + urlencode({**asked, "as": handle})
        items += f'<li><a href="{escape(address)}">{escape(label)}</a></li>'
    title = "<!doctype html><title>X sandbox</title><h1>An app wants access</h1>"
    return f"{title}<p>{escape(asked['scope'])}</p><ul>{items}</ul>"
