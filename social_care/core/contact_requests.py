"""Asking a customer for contact details: the one-time link, and the words around it."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

TOKEN_BYTES = 32
LINK = "{link}"
FIRST_NAME = "{first_name}"
EXPIRES = "{expires}"
"""What a text may hold for the site to fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """What a customer left. "" for what was not given; phone is in E.164 ("+48500100200")."""

    email: str = ""
    phone: str = ""
    preferred_time: str = ""


def make_token() -> str:
    """Return a new token of 256 bits as it stands in a link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return what is stored of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def fits(token: str, digest: str) -> bool:
    """Tell in constant time whether a token is the one of which this was stored."""
    return hmac.compare_digest(digest_of(token), digest)


def fill(text: str, *, first_name: str, expires: str) -> str:
    """Return a text with name and date filled in, its link still open; an unknown name leaves no gap, a name no mark."""
    name = first_name.strip("{} ")
    return text.replace(f" {FIRST_NAME}", f" {name}" if name else "").replace(FIRST_NAME, name).replace(EXPIRES, expires)


def with_link(text: str, link: str) -> str:
    """Return a text with its link filled in; "" takes the mark away, with what would stand before it in vain."""
    if link:
        return text.replace(LINK, link)
    return text.replace(f": {LINK}", ".").replace(LINK, "").strip()
