"""What a session at a server consists of, and what can be read from its tokens.

Source: lexicons com.atproto.server.createSession and .refreshSession, https://atproto.com/specs/did (read 2026-11).
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from social_care.connectors.kit.http import check_base_url
from social_care.connectors.kit.reading import identifier, items, load_json, mapping, text
from social_care.core.errors import ConfigurationError, UnreadablePayload

SCOPE_PLAIN = "com.atproto.appPass"
SCOPE_PRIVILEGED = "com.atproto.appPassPrivileged"
SCOPE_PASSWORD = "com.atproto.access"  # noqa: S105
"""What an app password may do; the second also reads and sends private messages; the third is the account's own password.
Source: packages/pds/src/auth-scope.ts of https://github.com/bluesky-social/atproto (read 2026-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as a server gave it. server: where the account's data lives, "" where the answer does not say.

    status: why the account is not active ("takendown", "suspended", "deactivated"), "" while it is.
    """

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    server: str = ""
    status: str = ""


def read_session(body: object, base: str) -> Session | None:
    """Return the session in an answer, None where there is none."""
    one = mapping(body)
    did, access, refresh = (identifier(one.get("did")), text(one.get("accessJwt")), text(one.get("refreshJwt")))
    if not did or not access or not refresh:
        return None
    status = (text(one.get("status")) or "deactivated") if one.get("active") is False else ""
    handle = text(one.get("handle")) or ""
    server = server_in(one.get("didDoc"), base)
    return Session(did=did, handle=handle, access=access, refresh=refresh, server=server, status=status)


def server_in(document: object, base: str) -> str:
    """Return the personal data server that a DID document names, "" for none that may be called.

    A server elsewhere never leads to this machine.
    """
    for service in map(mapping, items(mapping(document).get("service"))):
        if not (text(service.get("id")) or "").endswith("#atproto_pds"):
            continue
        try:
            found = check_base_url(text(service.get("serviceEndpoint")) or "")
        except ConfigurationError:
            return ""
        return found if urlsplit(found).scheme == "https" or urlsplit(base).scheme == "http" else ""
    return ""


def claims_of(token: str) -> Mapping[str, Any]:
    """Return what a token says of itself, {} for a token that is no JWT. It proves nothing: the server checks it."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        return mapping(load_json(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))))
    except (UnreadablePayload, binascii.Error, ValueError):
        return {}


def scope_of(token: str) -> str:
    """Return what a token may be used for, "" where it does not tell."""
    return identifier(claims_of(token).get("scope"))
