"""Proof that a webhook comes from Meta, and the answer to its question whether an address is ours."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from social_care.connectors.kit.signatures import check_hex_sha256, header
from social_care.core.errors import UnverifiedWebhook
from social_care.core.ports import Handshake

SIGNATURE = "x-hub-signature-256"
SIGNED_WITH = ("client_secret", "previous_webhook_secret")
"""The app's secret, and the one before while it is being changed."""
CHALLENGED_WITH = ("webhook_secret",)
"""The verify token. Meta sends it in an address, so it never signs."""


def verify(raw: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    """Check the signature, made with the app's secret over the raw bytes; any of several secrets fits.

    Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started ("Validating payloads", read 2026-11).
    Raises: UnverifiedWebhook.
    """
    check_hex_sha256(raw, header(headers, SIGNATURE), secrets)


def handshake(query: Mapping[str, str], secrets: Sequence[str]) -> Handshake:
    """Give Meta's challenge back when it names our verify token, which is any of the secrets.

    Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started ("Verification requests", read 2026-11).
    Raises: UnverifiedWebhook.
    """
    mode, token, challenge = (query.get(f"hub.{name}") for name in ("mode", "verify_token", "challenge"))
    if mode != "subscribe" or not token or not challenge or not isinstance(token, str) or not isinstance(challenge, str):
        raise UnverifiedWebhook("This is not Meta's check of the address.")
    claimed = token.encode("utf-8", "replace")
    if not any([hmac.compare_digest(claimed, one.encode("utf-8", "replace")) for one in secrets if one]):
        raise UnverifiedWebhook("The verify token does not fit.")
    return Handshake(body=challenge[:1000], content_type="text/plain; charset=utf-8")
