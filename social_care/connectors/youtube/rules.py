"""Who may be answered how: asked before anything is written."""

from __future__ import annotations

from social_care.connectors.kit.reading import number
from social_care.core.accounts import Account
from social_care.core.capabilities import TextRule
from social_care.core.events import Audience
from social_care.core.replies import StoredMessage

DELETED = "This comment is no longer on YouTube, so it cannot be answered."
NO_PRIVATE = "YouTube has no private messages: answer publicly."
ONE_LEVEL = "YouTube has one level of answers: this one will stand at the end of the thread{name}."
NAMED = ", and name @{handle} so that they are told"
LIMIT = 10_000
"""Characters of a comment. Google's pages give no number; this one is of third parties (unsure)."""


def refuse(target: StoredMessage, audience: Audience) -> str:
    """Return in a plain sentence why a message cannot be answered like that, "" when it can.

    Whether a thread takes answers (`canReply`) is left to YouTube: what it told may be out of date.
    """
    if audience is Audience.PRIVATE or target.audience is Audience.PRIVATE:
        return NO_PRIVATE
    return DELETED if target.deleted else ""


def remark(target: StoredMessage) -> str:
    """Return what the author of an answer should know before sending it, "" for nothing."""
    if target.message_id == target.thread_id:
        return ""
    handle = target.route.get("handle", "")
    return ONE_LEVEL.format(name=NAMED.format(handle=handle) if handle else "")


def text_rule(account: Account | None, target: StoredMessage | None = None) -> TextRule:
    """Return how long an answer may be, beside the name it begins with. Option: `youtube_comment_limit`."""
    limit = number(account.options.get("youtube_comment_limit")) if account else None
    handle = target.route.get("handle", "") if target else ""
    return TextRule(limit=max((limit or LIMIT) - (len(handle) + 2 if handle else 0), 1), unit="characters")
