"""Where an outgoing part goes, and how it is known again when it comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from social_care.connectors.telegram.rules import NOBODY
from social_care.connectors.telegram.text import fingerprint
from social_care.core.errors import Refused
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import Part

CLOCK_SKEW = timedelta(minutes=1)
"""How much Telegram's clock may differ from ours; it tells whole seconds."""


def is_opening(part: Part) -> bool:
    """Tell whether a part answers somebody of a group privately."""
    return part.audience is not part.target.audience


def address_of(part: Part) -> dict[str, Any]:
    """Return where a part goes, as the parameters of a call. Raises: Refused when there is nobody to be answered.

    In a group a part has to answer the message, which must be there still; in a private chat a bot does not learn of
    deletions, and the answer goes there anyway.
    Source: https://core.telegram.org/bots/api#sendmessage and #replyparameters (read 2026-11).
    """
    route = part.target.route
    if is_opening(part):
        if not part.target.author_id:
            raise Refused(NOBODY)
        return {"chat_id": int(part.target.author_id)}
    if not route.get("chat"):
        raise Refused("It is not known in which chat this message stands.")
    found: dict[str, Any] = {"chat_id": int(route["chat"])}
    for name, key in (("message_thread_id", "topic"), ("direct_messages_topic_id", "direct_topic")):
        if route.get(key):
            found[name] = int(route[key])
    if route.get("business"):
        found["business_connection_id"] = route["business"]
    if route.get("message"):
        without = part.audience is Audience.PRIVATE or part.index > 1
        found["reply_parameters"] = {"message_id": int(route["message"]), "allow_sending_without_reply": without}
    return found


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own message coming back is this part: told by a business chat, or quoted by a customer's answer."""
    if part.audience is not event.thread.audience or part.first_attempt_at is None:
        return False
    if event.sent_at is None or event.sent_at < part.first_attempt_at - CLOCK_SKEW:
        return False
    if not part.text or fingerprint(event.text) != fingerprint(part.text) or event.media:
        return False  # a file without words looks like any other
    return event.thread.id == (part.target.author_id if is_opening(part) else part.target.thread_id)
