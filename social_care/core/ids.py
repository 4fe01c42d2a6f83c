"""Identifiers: opaque text that only a connector takes apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256


def make_event_key(platform: str, account: str, audience: str, message: str, kind: str, revision: str = "") -> str:
    """Return the key under which one event is handled once, as text of at most 140 characters.

    `account` is our own id on the platform. The thread is no part of it: a webhook and a poll may name the thread of one
    message differently, and its own id is unique for our account (a connector sees to that). `revision` comes from the
    vendor's data, never from the clock; "" is the first version. Separators inside a part cannot make two events look alike.

    Raises: ValueError if any part but the revision is missing, so that no two messages ever share the key "None".
    """
    parts = {"platform": platform, "account": account, "audience": audience, "message": message, "kind": kind}
    missing = [name for name, value in parts.items() if not value or not isinstance(value, str)]
    if missing:
        raise ValueError("an event key needs " + ", ".join(missing))
    digest = sha256("\x1f".join([*parts.values(), revision]).encode()).hexdigest()
    return f"{platform}:{kind}:{message[:48]}:{digest[:40]}"


def make_case_key(account: str, thread: str, author: str | None) -> str:
    """Return the key of one customer's matter, as text of at most 140 characters.

    `author` is None where everybody in the thread shares one case (a private conversation).
    """
    digest = sha256("\x1f".join([account, thread, author or ""]).encode()).hexdigest()
    return f"{thread[:60]}:{digest[:40]}"


def make_payload_digest(feed: str, body: bytes) -> str:
    """Return the hexadecimal SHA-256 under which one body of one feed is stored once."""
    return sha256(feed.encode() + b"\n" + body).hexdigest()


def make_revision(changed_at: float, text: str) -> str:
    """Return the revision of an edit known by its time (epoch seconds); its words tell two within one second apart."""
    return f"{int(changed_at):010d}-{digest_of_words(text)}"


def digest_of_words(text: str) -> str:
    """Return what tells two versions of a text apart; white space and unprintable characters do not count."""
    return sha256("".join(c for c in text if c.isprintable() and c != " ").encode()).hexdigest()[:8]


def words_of(revision: str) -> str:
    """Return the digest of words within a revision that `make_revision` made, "" for any other."""
    found = re.fullmatch(r"\d{10}-([0-9a-f]{8})", revision)
    return found[1] if found else ""


def is_later(revision: str, than: str) -> bool:
    """Tell whether a revision is newer than another: "" is the first version, else longer is later, then text order.

    That orders growing numbers (edit ids, epochs) and ISO timestamps alike; a connector must give revisions that fit.
    """
    return _rank(revision) > _rank(than)


def by_revision(version: Mapping[str, str]) -> tuple[int, str]:
    """Return what to sort the stored versions of a message by: oldest first."""
    return _rank(version["revision"])


def _rank(revision: str) -> tuple[int, str]:
    return len(revision), revision
