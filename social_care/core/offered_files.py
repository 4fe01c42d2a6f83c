"""Addresses at which a platform fetches one file of a reply: whether it could, and what proves that it may."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

LIFETIME = timedelta(hours=1)
"""Platforms fetch while they take the message; a part that is tried again gets a new address."""
MOST_LENGTH = 1000
"""Characters of a token."""
NOT_PUBLIC = (
    "The platform fetches files from this site, and nobody can do so safely at its address {address}: give the site an https"
    " address that is open to the internet (`host_name` in its configuration), or answer without files."
)
NO_ADDRESS = "The platform fetches files from an address of ours, and this desk has none: answer without files."
NOT_OUTSIDE = ("localhost", "local", "localdomain", "internal", "lan", "home", "test", "invalid", "example")
"""Last parts of names that nobody on the internet finds. Source: RFC 6761, RFC 6762, RFC 8375 and custom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFile:
    """Which file of which part an address is for, by the desk's names."""

    part: str
    file: str


def obstacle_of(address: str) -> str:
    """Return in a plain sentence why no platform could fetch a file from a site at this address, "" when it could."""
    parts = urlsplit(address)
    return "" if parts.scheme == "https" and _is_public(parts.hostname or "") else NOT_PUBLIC.format(address=address)


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        *before, last = host.lower().rstrip(".").split(".")
        return bool(before) and last not in NOT_OUTSIDE


def make_token(offered: OfferedFile, secret: bytes, now: datetime) -> str:
    """Return what opens one file for `LIFETIME`."""
    content = json.dumps([offered.part, offered.file, int((now + LIFETIME).timestamp())]).encode()
    return f"{_text(content)}.{_text(_sign(content, secret))}"


def read_token(token: str, secret: bytes, now: datetime) -> OfferedFile | None:
    """Return what a token opens; None when it was not made with this secret, or its time is over."""
    try:
        if len(token) > MOST_LENGTH:
            return None
        content, signature = (base64.b64decode(one + "=" * (-len(one) % 4), b"-_", True) for one in token.split("."))
    except (ValueError, binascii.Error):
        return None
    if not hmac.compare_digest(_sign(content, secret), signature):
        return None
    part, file, until = json.loads(content)
    return OfferedFile(part=part, file=file) if now.timestamp() < until else None


def _sign(content: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"social_care offered file\n" + content, sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
