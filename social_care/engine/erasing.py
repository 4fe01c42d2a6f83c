"""Erasing a person, or what is too old: when it has to wait, and the order of the steps."""

from __future__ import annotations

from datetime import datetime, timedelta

from social_care.core.errors import NotAllowed
from social_care.core.ports import Clock, Desk

REPLIES = "Replies to this person are not settled yet ({count}): have them sent or give them up, then erase."
WAITING = "What this person wrote is being handled right now ({count} payloads). Please try again in some minutes."
PARKED = "Parked payloads name this person ({count}): handle them again or delete them, then erase."
MOST_AT_ONCE = 2000
"""Messages of one erasure by age: each is marked in one transaction."""


def begin(profile: str, user: str, *, desk: Desk, clock: Clock) -> str:
    """Begin to erase a person and return the erasure; of one who is being erased, or was, that one.

    Raises: NotAllowed while a reply to them is not settled, or a payload that names them is not handled.
    """
    with desk.transaction():
        known = desk.erasing.of_profile(profile)
        if known is not None:
            return known
        under_way = desk.erasing.under_way(profile)
        for count, sentence in ((under_way.replies, REPLIES), (under_way.parked, PARKED), (under_way.waiting, WAITING)):
            if count:
                raise NotAllowed(sentence.format(count=count))
        return desk.erasing.begin(profile, user, clock())


def run(erasure_id: str, *, desk: Desk, clock: Clock) -> None:
    """Do all steps of an erasure, from the first one on: each finds nothing to do where it was done before."""
    erasure = desk.erasing.get(erasure_id)
    if erasure is None:
        return
    desk.erasing.erase_messages(erasure)
    desk.erasing.erase_replies(erasure)
    desk.erasing.erase_tickets(erasure)
    desk.erasing.erase_belongings(erasure)
    desk.erasing.erase_payloads(erasure)
    desk.erasing.finish(erasure, clock())


def erase_old(account: str, days: int, *, desk: Desk, clock: Clock) -> None:
    """Erase what customers wrote more than `days` ago on tickets that have been resolved for as long."""
    while (erasure := _begin_old(account, clock() - timedelta(days=days), desk, clock)) is not None:
        run(erasure, desk=desk, clock=clock)


def _begin_old(account: str, before: datetime, desk: Desk, clock: Clock) -> str | None:
    with desk.transaction():
        return desk.erasing.begin_old(account, before, clock(), MOST_AT_ONCE)
