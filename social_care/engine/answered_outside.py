"""Recording that a case was answered on the platform itself, where this app cannot answer or somebody was faster there."""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import SequenceMatcher

from social_care.core.errors import NotPermitted, Refused
from social_care.core.events import MessageReceived
from social_care.core.outside import OutsideAnswer, Recorded
from social_care.core.ports import Clock, Desk
from social_care.engine.office import Office
from social_care.engine.outcomes import Action, Outcome

LONGEST_LINK = 2000
ALIKE = 0.85
"""From this share of common signs on two texts are the same one."""
LEAST_INSIDE = 20
"""A noted text of so many signs may be a part of what was said."""
LONGEST_COMPARED = 1000
SAID_LATER = timedelta(hours=1)
"""Some record an answer before they give it; the same words long after that are another answer."""


def record_answer(answer: OutsideAnswer, *, desk: Desk, clock: Clock) -> bool:
    """Record an answer, which stops the ticket's clock: a person answered. Nothing is sent.

    Returns False when it is recorded already.
    Raises: Refused with a sentence when something is missing; NotPermitted for whoever does not speak alone.
    """
    if not answer.attempt:
        raise Refused("A record needs a name.")
    if not answer.link and not answer.note.strip():
        raise Refused("Please say where it was answered, or what was said: a link, a note, or both.")
    if answer.link and not (answer.link.startswith(("https://", "http://")) and _is_one_word(answer.link)):
        raise Refused("The link has to be a web address that begins with https://.")
    account = desk.accounts.get(answer.target.account)
    member = desk.team.member(answer.user)
    if not member.speaks_alone:
        raise NotPermitted("Please ask a colleague to record this: your answers need approval.")
    with desk.transaction():
        return desk.outside_answers.record(account, answer, member.name, clock())


def join_record(event: MessageReceived, office: Office) -> Outcome | None:
    """Let our own message that came back join the record that somebody made of it; None where there is none."""
    if event.automatic:
        return None
    desk, account = office.desk, office.account.name
    record = next((one for one in desk.outside_answers.waiting(account, event.thread.id) if _is_of(one, event)), None)
    if record is None:
        return None
    stored = desk.tickets.find_message(account, event.message_id)
    if stored is not None and stored.tombstone:
        return None  # its deletion came first, which the message takes over as an entry of its own
    if stored is not None:  # another worker was faster: the records were locked
        return Outcome(action=Action.IGNORE, event=event, ticket=record.ticket, reason="handled already")
    ticket = desk.outside_answers.join(record, event)
    return Outcome(action=Action.APPEND, event=event, ticket=ticket, reason="recorded before as answered outside")


def _is_of(record: Recorded, event: MessageReceived) -> bool:
    """Tell whether a message is the recorded one: by the link, else by the words, if it answers nothing else."""
    if record.link and event.permalink and _bare(record.link) == _bare(event.permalink):
        return True
    elsewhere = record.parent_id and event.parent_id and record.parent_id != event.parent_id
    later = record.at and event.sent_at and event.sent_at > record.at + SAID_LATER
    return not elsewhere and not later and are_alike(record.text, event.text)


def are_alike(one: str, other: str) -> bool:
    """Tell whether two texts say the same but for a few words, or the longer one says all that a shorter one does."""
    first, second = (" ".join(re.findall(r"\w+", text.casefold()))[:LONGEST_COMPARED] for text in (one, other))
    shorter, longer = sorted((first, second), key=len)
    if not shorter:
        return False
    inside = len(shorter) >= LEAST_INSIDE and f" {shorter} " in f" {longer} "
    return inside or SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


def _bare(link: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", link).rstrip("/")


def _is_one_word(link: str) -> bool:
    return len(link) <= LONGEST_LINK and link.isprintable() and not any(c.isspace() for c in link)
