"""Telegram's rules for answering, asked before anything is written."""

from __future__ import annotations

from datetime import datetime

from social_care.connectors.telegram.limits import BUSINESS_WINDOW
from social_care.core.accounts import Account
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import StoredMessage

DELETED = "This message is no longer on Telegram, so it cannot be answered."
NOT_PUBLICLY = "This is a private message: answer it privately."
NOBODY = "Telegram does not say which person wrote this, so nobody can be answered privately."
OURSELVES = "This is our own message: there is nobody to write to privately."
AS_GUEST = "The bot is no member of the chat in which it was called, so it cannot answer there."
EVERYBODY = "Everybody in the Telegram group or channel reads this."


def refuse(target: StoredMessage, account: Account, audience: Audience) -> str:
    """Return in a plain sentence why a message cannot be answered like that, "" when it can.

    Whether a person of a group ever started our bot is not told, so a private answer is tried, and its refusal told.
    Source: https://core.telegram.org/bots/faq#how-do-i-message-users-first (read 2026-11).
    """
    if target.audience is Audience.PRIVATE and audience is Audience.PUBLIC:
        return NOT_PUBLICLY
    opening = audience is not target.audience
    if target.route.get("guest") and not opening:
        return AS_GUEST
    if opening:
        if account.external_id and target.author_id == account.external_id:
            return OURSELVES
        return NOBODY if not target.author_id or target.author_id.startswith("-") else ""
    return DELETED if target.deleted and audience is Audience.PUBLIC else ""


def is_pushed(account: Account) -> bool:
    """Tell whether an account receives by webhook; else it polls."""
    return account.options.get("telegram_receive_by") == "Webhook"


def reply_until(message: MessageReceived) -> datetime | None:
    """Return when a business account's chat can no longer be answered; other chats close no window."""
    if not message.route.get("business") or message.sent_at is None:
        return None
    return message.sent_at + BUSINESS_WINDOW
