"""What customers do not want to get: read from their words, kept, and respected before anything is sent."""

from __future__ import annotations

import re

from social_care.core.accounts import Account
from social_care.core.events import MessageReceived, PreferenceChanged
from social_care.core.ports import Clock, Desk
from social_care.core.replies import Part
from social_care.core.templates import MARKETING

START_WORDS = frozenset({"start", "unstop", "resume"})
UNWANTED = "The customer does not want {category} messages, so this template must not be sent."
NOTES = {
    False: "The customer does not want marketing messages any more.",
    True: "The customer wants marketing messages again.",
}


def wish_in(event: MessageReceived, account: Account) -> PreferenceChanged | None:
    """Return what a message asks for that says nothing but "STOP" or "START", None for any other message."""
    said = " ".join(re.sub(r"[^\w\s]", " ", event.text).casefold().split())
    stop = said in account.stop_words
    if event.author is None or not (stop or said in START_WORDS):
        return None
    return PreferenceChanged(author_id=event.author.id, category=MARKETING, wanted=not stop, at=event.sent_at)


def note_opt_out(part: Part, category: str, desk: Desk, clock: Clock) -> None:
    """Keep that a customer does not want a category, as the refusal of one of our messages tells."""
    if part.target.author_id:
        wish = PreferenceChanged(author_id=part.target.author_id, category=category, wanted=False)
        with desk.transaction():
            desk.tickets.save_preference(desk.accounts.get(part.account), wish, clock())
