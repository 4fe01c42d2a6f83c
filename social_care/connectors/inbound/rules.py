"""Who can be answered how."""

from __future__ import annotations

from datetime import datetime, timedelta

from social_care.connectors.kit.reading import number
from social_care.core.accounts import Account
from social_care.core.capabilities import TextRule
from social_care.core.events import Audience
from social_care.core.replies import Part, StoredMessage

LIMIT = 10_000
ELSEWHERE = (
    "This account has no reply address: answer where it was written{place}, then record that with “Answered outside”."
)
SAME_AUDIENCE = "A message of this account can only be answered {way}, as it was written."
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


def may_repeat(part: Part, account: Account, now: datetime) -> bool:
    """Tell whether the receiver surely makes no second message of a repeated reply."""
    if account.options.get("inbound_idempotent", "0") in ("", "0") or part.first_attempt_at is None:
        return False
    return now - part.first_attempt_at < KEY_LIVES
