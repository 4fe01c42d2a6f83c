"""Where an answer goes, and how it is known again when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from social_care.connectors.kit.reading import mapping, moment
from social_care.connectors.youtube.comments import read_author, words_of
from social_care.connectors.youtube.text import addressed, fingerprint
from social_care.core.events import MessageReceived
from social_care.core.replies import Part

CLOCK_SKEW = timedelta(minutes=1)
"""How much YouTube's clock may differ from ours."""


def answered(part: Part) -> str:
    """Return the first comment of the thread, below which every answer stands: YouTube has one level of answers."""
    return part.target.route.get("reply_to") or part.target.thread_id


def words_to_send(part: Part) -> str:
    """Return the text as it is sent: an answer to an answer names whom it is for, else nobody would be told of it."""
    return addressed(part.text, part.target.route.get("handle", ""))


def is_comment_of(comment: Mapping[str, Any], part: Part, us: str) -> bool:
    """Tell whether an answer in the thread is this part: ours, the same words, not older than the first attempt."""
    snippet = mapping(comment.get("snippet"))
    author, sent = read_author(snippet), moment(snippet.get("publishedAt"))
    if author is None or author.id != us or part.first_attempt_at is None or sent is None:
        return False
    words = words_of(snippet, plain=True) or ""
    return sent >= part.first_attempt_at - CLOCK_SKEW and fingerprint(words) == fingerprint(part.text)


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own answer coming back is this part."""
    if part.audience is not event.thread.audience or part.first_attempt_at is None or event.thread.id != answered(part):
        return False
    if event.sent_at is not None and event.sent_at < part.first_attempt_at - CLOCK_SKEW:
        return False
    return event.message_id != event.thread.id and fingerprint(event.text) == fingerprint(part.text)
