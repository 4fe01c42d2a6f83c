"""How an outgoing part is known again when it comes back, and the key under which it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from social_care.connectors.kit.reading import identifier, moment
from social_care.connectors.mastodon.limits import KEEPS_KEYS, software
from social_care.connectors.mastodon.statuses import audience_of, words_of
from social_care.connectors.mastodon.text import fingerprint, shortened
from social_care.core.accounts import Account
from social_care.core.events import MessageReceived
from social_care.core.replies import Part

CLOCK_SKEW = timedelta(minutes=1)
"""How much the server's clock may differ from ours."""
SETTLING = timedelta(minutes=1)
"""How long a lost call may still be under way at the server: it remembers a key only when the status is made."""
KEY_LIVES = timedelta(minutes=50)
"""Source: https://docs.joinmastodon.org/methods/statuses/#headers ("for up to 1 hour", read 2026-11), less a margin."""


def answered(part: Part) -> str:
    """Return the id of the status that a part answers: our part before, or the target."""
    return part.previous_id or part.target.message_id


def warning_of(part: Part) -> str:
    """Return the content warning of an answer: that of the message."""
    return shortened(part.target.route.get("spoiler_text", ""))


def key_of(part: Part) -> str:
    """Return the `Idempotency-Key` of a part, the same for every attempt.

    What is said to whom is part of it: whatever a desk uses as its own key, two different answers never share one.
    """
    said = "\x1f".join([part.idempotency_key or part.id, part.audience.value, answered(part), part.text])
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def may_repeat(part: Part, account: Account, now: datetime) -> bool:
    """Tell whether the server would surely know this part's key again: young enough, and no longer under way.

    Not every server honours keys: the option `mastodon_idempotency` ("Yes", "No") overrules what we know of its software.
    """
    wanted = account.options.get("mastodon_idempotency", "")
    honoured = wanted == "Yes" or (wanted != "No" and software(account) in KEEPS_KEYS)
    first = part.first_attempt_at
    return honoured and first is not None and first + SETTLING <= now < first + KEY_LIVES


def is_status_of(status: Mapping[str, Any], part: Part) -> bool:
    """Tell whether a status of ours is this part: the same words in answer to the same status, for the same audience."""
    sent, first = moment(status.get("created_at")), part.first_attempt_at
    if first is None or sent is None or sent < first - CLOCK_SKEW or audience_of(status) is not part.audience:
        return False
    return identifier(status.get("in_reply_to_id")) == answered(part) and _same_words(words_of(status), part)


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own message coming back is this part."""
    if part.audience is not event.thread.audience or part.first_attempt_at is None:
        return False
    if event.sent_at is not None and event.sent_at < part.first_attempt_at - CLOCK_SKEW:
        return False
    return event.parent_id == answered(part) and _same_words(event.text, part)


def _same_words(words: str, part: Part) -> bool:
    warning = warning_of(part)
    if warning and words.startswith(f"CW: {warning}"):
        words = words[len(f"CW: {warning}") :].lstrip()
    return fingerprint(words) == fingerprint(part.text)
