"""Signatures of webhooks, over the raw bytes and in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from social_care.core.errors import UnverifiedWebhook


def sign_sha256(secret: str, message: bytes) -> bytes:
    """Return the HMAC-SHA256 of a message."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), message, hashlib.sha256).digest()


def sign_base64_sha256(secret: str, message: bytes, *, prefix: str = "sha256=") -> str:
    """Return `prefix` + base64(HMAC-SHA256)."""
    return prefix + base64.b64encode(sign_sha256(secret, message)).decode()


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header whatever the case of its name, "" when it is missing."""
    wanted = name.lower()
    return next((str(value) for key, value in headers.items() if str(key).lower() == wanted), "")


def sign_hex_sha256(secret: str, message: bytes, *, prefix: str = "sha256=") -> str:
    """Return `prefix` + hexadecimal(HMAC-SHA256), in lower case."""
    return prefix + sign_sha256(secret, message).hex()


def check_base64_sha256(raw: bytes, given: str, secrets: Sequence[str], *, prefix: str = "sha256=") -> None:
    """Check `prefix` + base64(HMAC-SHA256) against each secret, so that a secret can be replaced while both are in use.

    Raises: UnverifiedWebhook, also for a missing or malformed signature and when no secret is set.
    """
    _check(given, [sign_base64_sha256(secret, raw, prefix=prefix) for secret in secrets if secret])


def check_hex_sha256(raw: bytes, given: str, secrets: Sequence[str], *, prefix: str = "sha256=") -> None:
    """Check `prefix` + hexadecimal(HMAC-SHA256) as above; the digits may be of either case. Raises: UnverifiedWebhook."""
    _check(given.lower(), [sign_hex_sha256(secret, raw, prefix=prefix) for secret in secrets if secret])


def _check(given: str, expected: Sequence[str]) -> None:
    if not expected:
        raise UnverifiedWebhook("No webhook secret is set, so nothing can be verified.")
    if not given:
        raise UnverifiedWebhook("The signature is missing.")
    # Compared as bytes: compare_digest raises TypeError for text that is not ASCII.
    claimed = given.strip().encode("utf-8", "replace")
    matches = [hmac.compare_digest(claimed, one.encode()) for one in expected]
    if not any(matches):
        raise UnverifiedWebhook("The signature does not fit.")
