"""Storm mode: messages of one campaign go together, their authors get one approved word, and nothing of it is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from social_care.core.errors import NotPermitted, Refused
from social_care.core.events import Audience, MessageReceived
from social_care.core.insight import Spam
from social_care.core.ports import Clock, Conflict, Connector, Desk
from social_care.core.replies import Plan, Reply
from social_care.core.storms import MOST_COUNTED, Person, PersonState, Storm, StormState
from social_care.engine.composing import plan
from social_care.engine.office import Office

log = logging.getLogger(__name__)

LoadConnector = Callable[[str], Connector]
"""Returns the connector of a platform."""
HORIZON = timedelta(minutes=2)
"""So far ahead holding replies are queued: what is stopped before was never in the outbox."""
MOST_PER_MINUTE = 600
FAULTY = "The holding reply to this person could not be made: an error of the app, told in its log."


# --- in -------------------------------------------------------------------------------------------------------------
def catch(event: MessageReceived, office: Office) -> Storm | None:
    """Return the storm that a message belongs to, which may begin with it; None for a matter of its own.

    Only for a message that would open a ticket. Private ones always are a matter of their own.
    """
    campaign = event.reading.campaign if event.reading else ""
    storms, account, now = office.desk.storms, office.account.name, office.clock()
    rules = storms.rules()
    if not (rules.messages and campaign) or event.thread.audience is Audience.PRIVATE:
        return None
    if (storm := storms.lock_open(account, campaign)) is not None:
        return storm
    ended = storms.last_ended(account, campaign)
    since = max(now - rules.within, ended.at) if ended is not None else now - rules.within
    wave = storms.wave(account, campaign, since, MOST_COUNTED)
    likely = event.reading is not None and event.reading.spam is Spam.LIKELY
    author = event.author.id if event.author else ""
    wave = replace(wave, authors=(*wave.authors, author), spam=wave.spam + int(likely))
    if not wave.makes_storm(rules) or wave.rests(ended, rules, now):
        return None
    state = StormState.QUARANTINE if wave.is_spam() else StormState.ACTIVE
    return storms.begin(office.account, event, state, since, now)


def count_in(storm: Storm, event: MessageReceived, person: str, office: Office) -> None:
    """Count a stored message of somebody to a storm."""
    office.desk.storms.add(storm, office.account.name, event.message_id, person, office.clock())


# --- what supervisors decide ----------------------------------------------------------------------------------------
def preview_holding_reply(
    storm_id: str, text: str, user: str, *, desk: Desk, load_connector: LoadConnector, clock: Clock
) -> Plan:
    """Return what the first person who waits would get. Raises: NotPermitted; Refused, also when nobody waits."""
    _check_supervisor(user, desk)
    with desk.transaction():
        storm = _locked(storm_id, desk)
        people = desk.storms.waiting(storm_id, 1)
        if not people or storm.ticket is None:
            raise Refused("Nobody waits for a holding reply.")
        account = desk.accounts.get(storm.account)
        connector = load_connector(account.platform)
        reply = _holding_reply(replace(storm, text=text), storm.ticket, people[0], connector, hold_s=0)
        return plan(reply, account, connector, clock())


def approve_holding_reply(storm_id: str, text: str, user: str, *, per_minute: int, desk: Desk, clock: Clock) -> None:
    """Let everybody in a storm get a text once, at most so many a minute; who was left out is asked again.

    Raises: NotPermitted for whoever is no supervisor; Refused in quarantine, for no text, for a pace that is none.
    """
    _check_supervisor(user, desk)
    with desk.transaction():
        storm = _locked(storm_id, desk)
        if storm.ticket is None:
            raise Refused("A wave of spam gets no holding reply: release it first.")
        if storm.state is StormState.ENDED:
            raise Refused("This storm is over.")
        if not text.strip():
            raise Refused("Please write what everybody shall get.")
        if not 1 <= per_minute <= MOST_PER_MINUTE:
            raise Refused(f"Between 1 and {MOST_PER_MINUTE} replies a minute can be sent.")
        approved = replace(storm, text=text.strip(), approved_by=user, approved_at=clock(), stopped=False)
        desk.storms.save(replace(approved, per_minute=per_minute, next_at=None), clock())
        desk.storms.ask_again(storm_id)


def stop(storm_id: str, user: str, *, desk: Desk, clock: Clock) -> int:
    """Send no more holding replies, and take back those that wait; return how many. Raises: NotPermitted."""
    _check_supervisor(user, desk)
    with desk.transaction():
        storm = _locked(storm_id, desk)
        desk.storms.save(replace(storm, stopped=True), clock())
        return _take_back(storm, desk)


def finish(storm_id: str, user: str, *, note: str, release: bool, desk: Desk, clock: Clock) -> None:
    """End a storm by hand, stop its holding replies, and let what is left become tickets, or rest with a note.

    Works for one that ended by itself, too. Raises: NotPermitted; Refused where neither a note nor tickets are wanted.
    """
    _check_supervisor(user, desk)
    if not release and not note.strip():
        raise Refused("Please say in a note why the rest needs no tickets.")
    with desk.transaction():
        storm = _locked(storm_id, desk)
        _take_back(storm, desk)
        ended = replace(storm, state=StormState.ENDED, stopped=True, releasing=release, note=note.strip())
        ended = replace(ended, ended_by=user)
        desk.storms.save(ended, clock())


def _take_back(storm: Storm, desk: Desk) -> int:
    """Cancel what waits in the outbox. What was tried may be on the platform all the same: it is never sent anew."""
    taken = 0
    for person, part_id in desk.storms.queued(storm.id):
        if desk.outbox.take_back(person.reply):
            desk.storms.settle(person, PersonState.WAITING, rounds=person.rounds + 1)
        elif desk.outbox.cancel(part_id):
            desk.storms.settle(person, PersonState.TRIED, reply=person.reply)
        else:
            continue
        taken += 1
    return taken


def _check_supervisor(user: str, desk: Desk) -> None:
    member = desk.team.member(user)
    if not member.decides:
        raise NotPermitted("Only supervisors decide about storms.")


def _locked(storm_id: str, desk: Desk) -> Storm:
    storm = desk.storms.lock(storm_id)
    if storm is None:
        raise Refused("There is no such storm.")
    return storm


# --- what is done every minute --------------------------------------------------------------------------------------
def tend(storm_id: str, *, desk: Desk, load_connector: LoadConnector, clock: Clock) -> None:
    """End a storm that has become quiet, and queue the holding replies of the next minutes."""
    with desk.transaction():
        storm = _locked(storm_id, desk)
        if storm.state is not StormState.ENDED and clock() - storm.last_seen_at >= desk.storms.rules().quiet:
            storm = replace(storm, state=StormState.ENDED)
            desk.storms.save(storm, clock())
            left = desk.storms.count(storm_id).left
            desk.storms.tell(storm, f"The storm “{storm.subject}” is over; {left} messages have no ticket of their own.")
        if storm.sends:
            _queue_next(storm, desk, load_connector, clock)


def _queue_next(storm: Storm, desk: Desk, load_connector: LoadConnector, clock: Clock) -> None:
    account, now = desk.accounts.get(storm.account), clock()
    connector, pace = load_connector(account.platform), timedelta(minutes=1) / storm.per_minute
    slot = max(storm.next_at or now, now)
    for person in desk.storms.waiting(storm.id, int(HORIZON / pace) + 1):
        if slot >= now + HORIZON:
            break
        if why := _left_out(person, desk):
            desk.storms.settle(person, PersonState.LEFT_OUT, note=why)
            continue
        assert storm.ticket is not None  # noqa: S101 - `Storm.sends` says so
        reply = _holding_reply(storm, storm.ticket, person, connector, hold_s=(slot - now).total_seconds())
        name = f"storm-{storm.id}-{person.id}-{person.rounds}"
        try:
            planned = plan(reply, account, connector, now)
        except Refused as refusal:
            desk.storms.settle(person, PersonState.LEFT_OUT, note=str(refusal))
            continue
        except Exception:  # a fault of ours with one person's message: the others get theirs
            log.exception("the holding reply %s could not be made", name)
            desk.storms.settle(person, PersonState.LEFT_OUT, note=FAULTY)
            continue
        try:
            desk.outbox.add(account, reply, planned, reply_name=name)
            slot += pace
        except Conflict:
            log.warning("the holding reply %s is in the outbox already", name)
        desk.storms.settle(person, PersonState.QUEUED, reply=name, rounds=person.rounds)
    desk.storms.save(replace(storm, next_at=slot), now)


def _left_out(person: Person, desk: Desk) -> str:
    if person.message.deleted:
        return "The message was deleted."
    if person.answered:
        return "The ticket of this person has an answer already."
    return "The team muted this person." if desk.tickets.circumstances(person.message).muted else ""


def _holding_reply(storm: Storm, parent: str, person: Person, connector: Connector, *, hold_s: float) -> Reply:
    """Return what one person gets. `{handle}` stands for the person; where the platform refuses the same text twice, each
    begins with it."""
    handle = f"@{bare}" if (bare := (person.message.author_handle or "").lstrip("@")) else ""
    text = storm.text
    if connector.capabilities.refuses_same_text and "{handle}" not in text:
        text = f"{{handle}} {text}"
    return Reply(
        ticket=person.message.ticket or parent,
        target=person.message,
        text=text.replace("{handle}", handle).strip(),
        author="",
        automatic=True,
        shown=person.message.ticket is not None,
        hold_s=hold_s,
    )
