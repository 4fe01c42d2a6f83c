"""Meta's rules for answering on Facebook and Instagram, asked before anything is written."""

from __future__ import annotations

from datetime import datetime, timedelta

from social_care.connectors.meta.options import option
from social_care.core.accounts import Account
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import StoredMessage

WINDOW = timedelta(hours=24)
"""Source: https://developers.facebook.com/docs/messenger-platform/policy/policy-overview (read 2026-11)."""
HUMAN_WINDOW = timedelta(days=7)
"""Source: https://developers.facebook.com/docs/messenger-platform/send-messages/message-tags (Human Agent; read 2026-11)."""
PRIVATE_REPLY_WINDOW = timedelta(days=7)
"""Source: https://developers.facebook.com/docs/messenger-platform/discovery/private-replies (read 2026-11)."""

DELETED = "This message is no longer on {title}, so it cannot be answered."
NOT_PUBLICLY = "This is a private message: answer it privately."
NOBODY = "{title} gave only a reference to this person, so there is nobody to answer."
USED_UP = "{title} does not take a private answer to this comment (any more): answer publicly."
TOO_OLD = "{title} takes a private answer to a comment within 7 days only: answer publicly."
ELSEWHERE = "{title} takes private answers only to comments and posts on our own page: answer publicly."
ON_AIR = "{title} takes no public answer to a comment on a live broadcast: answer privately while it lasts."
"""Source: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-comment/replies
(read 2026-11)."""
OUR_OWN = "This is our own message, and {title} takes private answers to customers' comments only."


def has_human_agent(account: Account) -> bool:
    """Tell whether Meta approved the Human Agent feature for the app (option `human_agent`, "1")."""
    return option(account, "human_agent") == "1"


def reply_until(message: MessageReceived, account: Account) -> datetime | None:
    """Return when the window to answer a private message closes: 24 hours, or 7 days where people may answer later.

    Automatic answers keep the 24 hours whatever the account may do. Public messages have no window.
    """
    if message.thread.audience is Audience.PUBLIC or message.sent_at is None:
        return None
    return message.sent_at + (HUMAN_WINDOW if has_human_agent(account) else WINDOW)


def private_reply_until(target: StoredMessage) -> datetime | None:
    """Return until when a comment can be answered privately; of a live comment only its broadcast's end would tell."""
    if target.sent_at is None or target.route.get("live"):
        return None
    return target.sent_at + PRIVATE_REPLY_WINDOW


def refuse(target: StoredMessage, account: Account, audience: Audience, now: datetime, title: str) -> str:
    """Return in a plain sentence why a message cannot be answered like that, "" when it can."""
    return _refuse(target, account, audience, now).format(title=title)


def _refuse(target: StoredMessage, account: Account, audience: Audience, now: datetime) -> str:
    route = target.route
    if target.audience is Audience.PRIVATE:
        if audience is Audience.PUBLIC:
            return NOT_PUBLICLY
        return NOBODY if route.get("user_ref") and not route.get("person") else ""
    if target.deleted:
        return DELETED
    if audience is Audience.PUBLIC:
        return ON_AIR if route.get("live") else ""
    if route.get("elsewhere"):
        return ELSEWHERE
    if target.direction == "out" or (target.author_id and target.author_id == account.external_id):
        return OUR_OWN
    if route.get("can_reply_privately") == "0":
        return USED_UP
    if target.sent_at is not None and target.sent_at + PRIVATE_REPLY_WINDOW <= now:
        return TOO_OLD
    return ""
