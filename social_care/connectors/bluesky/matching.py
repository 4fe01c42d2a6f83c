"""Under which key a part is posted, and how it is known again when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from social_care.connectors.bluesky.addresses import POST, make_tid, make_uri, read_uri
from social_care.connectors.bluesky.text import clean
from social_care.connectors.kit.reading import mapping, moment, text
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import Part

CLOCK_SKEW = timedelta(minutes=1)
"""How much the server's clock may differ from ours."""


def answered(part: Part) -> str:
    """Return the address of the post that a part answers: our part before, or the target."""
    return part.previous_id or part.target.message_id


def rkey_of(part: Part) -> str:
    """Return the record key of a public part, the same for every attempt; "" before the first.

    A repository has one record under a key, so however often a part is sent, one post comes of it. What is said to whom is
    part of the key: two different answers never share one.
    Source: https://atproto.com/specs/record-key, packages/repo of https://github.com/bluesky-social/atproto (read 2026-11).
    """
    if part.first_attempt_at is None:
        return ""
    said = "\x1f".join([part.idempotency_key or part.id, answered(part), part.text])
    salt = int.from_bytes(sha256(said.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return make_tid(part.first_attempt_at, salt)


def uri_of(part: Part, did: str) -> str:
    """Return the address of the post that a part becomes, "" before its first attempt."""
    rkey = rkey_of(part)
    return make_uri(did, POST, rkey) if rkey and did else ""


def is_message_of(message: Mapping[str, Any], part: Part) -> bool:
    """Tell whether a private message of ours is this part: the same words, not before its first attempt."""
    sent, first = moment(message.get("sentAt")), part.first_attempt_at
    if sent is None or first is None or sent < first - CLOCK_SKEW or not isinstance(message.get("text"), str):
        return False
    return _words(text(message["text"]) or "") == _words(part.text)


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own message coming back is this part: a post by its key, a private message by its words."""
    if part.audience is not event.thread.audience or part.first_attempt_at is None:
        return False
    if part.audience is Audience.PUBLIC:
        parts = read_uri(event.message_id)
        return parts is not None and parts[1:] == (POST, rkey_of(part))
    if event.sent_at is None or event.sent_at < part.first_attempt_at - CLOCK_SKEW:
        return False
    convo = part.target.route.get("convo")
    return convo in (None, event.thread.id) and _words(event.text) == _words(part.text)


def sender_of(message: Mapping[str, Any]) -> str:
    """Return who wrote a private message."""
    return text(mapping(message.get("sender")).get("did")) or ""


def _words(words: str) -> str:
    return " ".join(clean(words).split())
