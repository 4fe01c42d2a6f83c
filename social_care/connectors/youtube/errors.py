"""The one table of YouTube's and Google's refusals: status and reason → what has to happen next.

Source: https://developers.google.com/youtube/v3/docs/errors, .../docs/comments/insert, .../docs/commentThreads/list,
https://developers.google.com/identity/protocols/oauth2/web-server#exchange-errors (read 2026-11). Reasons in capitals
are those of Google's gateway, alike for all its services: google/api/error_reason.proto (read 2026-11; unsure of which).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone

from social_care.connectors.kit.http import server_time
from social_care.connectors.kit.reading import items, mapping, number, text
from social_care.connectors.youtube.days import next_reset
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

LOGIN: Verdict = (AccountNeedsLogin, "YouTube no longer accepts this account's sign-in: sign in again.")
CLOSED: Verdict = (AccountNeedsLogin, "YouTube has closed or suspended this channel: see YouTube Studio.")
NO_CHANNEL: Verdict = (
    ConfigurationError,
    "Who signed in has no YouTube channel that may comment: make one on youtube.com, then sign in again.",
)
WRONG_CHANNEL: Verdict = (ConfigurationError, "YouTube does not find this channel: sign in again as its owner.")
APP: Verdict = (
    ConfigurationError,
    "Google does not let the app use the YouTube Data API: switch it on in the Google Cloud console.",
)
CLIENT: Verdict = (
    ConfigurationError,
    "Google does not know this client id with this secret: copy both again from the Google Cloud console, under Clients.",
)
RETURN: Verdict = (
    ConfigurationError,
    "Google does not know this site's return address: enter the one of the account's form in the Google Cloud console.",
)
RIGHTS: Verdict = (
    ConfigurationError,
    "The sign-in lacks the permission for comments: sign in again, and leave every box ticked.",
)
QUOTA: Verdict = (
    RateLimited,
    "The app's units at YouTube are used up until midnight in California.",
)
LIMIT: Verdict = (RateLimited, "YouTube asks to wait before the next call.")
GONE: Verdict = (TargetGone, "The comment or video is no longer on YouTube, or not visible to this channel.")
DISABLED: Verdict = (NotAllowed, "Comments are switched off under this video.")
NO_ANSWER: Verdict = (NotAllowed, "YouTube does not take that for this comment; its thread may be closed for answers.")
FORBIDDEN: Verdict = (NotAllowed, "YouTube does not allow this channel to do that.")
TOO_LONG: Verdict = (Refused, "YouTube found the text too long: shorten it.")
EMPTY: Verdict = (Refused, "YouTube takes no comment without text.")
EMOJI: Verdict = (Refused, "The text has an emoji that belongs to another channel: leave it out.")
FAILED: Verdict = (
    Refused,
    "YouTube could not process this: as a rule it does not take the text. Change it, or try again later.",
)
INVALID: Verdict = (Refused, "YouTube did not accept the request as it was.")
PROXY: Verdict = (
    Retryable,
    "A proxy between this server and YouTube wants a password: the owner of the server has to set it.",
)
ELSEWHERE: Verdict = (ConfigurationError, "YouTube sends us to another address: check the API address of the account.")
BUSY: Verdict = (Retryable, "YouTube has trouble at the moment.")

REASONS: dict[str, Verdict] = {
    **dict.fromkeys(("authError", "authorizationRequired", "required", "expired", "invalidCredentials"), LOGIN),
    **dict.fromkeys(
        ("unauthorized", "invalid_grant", "invalid_token", "CREDENTIALS_MISSING", "ACCESS_TOKEN_EXPIRED"), LOGIN
    ),
    **dict.fromkeys(("authenticatedUserAccountClosed", "authenticatedUserAccountSuspended"), CLOSED),
    **dict.fromkeys(("channelClosed", "channelSuspended"), CLOSED),
    **dict.fromkeys(("authenticatedUserNotChannel", "ineligibleAccount", "youtubeSignupRequired"), NO_CHANNEL),
    "channelNotFound": WRONG_CHANNEL,
    **dict.fromkeys(("accessNotConfigured", "SERVICE_DISABLED", "dailyLimitExceededUnreg", "ipRefererBlocked"), APP),
    **dict.fromkeys(("keyInvalid", "keyExpired", "API_KEY_INVALID"), APP),
    **dict.fromkeys(("invalid_client", "unauthorized_client", "deleted_client"), CLIENT),
    "redirect_uri_mismatch": RETURN,
    **dict.fromkeys(("insufficientPermissions", "insufficientScopes", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), RIGHTS),
    **dict.fromkeys(("insufficient_scope", "invalid_scope"), RIGHTS),
    **dict.fromkeys(("quotaExceeded", "dailyLimitExceeded"), QUOTA),
    **dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"), LIMIT),
    **dict.fromkeys(("servingLimitExceeded", "concurrentLimitExceeded", "limitExceeded"), LIMIT),
    **dict.fromkeys(("commentNotFound", "commentThreadNotFound", "parentCommentNotFound", "videoNotFound"), GONE),
    "commentsDisabled": DISABLED,
    **dict.fromkeys(("operationNotSupported", "parentCommentIsPrivate"), NO_ANSWER),
    **dict.fromkeys(("forbidden", "insufficientCapabilities", "accountDelegationForbidden"), FORBIDDEN),
    "commentTextTooLong": TOO_LONG,
    "commentTextRequired": EMPTY,
    "invalidCustomEmoji": EMOJI,
    "processingFailure": FAILED,
    **dict.fromkeys(("backendError", "internalError"), BUSY),
}
STATUSES: dict[int, Verdict] = {
    **dict.fromkeys((300, 301, 302, 303, 307, 308), ELSEWHERE),
    401: LOGIN,
    403: FORBIDDEN,
    404: GONE,
    407: PROXY,
    408: BUSY,
    409: BUSY,
    410: GONE,
    425: BUSY,
    429: LIMIT,
}
LONGEST_WAIT_S = 86_400.0


def classify(status: int, headers: Mapping[str, str], body: object, *, now: float | None = None) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success (2xx, whatever the body says).

    now: seconds since 1970, for an answer without a `Date`; None is the machine's clock.
    """
    if 200 <= status < 300:
        return None
    verdict = _verdict(status, body)
    kind, sentence = verdict
    if issubclass(kind, RateLimited):
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        return kind(sentence, retry_after_s=_wait_s(verdict, lower, time.time() if now is None else now))
    return kind(sentence)


