"""The one table of X's refusals: status, code and problem type → what has to happen next.

Source: https://docs.x.com/x-api/fundamentals/response-codes-and-errors and .../rate-limits (read 2026-08); the numbered
codes: https://developer.x.com/en/support/x-api/error-troubleshooting (the v1.1 list, still sent by some gateways).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.http import server_time
from social_care.connectors.kit.reading import identifier, items, mapping, number, text
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    OutOfCredit,
    RateLimited,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
)

Verdict = tuple[type[SocialCareError], str]

LOGIN: Verdict = (AccountNeedsLogin, "X no longer accepts this account's credentials: connect the account again.")
LOCKED: Verdict = (AccountNeedsLogin, "X has locked or suspended this account: log in on x.com and follow what X asks.")
RIGHTS: Verdict = (
    ConfigurationError,
    "The app at X lacks the permission for this: change its permissions, then connect again.",
)
ACCESS: Verdict = (
    ConfigurationError,
    "The app's access level at X does not include this: check it in X's developer console.",
)
CREDIT: Verdict = (OutOfCredit, "The developer account at X is out of credit: add credit in X's developer console.")
CAP: Verdict = (
    OutOfCredit,
    "The usage cap at X is used up: raise it in X's developer console or wait for the next period.",
)
PROXY: Verdict = (Retryable, "A proxy between this server and X wants a password: the owner of the server has to set it.")
GONE: Verdict = (TargetGone, "The post or person is no longer on X, or not visible to this account.")
DUPLICATE: Verdict = (Refused, "X refuses this text because the account has just posted the same: change the wording.")
SUMMONED: Verdict = (
    NotAllowed,
    "X lets this account reply only to people who mentioned it or quoted one of its posts: answer privately instead.",
)
RESTRICTED: Verdict = (NotAllowed, "The author has restricted who can reply to this post.")
NO_DM: Verdict = (NotAllowed, "This person does not accept private messages from this account: answer publicly instead.")
FORBIDDEN: Verdict = (NotAllowed, "X does not allow this account to do that.")
INVALID: Verdict = (Refused, "X did not accept the request as it was.")
TOO_LONG: Verdict = (Refused, "X found the text too long: shorten it.")
MEDIA: Verdict = (Refused, "X did not accept the attachment: check its kind and size.")
BUSY: Verdict = (Retryable, "X has trouble at the moment.")
LIMIT: Verdict = (RateLimited, "X asks to wait before the next call.")

CODES: dict[int, Verdict] = {
    **dict.fromkeys((32, 89, 215, 99), LOGIN),
    **dict.fromkeys((64, 326, 231, 141), LOCKED),
    **dict.fromkeys((93, 220, 261), RIGHTS),
    **dict.fromkeys((87, 416, 453), ACCESS),
    135: (ConfigurationError, "X finds this server's clock wrong: set the time of the server."),
    **dict.fromkeys((17, 34, 50, 63, 108, 144, 385), GONE),
    187: DUPLICATE,
    433: RESTRICTED,
    **dict.fromkeys((149, 150, 151, 349), NO_DM),
    **dict.fromkeys((136, 160, 179, 226), FORBIDDEN),
    **dict.fromkeys((186, 354), TOO_LONG),
    **dict.fromkeys((323, 324, 325), MEDIA),
    **dict.fromkeys((25, 38, 44, 170, 214), INVALID),
    **dict.fromkeys((130, 131), BUSY),
    **dict.fromkeys((88, 185), LIMIT),
}
PROBLEMS: dict[str, Verdict] = {
    "credits": CREDIT,
    "usage-capped": CAP,
    "rate-limit-exceeded": LIMIT,
    "client-forbidden": ACCESS,
    "unsupported-authentication": (ConfigurationError, "These credentials are of a kind X does not accept for this call."),
    "oauth1-permissions": RIGHTS,
    "not-authorized-for-field": RIGHTS,
    "not-authorized-for-resource": (NotAllowed, "This account may not see that: it is protected or restricted."),
    "resource-not-found": GONE,
    "resource-unavailable": GONE,
    "disallowed-resource": FORBIDDEN,
    "invalid-request": INVALID,
    "internal-error": BUSY,
}
DETAILS: tuple[tuple[str, Verdict], ...] = (
    # X gives these refusals neither a code nor a type of their own; a wording not found here is FORBIDDEN.
    ("duplicate content", DUPLICATE),
    ("not been mentioned", SUMMONED),
    ("you are mentioned or are the author", SUMMONED),
    ("permission to dm", NO_DM),
    ("deleted or not visible", GONE),
    ("oauth1 app permissions", RIGHTS),
    ("account is temporarily locked", LOCKED),
    ("account is suspended", LOCKED),
)
STATUSES: dict[int, Verdict] = {
    400: INVALID,
    401: LOGIN,
    402: CREDIT,
    403: FORBIDDEN,
    404: GONE,
    407: PROXY,
    408: BUSY,
    409: BUSY,
    410: GONE,
    413: MEDIA,
    425: BUSY,
    429: LIMIT,
}


def classify(status: int, headers: Mapping[str, str], body: object, *, now: float | None = None) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success (2xx, whatever the body says).

    X's reset time is counted against the time in the answer's own `Date`, so that a wrong clock here does no harm.
    now: seconds since 1970, for an answer without a `Date`; None is the machine's clock.
    """
    if 200 <= status < 300:
        return None
    kind, sentence = _verdict(status, mapping(body))
    if issubclass(kind, RateLimited):
        return kind(sentence, retry_after_s=_wait_s(headers, time.time() if now is None else now))
    return kind(sentence)


