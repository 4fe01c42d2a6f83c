"""Addresses and bodies of recorded calls."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from social_care.connectors.kit.reading import load_json, text
from social_care.core.errors import UnreadablePayload

VERSION = re.compile(r"v\d+(?:\.\d+)?")


def path_of(url: object) -> list[str]:
    """Return the parts of an address's path without the API version, [] where it is none."""
    try:
        parts = [unquote(part) for part in urlsplit(text(url) or "").path.split("/") if part]
    except ValueError:
        return []
    return parts[1:] if parts and VERSION.fullmatch(parts[0]) else parts


def decoded(body: object) -> Any:
    """Return a body as JSON; text that is none stays text."""
    if not isinstance(body, str | bytes):
        return body
    try:
        return load_json(body)
    except UnreadablePayload:
        return body if isinstance(body, str) else body.decode("utf-8", "replace")
