"""Who can be answered how."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from social_care.connectors.kit.reading import number
from social_care.core.accounts import Account
from social_care.core.capabilities import TextRule
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import Part, StoredMessage

LIMIT = 10_000
ELSEWHERE = (
    "This account has no reply address: answer where it was written{place}, then record that with “Answered outside”."
)
SAME_AUDIENCE = "A message of this account can only be answered {way}, as it was written."
CLOCK_SKEW = timedelta(minutes=1)
"""How much the sender's clock may differ from ours."""
SETTLING = timedelta(minutes=1)
"""How long a lost call may still be under way at the receiver."""
KEY_LIVES = timedelta(hours=23)
"""For how long a receiver who says so knows a repeated reply; our protocol asks for a day."""


def refuse(target: StoredMessage, account: Account, audience: Audience) -> str:
    """Return why a message cannot be answered like that, "" when it can."""
    if not account.options.get("inbound_reply_to", "").strip():
        link = target.route.get("url", "")
        return ELSEWHERE.format(place=f" ({link})" if link else "")
    if audience is not target.audience:
        return SAME_AUDIENCE.format(way="publicly" if target.audience is Audience.PUBLIC else "privately")
    return ""


def text_rule(account: Account | None) -> TextRule:
    """Return how long one message may be. account None: the usual rule."""
    chosen = number(account.options.get("inbound_limit")) if account else None
    return TextRule(limit=chosen if chosen and chosen > 0 else LIMIT, unit="characters")


def key_of(part: Part) -> str:
    """Return what names a part for the receiver, the same for every attempt; what is said to whom is part of it."""
    said = "\x1f".join([part.idempotency_key or part.id, part.audience.value, part.target.message_id, part.text])
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own message coming back is this part: by the reply's id, or by its words, place and time."""
    if given := event.route.get("reply_id"):
        return given == key_of(part)
    first = part.first_attempt_at
    if first is None or (event.sent_at is not None and event.sent_at < first - CLOCK_SKEW):
        return False
    return event.thread.id == part.target.thread_id and event.text.strip() == part.text.strip()


def may_repeat(part: Part, account: Account, now: datetime) -> bool:
    """Tell whether the receiver surely makes no second message of a repeated reply: it says so, and is done with it."""
    if account.options.get("inbound_idempotent", "0") in ("", "0") or part.first_attempt_at is None:
        return False
    return SETTLING <= now - part.first_attempt_at < KEY_LIVES