def unreadable_success() -> OutcomeUnknown:
    """Return the error for a message that X accepted in a way we cannot read."""
    return OutcomeUnknown("X's answer could not be read: the message may or may not have been sent.")


def problem_slug(problem: Mapping[str, Any]) -> str:
    """Return the last word of a problem's type ("resource-not-found"), whichever host X writes before it."""
    return (text(problem.get("type")) or "").rstrip("/").rsplit("/", 1)[-1]


def _verdict(status: int, body: Mapping[str, Any]) -> Verdict:
    entries = [body, *map(mapping, items(body.get("errors")))]
    slugs = [slug for slug in map(problem_slug, entries) if slug in PROBLEMS]
    if status == 402:
        return CREDIT
    if status == 429:
        capped = "usage-capped" in slugs and (text(body.get("period")) or "").lower() != "daily"
        return CREDIT if "credits" in slugs else CAP if capped else LIMIT
    if status < 400 or status >= 500:
        return BUSY
    for entry in entries:
        code = number(entry.get("code"))
        if code in CODES and code is not None:
            return CODES[code]
    if slugs and not (status == 401 and slugs[0] == "invalid-request"):
        return PROBLEMS[slugs[0]]
    details = " ".join(text(entry.get(key)) or "" for entry in entries for key in ("detail", "message")).lower()
    if status in {400, 403}:
        for words, verdict in DETAILS:
            if words in details:
                return verdict
    return STATUSES.get(status, INVALID)


def _wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until X's own reset time, between 1 second and a day; None when X names none."""
    lower = {str(name).lower(): value for name, value in headers.items()}
    resets: list[int] = []
    for window in ("x-user-limit-24hour", "x-app-limit-24hour"):
        reset = number(lower.get(f"{window}-reset"))
        if reset is not None and identifier(lower.get(f"{window}-remaining")) == "0":
            resets.append(reset)
    usual = number(lower.get("x-rate-limit-reset"))
    if usual is not None and (not resets or identifier(lower.get("x-rate-limit-remaining")) == "0"):
        resets.append(usual)
    if resets:
        return min(max(max(resets) - (server_time(lower) or now), 1.0), 86_400.0)
    plain = number(lower.get("retry-after"))
    return None if plain is None else float(min(max(plain, 1), 86_400))
