"""Addresses and bodies of recorded calls."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from social_care.connectors.kit.reading import decoded, mapping, text
from social_care.core.payloads import Exchange

VERSION = re.compile(r"v\d+(?:\.\d+)?")


def path_of(url: object) -> list[str]:
    """Return the parts of an address's path without the API version, [] where it is none."""
    try:
        parts = [unquote(part) for part in urlsplit(text(url) or "").path.split("/") if part]
    except ValueError:
        return []
    return parts[1:] if parts and VERSION.fullmatch(parts[0]) else parts


def query_of(url: object) -> dict[str, str]:
    """Return what an address asks for, {} where it is none."""
    try:
        return dict(parse_qsl(urlsplit(text(url) or "").query))
    except ValueError:
        return {}


def request_of(exchange: Exchange) -> dict[str, Any]:
    """Return what a call told: Graph takes it as JSON, as a form (with JSON inside), or in the address."""
    body = decoded(exchange.request_body)
    if isinstance(body, dict):
        return {**query_of(exchange.url), **body}
    try:
        form = dict(parse_qsl(body)) if isinstance(body, str) else {}
    except ValueError:
        form = {}
    told = {**query_of(exchange.url), **form}
    return {name: mapping(decoded(value)) or value for name, value in told.items()}
