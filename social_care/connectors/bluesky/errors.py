"""The one table of Bluesky's refusals: name of the error, else status → what has to happen next.

Every error body names the error (`{"error": "InvalidRequest", "message": …}`), so the name decides.
Source: https://atproto.com/specs/xrpc#error-responses, the errors of each lexicon, packages/pds and packages/xrpc-server of
https://github.com/bluesky-social/atproto (read 2026-11).
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from social_care.connectors.kit.http import server_time
from social_care.connectors.kit.reading import mapping, moment_from_epoch, number, text
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

LOGIN: Verdict = (
    AccountNeedsLogin,
    "Bluesky does not accept this handle with this app password (any more): check both, or make a new app password.",
)
SESSION: Verdict = (Retryable, "The session at Bluesky has ended; a new one is begun.")
CLOSED: Verdict = (AccountNeedsLogin, "Bluesky has closed, suspended or deactivated this account: log in there and see why.")
SECOND_FACTOR: Verdict = (
    ConfigurationError,
    "Bluesky asks for a code by e-mail: enter an app password in the place of the account's own.",
)
RIGHTS: Verdict = (ConfigurationError, "The app password may not do this: make a new one at Bluesky and enter it.")
ELSEWHERE: Verdict = (
    ConfigurationError,
    "There is no Bluesky server at this address: check the API address of the account.",
)
GONE: Verdict = (TargetGone, "The post or person is no longer on Bluesky, or not visible to this account.")
BLOCKED: Verdict = (NotAllowed, "This person and this account cannot reach each other: one of them blocked the other.")
NO_MESSAGES: Verdict = (NotAllowed, "This person takes no private messages, or only from people they follow.")
CONVERSATION: Verdict = (NotAllowed, "This conversation is closed, or this account is no longer in it.")
FORBIDDEN: Verdict = (NotAllowed, "Bluesky does not allow this account to do that.")
INVALID: Verdict = (
    Refused,
    "Bluesky did not accept this as it was: the text may be too long, or a file of a kind that it cannot use.",
)
MEDIA: Verdict = (Refused, "Bluesky did not accept the attachment: check its kind and size.")
UNKNOWN_CALL: Verdict = (Refused, "The Bluesky server does not know this call.")
BUSY: Verdict = (Retryable, "Bluesky has trouble at the moment.")
LIMIT: Verdict = (RateLimited, "Bluesky asks to wait before the next call.")

NAMES: dict[str, Verdict] = {
    "AuthenticationRequired": LOGIN,
    "AuthMissing": LOGIN,
    "InvalidToken": LOGIN,
    "ExpiredToken": SESSION,
    "AuthFactorTokenRequired": SECOND_FACTOR,
    "InsufficientScope": RIGHTS,
    "ScopeMissingError": RIGHTS,
    "AccountTakedown": CLOSED,
    "AccountDeactivated": CLOSED,
    "AccountInactive": CLOSED,
    "RepoTakendown": GONE,
    "RepoSuspended": GONE,
    "RepoDeactivated": GONE,
    "RepoNotFound": GONE,
    "RecordNotFound": GONE,
    "NotFound": GONE,
    "ActorNotFound": GONE,
    "ProfileNotFound": GONE,
    "RecipientNotFound": GONE,
    "BlobNotFound": GONE,
    "HandleNotFound": GONE,
    "UnableToResolveHandle": GONE,
    "BlockedActor": BLOCKED,
    "BlockedByActor": BLOCKED,
    "MessagesDisabled": NO_MESSAGES,
    "NotFollowedBySender": NO_MESSAGES,
    "AccountSuspended": NO_MESSAGES,
    "ConvoLocked": CONVERSATION,
    "InvalidConvo": CONVERSATION,
    "Forbidden": FORBIDDEN,
    "InvalidRequest": INVALID,
    "InvalidRecord": INVALID,
    "BadQueryString": (Refused, "Bluesky does not accept this search: check its words and operators."),
    "InvalidSwap": (Retryable, "Somebody changed the same thing at this moment."),
    "BlobTooLarge": MEDIA,
    "PayloadTooLarge": MEDIA,
    "InvalidMimeType": MEDIA,
    "UnsupportedMediaType": MEDIA,
    "MethodNotImplemented": UNKNOWN_CALL,
    "XRPCNotSupported": ELSEWHERE,
    "RateLimitExceeded": LIMIT,
    "UpstreamFailure": BUSY,
    "UpstreamTimeout": BUSY,
    "NotEnoughResources": BUSY,
    "InternalServerError": BUSY,
}
STATUSES: dict[int, Verdict] = {
    **dict.fromkeys((300, 301, 302, 303, 307, 308), ELSEWHERE),
    401: LOGIN,
    403: FORBIDDEN,
    404: ELSEWHERE,
    407: (Retryable, "A proxy between this server and Bluesky wants a password: set it on this server."),
    408: BUSY,
    409: BUSY,
    413: MEDIA,
    415: MEDIA,
    425: BUSY,
    429: LIMIT,
    501: UNKNOWN_CALL,
}
ENDED = frozenset({"ExpiredToken", "InvalidToken", "AuthenticationRequired", "AuthMissing"})
"""Errors after which a new session may help."""
LONGEST_WAIT_S = 86_400.0


def classify(status: int, headers: Mapping[str, str], body: object, *, now: float | None = None) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success (2xx, whatever the body says).

    now: seconds since 1970, to count the reset time from where the answer has no `Date`; None is the machine's clock.
    """
    if 200 <= status < 300:
        return None
    kind, sentence = NAMES.get(name_of(body)) or STATUSES.get(status) or (INVALID if 400 <= status < 500 else BUSY)
    if status == 429 and not issubclass(kind, RateLimited):
        kind, sentence = LIMIT
    if issubclass(kind, RateLimited):
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        return kind(sentence, retry_after_s=_wait_s(lower, time.time() if now is None else now))
    return kind(sentence)


def name_of(body: object) -> str:
    """Return the name of the error in an answer, "" where it names none."""
    return text(mapping(body).get("error")) or ""


def unreadable_success() -> OutcomeUnknown:
    """Return the error for a message that Bluesky accepted in a way we cannot read."""
    return OutcomeUnknown("Bluesky's answer could not be read: the message may or may not have been sent.")


def _wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until the limit ends, between 1 second and a day; None when the server does not tell.

    Source: https://docs.bsky.app/docs/advanced-guides/rate-limits (`ratelimit-reset`, seconds since 1970; read 2026-11).
    """
    if reset := moment_from_epoch(headers.get("ratelimit-reset")):
        return min(max(reset.timestamp() - (server_time(headers) or now), 1.0), LONGEST_WAIT_S)
    plain = number(headers.get("retry-after"))
    return None if plain is None else min(max(float(plain), 1.0), LONGEST_WAIT_S)
