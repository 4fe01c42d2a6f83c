"""Who may be answered how, and the sentence when not."""

from __future__ import annotations

from social_care.connectors.bluesky.calls import NO_CHAT
from social_care.connectors.bluesky.sessions import SCOPE_PLAIN
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.replies import StoredMessage

DELETED = "The post was deleted, so it cannot be answered any more."
NEVER_PUBLIC = "A private message cannot be answered publicly."
OURSELVES = "This is a message of ours: there is nobody to answer privately."
NOBODY = "The platform did not say who wrote this message, so there is nobody to answer privately."
NO_CONVERSATION = "The platform did not say to which conversation this message belongs."
LIMITED = "The author lets only some people answer this post: Bluesky may refuse the answer."


def refuse(target: StoredMessage, account: Account, audience: Audience) -> str:
    """Return why this message cannot be answered like that, or "".

    Whether its author lets us answer, or blocked us, is asked again when the answer is sent: it may change.
    """
    if audience is Audience.PUBLIC:
        if target.audience is Audience.PRIVATE:
            return NEVER_PUBLIC
        return DELETED if target.deleted else ""
    if account.permissions == {SCOPE_PLAIN}:
        return NO_CHAT
    if target.audience is Audience.PRIVATE:
        return "" if target.route.get("convo") or target.thread_id else NO_CONVERSATION
    if not target.author_id:
        return NOBODY
    return OURSELVES if target.author_id == account.external_id else ""


def warning(target: StoredMessage, audience: Audience) -> str:
    """Return what the author should know before sending, "" for nothing."""
    return LIMITED if audience is Audience.PUBLIC and target.route.get("reply_disabled") else ""
