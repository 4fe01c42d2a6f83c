"""The one table of what the receiver of replies answers: status → what has to happen next.

The statuses are our own protocol (docs/platforms/inbound.md), in the meaning of RFC 9110 (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping

from social_care.connectors.kit.waiting import retry_after_s
from social_care.core.errors import (
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
)

UNKNOWN = "The receiver of replies did not say whether it took the message."
UNREADABLE = "The receiver of replies took the message, but did not say under which id."
STATUSES: dict[int, tuple[type[SocialCareError], str]] = {
    **dict.fromkeys((300, 301, 302, 303, 307, 308), (ConfigurationError, "The reply address leads to another one.")),
    401: (ConfigurationError, "The receiver of replies does not accept our signature: compare the webhook secret."),
    403: (NotAllowed, "The receiver of replies does not allow this answer."),
    404: (TargetGone, "The receiver of replies does not know the message that is answered (any more)."),
    405: (ConfigurationError, "The reply address takes no POST: look whether it is the right one."),
    410: (TargetGone, "The message that is answered is gone."),
    413: (Refused, "The receiver of replies found the answer too long."),
    429: (RateLimited, "The receiver of replies asks to wait."),
    503: (Retryable, "The receiver of replies takes nothing at the moment."),
}
REFUSED = (Refused, "The receiver of replies did not accept the answer.")


def classify(status: int, headers: Mapping[str, str]) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success. Of 5xx only 503 says that nothing was done."""
    if 200 <= status < 300:
        return None
    if (status >= 500 and status != 503) or status == 408:
        return OutcomeUnknown(UNKNOWN)
    kind, sentence = STATUSES.get(status, REFUSED)
    if issubclass(kind, Retryable):
        return kind(sentence, retry_after_s=retry_after_s(headers))
    return kind(sentence)
