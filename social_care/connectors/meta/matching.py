"""How an outgoing part is known again when it comes back, and what it answers."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import Part

MARK = "social_care:"
CLOCK_SKEW = timedelta(minutes=1)
"""How much Meta's clock may differ from ours; its lists tell whole seconds."""


def metadata_of(part: Part) -> str:
    """Return what is sent along with a private message, and comes back with its echo.

    Source: https://developers.facebook.com/docs/messenger-platform/reference/send-api ("metadata", read 2026-11).
    """
    return MARK + part.id


def fingerprint(text: str) -> str:
    """Return what stays of a text on its way through Meta."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def answered(part: Part) -> str:
    """Return the id of the post or comment that a public part answers; one below the first level goes to its parent."""
    return part.target.route.get("reply_to") or part.target.message_id


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own message coming back is this part."""
    if part.audience is not event.thread.audience or part.first_attempt_at is None:
        return False
    given = event.route.get("metadata", "")
    if given.startswith(MARK):
        return given == metadata_of(part)
    if event.sent_at is not None and event.sent_at < part.first_attempt_at - CLOCK_SKEW:
        return False
    if fingerprint(event.text) != fingerprint(part.text) or bool(part.media) != bool(event.media):
        return False
    if part.audience is Audience.PUBLIC:
        return answered(part) in (event.parent_id, event.thread.id if event.parent_id is None else None)
    if part.target.audience is Audience.PRIVATE:
        return event.thread.id == part.target.thread_id
    return bool(part.target.author_id) and event.thread.id == part.target.author_id
