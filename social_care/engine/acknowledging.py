"""Outside the support hours: one automatic word per conversation, where the platform allows it."""

from __future__ import annotations

import logging
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.events import MessageReceived
from social_care.core.ports import Clock, Conflict, Connector, Desk
from social_care.core.replies import Reply
from social_care.engine.composing import plan

FRESH = timedelta(hours=1)
"""An older message came late, e.g. with the first poll of an account: its author no longer waits at the screen."""

log = logging.getLogger(__name__)


def acknowledge(event: MessageReceived, account: Account, *, desk: Desk, connector: Connector, clock: Clock) -> bool:
    """Answer a customer's message automatically while nobody works; tell whether that was done.

    Once a ticket, never to somebody muted, in the customer's language where there is a text; left out where a rule of the
    platform forbids the reply.
    """
    text = text_for(event.language, account)
    if not text or (event.sent_at is not None and clock() - event.sent_at > FRESH):
        return False
    with desk.transaction():
        target = desk.tickets.find_message(account.name, event.message_id)
        if target is None or target.ticket is None or target.deleted or desk.tickets.circumstances(target).muted:
            return False
        if desk.tickets.support_is_open(target.ticket, clock()):
            return False
        reply = Reply(ticket=target.ticket, target=target, text=text, author="", automatic=True)
        try:
            planned = plan(reply, account, connector, clock())
        except Refused as refusal:
            log.info("message %s is not acknowledged: %s", target.id, refusal)
            return False
        try:
            desk.outbox.add(account, reply, planned, reply_name=f"acknowledgement-{target.ticket}")
        except Conflict:
            return False  # there was one
        return True


def text_for(language: str | None, account: Account) -> str:
    """Return the acknowledgement in a language ("pt-BR", then "pt", then that for all others), "" when there is none."""
    texts = {key.lower().replace("_", "-"): text for key, text in account.acknowledgements.items()}
    wanted = (language or "").lower().replace("_", "-")
    return texts.get(wanted) or texts.get(wanted.split("-")[0]) or texts.get("", "")
