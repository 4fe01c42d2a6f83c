"""Signatures in both directions: those of Standard Webhooks, for which there are libraries in most languages.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (read 2026-11): over
`id.timestamp.body`, HMAC-SHA256 in base64 behind `v1,`; several signatures with blanks between while a secret is replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

from social_care.connectors.kit.reading import number
from social_care.connectors.kit.signatures import header
from social_care.core.errors import UnverifiedWebhook
from social_care.core.ports import Handshake

TOLERANCE_S = 300
PREFIX = "whsec_"


def sign(secret: str, identity: str, timestamp: int, raw: bytes) -> str:
    """Return the signature of a body."""
    signed = f"{identity}.{timestamp}.".encode("utf-8", "surrogatepass") + raw
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def headers_for(raw: bytes, identity: str, secrets: Sequence[str], now: float) -> dict[str, str]:
    """Return the headers that prove where a body comes from, signed with each secret."""
    at = int(now)
    signatures = " ".join(sign(secret, identity, at, raw) for secret in secrets)
    return {"webhook-id": identity, "webhook-timestamp": str(at), "webhook-signature": signatures}


def verify(raw: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: float | None = None) -> None:
    """Check that a body is signed with one of the secrets, a moment ago. now: seconds since 1970; None: the machine's clock.

    Raises: UnverifiedWebhook.
    """
    known = [secret for secret in secrets if secret]
    if not known:
        raise UnverifiedWebhook("No webhook secret is set, so nothing can be verified.")
    identity, timestamp = header(headers, "webhook-id"), number(header(headers, "webhook-timestamp").strip())
    given = header(headers, "webhook-signature").split()
    if not identity or timestamp is None or not given:
        raise UnverifiedWebhook("The headers webhook-id, webhook-timestamp and webhook-signature are needed.")
    if abs(timestamp - (time.time() if now is None else now)) > TOLERANCE_S:
        raise UnverifiedWebhook("The body is older or newer than five minutes.")
    expected = [sign(secret, identity, timestamp, raw).encode() for secret in known]
    claimed = [one.encode("utf-8", "replace") for one in given[:10]]
    if not any([hmac.compare_digest(one, other) for one in claimed for other in expected]):
        raise UnverifiedWebhook("The signature does not fit.")


def answer_challenge(query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
    """Prove to a sender that this address knows the secret: `?challenge=…` comes back signed. Raises: UnverifiedWebhook."""
    challenge, known = query.get("challenge", ""), [secret for secret in secrets if secret]
    if not challenge or not known:
        raise UnverifiedWebhook("A challenge and a secret are needed.")
    digest = hmac.new(_key(known[0]), b"challenge." + challenge.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return Handshake(body=digest.hexdigest(), content_type="text/plain; charset=utf-8")


def _key(secret: str) -> bytes:
    """Return the bytes of a secret: what stands in base64 behind `whsec_`, else the text itself."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode("utf-8", "surrogatepass")
