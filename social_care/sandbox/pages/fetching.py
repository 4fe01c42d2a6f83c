"""Fetching a file from the address that a message names, as Meta does while it takes the message."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from urllib.parse import unquote, urlsplit

from social_care.sandbox.meta.calls import Sent
from social_care.sandbox.meta.problems import Problem
from social_care.sandbox.pages import refusals

TIMEOUT_S = 10
MOST_BYTES = 25_000_000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The sandbox fetches from nowhere else."""


def fetch(address: str) -> Sent:
    """Return what stands at an address. Raises: Problem where there is no file."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise Problem(refusals.NOT_FETCHED)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": "facebookexternalua"})
        answer = connection.getresponse()
        content = answer.read(MOST_BYTES + 1)
    except (OSError, HTTPException) as error:
        raise Problem(refusals.NOT_FETCHED) from error
    finally:
        connection.close()
    if answer.status != 200 or len(content) > MOST_BYTES:
        raise Problem(refusals.NOT_FETCHED)
    name = unquote(answer.getheader("Content-Disposition", "").rpartition("''")[2]) or "file"
    return Sent(name=name, mime=answer.getheader("Content-Type", "application/octet-stream"), content=content)
