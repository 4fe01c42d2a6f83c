"""The one table of what servers of feeds answer: status → what has to happen next. Source: RFC 9110 (read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping

from social_care.connectors.kit.waiting import retry_after_s
from social_care.core.errors import ConfigurationError, RateLimited, Retryable, SocialCareError, TargetGone

GONE = (
    "The feed is gone for good, as its server says (410), and is no longer asked. Enter its new address, or switch the "
    "account off."
)
MISSED = "The feed was not found (404). It is asked again later."
MISSED_OFTEN = (
    "The feed is gone: it was not found (404) {times} times in a row. It is asked again now and then. Look at its address: "
    "enter the new one, or switch the account off."
)
LOCKED = "The feed is not shown to everybody: its server wants a password or a key in the address."
ELSEWHERE = "The server of the feed leads to another address without saying which."
BUSY = "The server of the feed has trouble at the moment."
LIMIT = "The server of the feed asks to wait before the next visit."
COMMENTS_REFUSED = "Some feeds of comments are refused by their server, or are no feeds: their comments are missing."
ODD = "The server of the feed did not understand what it was asked: look at the feed's address."

STATUSES: dict[int, tuple[type[SocialCareError], str]] = {
    **dict.fromkeys((300, 301, 302, 303, 305, 307, 308), (ConfigurationError, ELSEWHERE)),
    **dict.fromkeys((401, 402, 403, 407, 451), (ConfigurationError, LOCKED)),
    404: (TargetGone, MISSED),
    408: (Retryable, BUSY),
    410: (ConfigurationError, GONE),
    425: (Retryable, BUSY),
    429: (RateLimited, LIMIT),
}


def classify(status: int, headers: Mapping[str, str]) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success or "nothing new" (304)."""
    if 200 <= status < 300 or status == 304:
        return None
    kind, sentence = STATUSES.get(status, (ConfigurationError, ODD) if 400 <= status < 500 else (Retryable, BUSY))
    if status in {429, 503} and (wait_s := retry_after_s(headers)) is not None:
        return RateLimited(sentence, retry_after_s=wait_s)
    return kind(sentence)