def used_up(status: int, body: object) -> bool:
    """Tell whether an answer says that the day's units are used up."""
    return status >= 400 and _verdict(status, body) == QUOTA


def unreadable_success() -> OutcomeUnknown:
    """Return the error for a comment that YouTube accepted in a way we cannot read."""
    return OutcomeUnknown("YouTube's answer could not be read: the comment may or may not have been posted.")


def _verdict(status: int, body: object) -> Verdict:
    if status >= 500 or status < 300:
        return BUSY
    error = mapping(body).get("error")
    if any("perday" in limit.lower() for limit in _limits(error)):
        return QUOTA
    for reason in _reasons(error):
        if reason in REASONS:
            return REASONS[reason]
    return STATUSES.get(status, INVALID)


def _reasons(error: object) -> Iterator[str]:
    """Yield what an error is called: of OAuth in one word, of the API in a list, of Google's gateway in the details."""
    found = [error, *(mapping(one).get("reason") for key in ("errors", "details") for one in items(mapping(error).get(key)))]
    yield from filter(None, map(text, found))


def _limits(error: object) -> Iterator[str]:
    """Yield the names of the limits that were met ("defaultPerDayPerProject")."""
    for one in items(mapping(error).get("details")):
        yield text(mapping(mapping(one).get("metadata")).get("quota_limit")) or ""


def _wait_s(verdict: Verdict, headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until the limit ends, those of a day at most 25 hours; None when YouTube does not tell."""
    if verdict == QUOTA:
        moment = datetime.fromtimestamp(server_time(headers) or now, timezone.utc)
        return (next_reset(moment) - moment).total_seconds()
    plain = number(headers.get("retry-after"))
    return None if plain is None else min(max(float(plain), 1.0), LONGEST_WAIT_S)
