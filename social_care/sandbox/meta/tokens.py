"""Who is calling: access tokens with their permissions and their deaths, and the proof that the app's secret is known.

Source: https://developers.facebook.com/docs/facebook-login/guides/access-tokens,
https://developers.facebook.com/docs/graph-api/guides/secure-requests (2026-11-22).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from social_care.sandbox.meta.problems import (
    ENDINGS,
    EXPIRED,
    INVALID_TOKEN,
    NO_PERMISSION,
    NO_TOKEN,
    PROOF_MISSING,
    PROOF_WRONG,
    Problem,
)

PREFIXES = {"instagram": "IGAA"}
"""How tokens begin, by their kind; all others with EAA. Seen, not documented."""


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a token opens. kind: page, instagram, user, system or app. subject: whose it is ("" the app's).

    denied: permissions that are missing. ended: the subcode of its death, 0 while it lives. expires_at None: never.
    """

    kind: str
    subject: str
    token: str
    denied: frozenset[str] = frozenset()
    ended: int = 0
    expires_at: datetime | None = None

    def require(self, permission: str) -> None:
        """Raise the refusal of a missing permission ("" for a call that needs none)."""
        if permission in self.denied:
            raise Problem(NO_PERMISSION, permission=permission)


class Keyring:
    """The app's id and secret, and every token. The same names give the same tokens, so that a restart changes none."""

    def __init__(self, clock: Callable[[], datetime], *, require_proof: bool = True) -> None:
        self._clock = clock
        self.require_proof = require_proof
        self.app_id = str(int(sha256(b"sandbox app id").hexdigest()[:13], 16))[:15]
        self.app_secret = sha256(b"sandbox app secret").hexdigest()[:32]
        self.clear()

    def clear(self) -> None:
        """Forget every token but the app's own."""
        own = f"{self.app_id}|{self.app_secret}"
        self.grants = {own: Grant(kind="app", subject="", token=own)}
        self._denied: dict[str, frozenset[str]] = {}

    def issue(self, kind: str, subject: str) -> Grant:
        """Return a living token of somebody, the present one if there is one."""
        mine = [one for one in self.grants.values() if (one.kind, one.subject) == (kind, subject)]
        living = next((one for one in mine if not one.ended), None)
        if living is None:
            digest = b"".join(sha256(f"sandbox {kind} {subject} {len(mine)} {part}".encode()).digest() for part in range(4))
            token = PREFIXES.get(kind, "EAA") + base64.b64encode(digest, altchars=b"Zd").decode().rstrip("=")
            denied = self._denied.get(subject, frozenset())
            living = self.grants[token] = Grant(kind=kind, subject=subject, token=token, denied=denied)
        return living

    def end(self, subject: str, subcode: int = 463) -> None:
        """Let somebody's tokens die. subcode: 458 app removed, 459 checkpoint, 460 password, 463 expired, 464, 467.

        Raises: ValueError for another subcode.
        """
        if subcode not in ENDINGS:
            raise ValueError(f"a token dies by {', '.join(map(str, ENDINGS))}")
        for grant in self.grants.values():
            if grant.subject == subject:
                grant.ended = subcode

    def deny(self, subject: str, *permissions: str) -> None:
        """Take permissions from somebody's tokens; none named gives all of them back."""
        kept = self._denied.get(subject, frozenset())
        self._denied[subject] = kept | set(permissions) if permissions else frozenset()
        for grant in self.grants.values():
            if grant.subject == subject:
                grant.denied = self._denied[subject]

    def identify(self, headers: Mapping[str, str], values: Mapping[str, object]) -> Grant:
        """Return the caller, whose token may stand in the header or in a parameter. Raises: Problem."""
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        token = rest.strip() if scheme.lower() in ("bearer", "oauth") else str(values.get("access_token") or "")
        if not token:
            raise Problem(NO_TOKEN)
        grant = self.grants.get(token)
        if grant is None:
            raise Problem(INVALID_TOKEN)
        if grant.expires_at is not None and grant.expires_at <= self._clock():
            grant.ended = EXPIRED.subcode
        if grant.ended:
            raise Problem(ENDINGS[grant.ended], app=self.app_id, now=f"{self._clock():%A, %d-%b-%y %H:%M:%S} UTC")
        self._check_proof(grant, str(values.get("appsecret_proof") or ""))
        return grant

    def _check_proof(self, grant: Grant, proof: str) -> None:
        """Tokens of Instagram Login and of the app itself need none."""
        if not proof and (not self.require_proof or grant.kind in ("instagram", "app")):
            return
        if not proof:
            raise Problem(PROOF_MISSING)
        right = hmac.new(self.app_secret.encode(), grant.token.encode(), sha256).hexdigest()
        if not hmac.compare_digest(proof, right):
            raise Problem(PROOF_WRONG)
