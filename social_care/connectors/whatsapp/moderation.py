"""WhatsApp lets a number block people who wrote within 24 hours; messages of others cannot be hidden, deleted or liked.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users (read 2026-11).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from social_care.connectors.meta.graph import Graph
from social_care.connectors.meta.moderation import check_list, lacking
from social_care.connectors.whatsapp.parse import TITLE
from social_care.core.accounts import Account
from social_care.core.moderation import ModerationAction
from social_care.core.replies import StoredMessage

ABILITIES = (ModerationAction.BLOCK,)

TOO_LATE = "WhatsApp lets us block only people who wrote to us within the last 24 hours."
NO_NUMBER = "WhatsApp hides this person's number from us, and blocks people by number only: do it in WhatsApp Manager."


def refuse(action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> str:
    """Return why WhatsApp does not let us block (or unblock) somebody, "" when it does.

    Whether a person without a number can be blocked by the user id is unsure: refused.
    """
    if not _number(target):
        return NO_NUMBER
    late = target.reply_until is not None and target.reply_until <= now
    if late and action is ModerationAction.BLOCK:
        return TOO_LATE
    return lacking(account, "whatsapp_business_messaging")


def moderate(graph: Graph, number: str, action: ModerationAction, target: StoredMessage) -> None:
    """Do it once. number: the id of our number. Raises: as `CarriesOut.moderate`."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "block_users": [{"user": _number(target)}]}
    if action is ModerationAction.BLOCK:
        check_list(graph.post(f"{number}/block_users", json=body).body.get("block_users"), "added_users", TITLE)
    else:
        check_list(graph.delete(f"{number}/block_users", json=body).body.get("block_users"), "removed_users", TITLE)


def _number(target: StoredMessage) -> str:
    author = (target.author_id or "").lstrip("+")
    return target.route.get("phone") or (author if author.isdecimal() else "")
