"""Recording that a case was answered on the platform itself, where this app cannot answer or somebody was faster there."""

from __future__ import annotations

from social_care.core.errors import NotPermitted, Refused
from social_care.core.outside import OutsideAnswer
from social_care.core.ports import Clock, Desk

LONGEST_LINK = 2000


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


def _is_one_word(link: str) -> bool:
    return len(link) <= LONGEST_LINK and link.isprintable() and not any(c.isspace() for c in link)
