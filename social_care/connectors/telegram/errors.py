"""The one table of Telegram's refusals: code and words → what has to happen next.

Telegram gives a status and an English sentence, and no finer codes; where one status means several things, known words of
the sentence decide, and any other sentence means what the status means.
Source: https://core.telegram.org/bots/api#making-requests and #responseparameters (read 2026-11); the words as in public
projects' tests and reports (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping

from social_care.connectors.kit.reading import mapping, number, text
from social_care.connectors.telegram.places import number_of
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
    WindowClosed,
)

Verdict = tuple[type[SocialCareError], str]

INVALID: Verdict = (Refused, "Telegram did not accept the message as it was.")
FORBIDDEN: Verdict = (NotAllowed, "Telegram does not let the bot write there.")
BUSY: Verdict = (Retryable, "Telegram has trouble at the moment.")
GONE: Verdict = (TargetGone, "The message to be answered is no longer on Telegram.")
NO_RIGHT: Verdict = (
    NotAllowed,
    "The bot lacks the right to write in this group or channel: its administrators can give it.",
)
NO_BAN: Verdict = (
    NotAllowed,
    "The bot lacks the right to ban this person: its administrators can give it, and administrators cannot be banned.",
)
MEDIA: Verdict = (Refused, "Telegram did not accept the file: check its kind and size.")
TOPIC: Verdict = (NotAllowed, "The topic of the group is closed or gone, so nothing can be answered there.")
BUSINESS: Verdict = (
    NotAllowed,
    "The business account no longer lets the bot answer in this chat: look at the bot in Telegram's business settings.",
)

STATUSES: dict[int, Verdict] = {
    400: INVALID,
    401: (AccountNeedsLogin, "Telegram no longer accepts the bot's token: get a new one from @BotFather and enter it."),
    403: FORBIDDEN,
    404: (ConfigurationError, "Telegram knows no bot with this token: copy it again from @BotFather."),
    407: (Retryable, "A proxy between this server and Telegram wants a password: set it on this server."),
    408: BUSY,
    409: (
        Retryable,
        "Something else takes this bot's messages: a webhook is set, or another program polls with the same token. Telegram"
        " allows one of them; remove the other, or receive by webhook here.",
    ),
    413: (Refused, "The file is larger than Telegram takes from bots."),
    425: BUSY,
    429: (RateLimited, "Telegram asks to wait before the next message."),
}
WORDS: tuple[tuple[int, str, Verdict], ...] = (
    (400, "replied not found", GONE),
    (400, "message to reply not found", GONE),
    (400, "reply message not found", GONE),
    (400, "message_id_invalid", GONE),
    (400, "message to delete not found", GONE),
    (400, "message to react not found", GONE),
    (400, "message can't be deleted", (NotAllowed, "Telegram does not let the bot delete this message (any more).")),
    (400, "reaction_", (NotAllowed, "This group does not allow that reaction.")),
    (400, "not enough rights to restrict", NO_BAN),
    (400, "can't remove chat owner", NO_BAN),
    (400, "user is an administrator", NO_BAN),
    (400, "too long", (Refused, "Telegram found the text too long: shorten it.")),
    (400, "text is empty", (Refused, "The reply is empty.")),
    (400, "text must be non-empty", (Refused, "The reply is empty.")),
    (400, "file is too big", (Refused, "The file is larger than the 20 MB that Telegram hands to bots.")),
    (400, "temporarily unavailable", (Retryable, "Telegram cannot give the file at the moment.")),
    (400, "photo_", MEDIA),
    (400, "image_process_failed", MEDIA),
    (400, "chat not found", (NotAllowed, "Telegram knows no such chat: it is gone, or the customer never started the bot.")),
    (400, "rights to send", NO_RIGHT),
    (400, "chat_write_forbidden", NO_RIGHT),
    (400, "thread not found", TOPIC),
    (400, "topic_", TOPIC),
    (
        400,
        "business_peer_usage_missing",
        (
            WindowClosed,
            "In a business account's chat Telegram lets bots answer for 24 hours after the customer's last message.",
        ),
    ),
    (400, "business", BUSINESS),
    (403, "blocked by the user", (NotAllowed, "The customer has blocked the bot, so nothing can be sent.")),
    (403, "deactivated", (NotAllowed, "The customer's Telegram account no longer exists.")),
    (
        403,
        "initiate conversation",
        (NotAllowed, "Telegram lets a bot write to a person only after that person has started it: answer in the group."),
    ),
    (403, "was kicked", (NotAllowed, "The bot was removed from this group or channel.")),
    (403, "not a member", (NotAllowed, "The bot is not a member of this group or channel.")),
)
LONGEST_WAIT_S = 86_400.0


def classify(status: int, headers: Mapping[str, str], body: object) -> SocialCareError | None:
    """Return the error that an answer stands for, None for a success: 2xx whose body does not say otherwise."""
    answer = mapping(body)
    if 200 <= status < 300:
        if answer.get("ok") is not False:
            return None
        told = number(answer.get("error_code"))
        status = told if told is not None and told >= 300 else 400
    more = mapping(answer.get("parameters"))
    if moved_to(body):
        return Retryable("The group became a supergroup, which has another id.")
    kind, sentence = _verdict(status, (text(answer.get("description")) or "").lower())
    if issubclass(kind, RateLimited):
        lower = {str(name).lower(): value for name, value in headers.items()}
        wait_s = number(more.get("retry_after")) or number(lower.get("retry-after"))
        return kind(sentence, retry_after_s=None if wait_s is None else min(max(float(wait_s), 1.0), LONGEST_WAIT_S))
    return kind(sentence)


def moved_to(body: object) -> str:
    """Return the new id of a group that became a supergroup, as a refusal names it, or ""."""
    return number_of(mapping(mapping(body).get("parameters")).get("migrate_to_chat_id"))


def unreadable_success() -> OutcomeUnknown:
    """Return the error for a message that Telegram accepted in a way we cannot read."""
    return OutcomeUnknown("Telegram's answer could not be read: the message may or may not have been sent.")


def _verdict(status: int, words: str) -> Verdict:
    for wanted, part, verdict in WORDS:
        if status == wanted and part in words:
            return verdict
    if status in STATUSES:
        return STATUSES[status]
    if 300 <= status < 400:
        return ConfigurationError, "The API address sends us to another one: check it in the account."
    return INVALID if 400 <= status < 500 else BUSY
