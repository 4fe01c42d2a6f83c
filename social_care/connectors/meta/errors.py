"""The one table of Meta's refusals: code and subcode → what has to happen next. Its texts are translated: never read them.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/messenger-platform/error-codes,
https://developers.facebook.com/docs/graph-api/overview/rate-limiting,
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import flag, mapping, number
from social_care.connectors.meta.usage import regain_s
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    NotAllowed,
    OptedOut,
    OutcomeUnknown,
    OutOfCredit,
    PrivateReplyUsed,
    RateLimited,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
    WindowClosed,
)

Verdict = tuple[type[SocialCareError], str]

LOGIN: Verdict = (AccountNeedsLogin, "{title} no longer accepts this account's token: connect the account again.")
CHECKPOINT: Verdict = (
    AccountNeedsLogin,
    "{title} wants the token's owner to log in and confirm something first: do so there, then connect again.",
)
RIGHTS: Verdict = (ConfigurationError, "The app lacks a permission at {title} for this: grant it, then connect again.")
NOT_HERE: Verdict = (
    NotAllowed,
    "{title} does not let this account do that here: a permission of the app or a role may be missing.",
)
SETUP: Verdict = (ConfigurationError, "{title} says that this account is not set up for that: check it in Meta's settings.")
LOCKED: Verdict = (ConfigurationError, "{title} has locked or restricted this account: see its messages in Meta's settings.")
PAYMENT: Verdict = (OutOfCredit, "{title} misses a valid payment method of this account: add one in Meta's settings.")
WINDOW: Verdict = (WindowClosed, "The time in which {title} lets us answer is over: the customer has to write again first.")
TEMPLATE_WINDOW: Verdict = (
    WindowClosed,
    "More than 24 hours have passed since the customer's last message: {title} now takes approved templates"
    " only: choose one, or wait until the customer writes again.",
)
AWAY: Verdict = (
    WindowClosed,
    "This person cannot get messages from this account now: they may have blocked it, or the time to answer is over.",
)
BLOCKED: Verdict = (NotAllowed, "This person does not receive messages from this account.")
NOBODY: Verdict = (NotAllowed, "{title} knows nobody who could get this message: the conversation may be gone.")
GONE: Verdict = (TargetGone, "What was to be answered is no longer on {title}, or not visible to this account.")
USED_UP: Verdict = (
    PrivateReplyUsed,
    "{title} takes one private answer to a comment, within 7 days, and not for every comment: this one cannot have another."
    " Answer publicly, or answer the customer's own private message.",
)
DUPLICATE: Verdict = (Refused, "{title} refuses this text because it was posted before: change the wording.")
POLICY: Verdict = (Refused, "{title} has blocked this action for a while, for its rules on abuse and spam.")
RESTRICTED: Verdict = (Refused, "{title} has restricted this account's messages for now.")
INVALID: Verdict = (Refused, "{title} did not accept the request as it was.")
MEDIA: Verdict = (Refused, "{title} did not accept the attachment: check its kind and size.")
NOT_FETCHED: Verdict = (
    Refused,
    "{title} could not fetch the file from this site: make sure that the site is open to the internet, then try again.",
)
TEMPLATE: Verdict = (Refused, "{title} did not accept the template.")
TEMPLATE_GONE: Verdict = (Refused, "{title} has no such approved template (any more): refresh the list and choose again.")
TEMPLATE_PAUSED: Verdict = (Refused, "{title} has paused or disabled this template: choose another one.")
TEMPLATE_MISFIT: Verdict = (Refused, "{title} says that the values do not fit the template: refresh the list and try again.")
NOT_DELIVERABLE: Verdict = (
    NotAllowed,
    "{title} could not deliver this: the number may not use it, may run an old version, or has not accepted its terms.",
)
UNWANTED: Verdict = (OptedOut, "{title} did not deliver this: the customer does not want marketing messages.")
ECOSYSTEM: Verdict = (
    Refused,
    "{title} did not deliver this, to spare its users too many messages: wait at least a day before another try.",
)
SPAM: Verdict = (Refused, "{title} limits this number for a while, since many people reported or blocked its messages.")
ELSEWHERE: Verdict = (
    NotAllowed,
    "Another app has this conversation at the moment: answer in {title}'s own inbox, or take it over there.",
)
BUSY: Verdict = (Retryable, "{title} has trouble at the moment.")
LIMIT: Verdict = (RateLimited, "{title} asks to wait before the next call.")

PAIRS: dict[tuple[int, int], Verdict] = {
    (10, 2018278): WINDOW,
    (10, 2534022): WINDOW,
    (10, 2018108): BLOCKED,
    (10, 1893063): RESTRICTED,
    (100, 33): GONE,
    (100, 2534025): USED_UP,
    (100, 2018001): NOBODY,
    (100, 2018008): NOT_FETCHED,
    (100, 2018047): MEDIA,
    (100, 2018109): MEDIA,
    (190, 459): CHECKPOINT,
    (190, 464): CHECKPOINT,
}
SUBCODES: dict[int, Verdict] = {
    # Met with more than one code; looked at after the pairs and the codes of FIRST.
    1545041: AWAY,
    1545133: BUSY,
    2018001: NOBODY,
    2018065: WINDOW,
    2018108: BLOCKED,
    2018278: WINDOW,
    2018300: ELSEWHERE,
    2534001: NOBODY,
    2534014: NOBODY,
    2534022: WINDOW,
    2534025: USED_UP,
}
FIRST = frozenset({190, 102, 551, 10900})
"""Codes that say more than any subcode."""
CODES: dict[int, Verdict] = {
    **dict.fromkeys((102, 190), LOGIN),
    **dict.fromkeys((3, 10, 131005), RIGHTS),
    **dict.fromkeys((4, 17, 32, 341, 613, *range(80000, 80015), 130429, 131056), LIMIT),
    12: (NotAllowed, "{title} no longer offers that in the version of its API that this account uses."),
    104: (ConfigurationError, "{title} wants calls signed with the app's secret: enter the right one in the account."),
    **dict.fromkeys((1, 2, 1200, 131000, 131016, 131057, 133004, 133016), BUSY),
    551: BLOCKED,
    **dict.fromkeys((803, 21), GONE),
    **dict.fromkeys((10900, 10903), USED_UP),
    2022: RESTRICTED,
    506: DUPLICATE,
    368: POLICY,
    **dict.fromkeys((100, 131008, 131009, 131021, 131051, 135000), INVALID),
    131047: TEMPLATE_WINDOW,
    131026: NOT_DELIVERABLE,
    131062: (NotAllowed, "{title} cannot send this to a customer whose phone number is hidden."),
    **dict.fromkeys((130472, 131049), ECOSYSTEM),
    131050: UNWANTED,
    132001: TEMPLATE_GONE,
    **dict.fromkeys((132015, 132016), TEMPLATE_PAUSED),
    **dict.fromkeys((132000, 132005, 132012, 132018), TEMPLATE_MISFIT),
    130497: (NotAllowed, "{title} does not let this account write to people in that country."),
    131030: (NotAllowed, "This number is not on the list of numbers that a test account may write to."),
    131048: SPAM,
    **dict.fromkeys((131052, 131053), MEDIA),
    139100: (Refused, "{title} could not block or unblock this person."),
    139101: (Refused, "The list of people blocked by this account is full."),
    **dict.fromkeys((139102, 139103), BUSY),
    131031: LOCKED,
    131042: PAYMENT,
    **dict.fromkeys((33, 131037, 131045, *range(133000, 133004), *range(133005, 133016)), SETUP),
}
RANGES: tuple[tuple[range, Verdict], ...] = (
    (range(200, 300), NOT_HERE),
    (range(132000, 133000), TEMPLATE),
    (range(131000, 132000), (Refused, "{title} could not send this message.")),
)
STATUSES: dict[int, Verdict] = {401: LOGIN, 403: NOT_HERE, 404: GONE, 408: BUSY, 410: GONE, 413: MEDIA, 429: LIMIT}


def classify(title: str, status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
    """Return the error that an answer stands for, or None when it is a success.

    Meta's refusals mostly have HTTP status 400, throttling included; the wait comes from its usage header, in minutes.
    """
    error = mapping(mapping(body).get("error"))
    if 200 <= status < 300 and number(error.get("code")) is None:
        return None
    kind, sentence = _verdict(status, error)
    sentence = sentence.format(title=title)
    if issubclass(kind, RateLimited):
        return kind(sentence, retry_after_s=regain_s(headers))
    return kind(sentence)


def verdict_of(code: int | None) -> Verdict | None:
    """Return what a code alone stands for, None for one that is not in the table."""
    if code is None:
        return None
    if code in CODES:
        return CODES[code]
    return next((verdict for codes, verdict in RANGES if code in codes), None)


def unreadable_success(title: str) -> OutcomeUnknown:
    """Return the error for a message that Meta accepted in a way we cannot read."""
    return OutcomeUnknown(f"{title}'s answer could not be read: the message may or may not have been sent.")


def certainly_refused(error: SocialCareError) -> bool:
    """Tell whether a refused send certainly did nothing: not so when Meta had trouble while it took the message."""
    return isinstance(error, RateLimited) or not isinstance(error, Retryable)


def _verdict(status: int, error: Mapping[str, Any]) -> Verdict:
    code, subcode = number(error.get("code")), number(error.get("error_subcode"))
    if code is not None:
        if subcode is not None and (code, subcode) in PAIRS:
            return PAIRS[code, subcode]
        if subcode in SUBCODES and subcode is not None and code not in FIRST:
            return SUBCODES[subcode]
        known = verdict_of(code)
        if known is not None and known is not INVALID:
            return known
        if flag(error.get("is_transient")):
            return BUSY
        if known is not None:
            return known
    if flag(error.get("is_transient")) or status >= 500 or status < 400:
        return BUSY
    return STATUSES.get(status, INVALID)
