"""The one table of a Mastodon server's refusals: status → what has to happen next.

A server gives no codes, and its sentences are in the language of the account, so the status decides; where one status means
several things, a header or (last) English words do.
Source: https://docs.joinmastodon.org/methods/statuses/ (the responses of each method), .../api/rate-limits/ and
.../api/oauth-scopes/ (read 2026-11).
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from social_care.connectors.kit.http import server_time
from social_care.connectors.kit.reading import mapping, moment, moment_from_epoch, number, text
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
)

Verdict = tuple[type[SocialCareError], str]

LOGIN: Verdict = (AccountNeedsLogin, "The Mastodon server no longer accepts this account's token: enter a new one.")
LOCKED: Verdict = (AccountNeedsLogin, "The Mastodon server has closed this account's login: log in there and see why.")
RIGHTS: Verdict = (
    ConfigurationError,
    "The token lacks a permission (scope) for this: make a new one with the scopes that the documentation names.",
)
ELSEWHERE: Verdict = (
    ConfigurationError,
    "The server sends us to another address: check the server address of the account.",
)
GONE: Verdict = (TargetGone, "The post or person is no longer on the server, or not visible to this account.")
FORBIDDEN: Verdict = (NotAllowed, "The Mastodon server does not allow this account to do that.")
INVALID: Verdict = (
    Refused,
    "The Mastodon server did not accept the message as it was: it may be too long, empty, or have a file it cannot use.",
)
TOO_LONG: Verdict = (
    Refused,
    "The server found the text too long: shorten it. Test the connection to learn the server's present limit.",
)
MEDIA: Verdict = (Refused, "The Mastodon server did not accept the attachment: check its kind and size.")
BUSY: Verdict = (Retryable, "The Mastodon server has trouble at the moment.")
LIMIT: Verdict = (RateLimited, "The Mastodon server asks to wait before the next call.")

STATUSES: dict[int, Verdict] = {
    **dict.fromkeys((300, 301, 302, 303, 307, 308), ELSEWHERE),
    401: LOGIN,
    403: FORBIDDEN,
    404: GONE,
    407: (Retryable, "A proxy between this server and the Mastodon server wants a password: set it on this server."),
    408: BUSY,
    409: BUSY,
    410: GONE,
    413: MEDIA,
    415: MEDIA,
    425: BUSY,
    429: LIMIT,
}
WORDS: tuple[tuple[int, str, Verdict], ...] = (
    # English only; an account in another language gets the sentence of its status.
    (403, "authorized scopes", RIGHTS),
    (403, "login is currently disabled", LOCKED),
    (403, "login is currently pending", LOCKED),
    (403, "confirmed e-mail", LOCKED),
    (422, "character limit", TOO_LONG),
)
LONGEST_WAIT_S = 86_400.0


def classify(status: int, headers: Mapping[str, str], body: object, *, now: float | None = None) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success (2xx, whatever the body says).

    now: seconds since 1970, to count the reset time from where the answer has no `Date`; None is the machine's clock.
    """
    if 200 <= status < 300:
        return None
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    kind, sentence = _verdict(status, lower, body)
    if issubclass(kind, RateLimited):
        return kind(sentence, retry_after_s=_wait_s(lower, time.time() if now is None else now))
    return kind(sentence)


def unreadable_success() -> OutcomeUnknown:
    """Return the error for a message that the server accepted in a way we cannot read."""
    return OutcomeUnknown("The server's answer could not be read: the message may or may not have been sent.")


def _verdict(status: int, headers: Mapping[str, str], body: object) -> Verdict:
    if status == 403 and 'error="invalid_scope"' in headers.get("www-authenticate", ""):
        return RIGHTS
    words = (text(mapping(body).get("error")) or "").lower()
    for wanted, part, verdict in WORDS:
        if status == wanted and part in words:
            return verdict
    if status in STATUSES:
        return STATUSES[status]
    return INVALID if 400 <= status < 500 else BUSY


def _wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until the limit ends, between 1 second and a day; None when the server does not tell.

    Mastodon gives the moment as ISO 8601 in X-RateLimit-Reset; other servers as seconds since 1970.
    """
    given = headers.get("x-ratelimit-reset", "")
    if reset := moment_from_epoch(given) or moment(given):
        return min(max(reset.timestamp() - (server_time(headers) or now), 1.0), LONGEST_WAIT_S)
    plain = number(headers.get("retry-after"))
    return None if plain is None else min(max(float(plain), 1.0), LONGEST_WAIT_S)
