"""Storms: one ticket for many messages, one approved word for everybody, and nothing lost of it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.errors import NotPermitted, Refused
from social_care.core.insight import Reading, Reason, Spam
from social_care.core.replies import DeliveryState
from social_care.core.storms import StormRules, StormState
from social_care.core.team import Member
from social_care.engine import storming
from social_care.engine.delivery import deliver
from social_care.engine.intake import handle_event, open_by_person
from social_care.engine.outcomes import Action
from social_care.engine.storm_work import tend_all
from tests.fakes import ACCOUNT, message

BOSS, TRAINEE, AGENT = "boss@example.com", "trainee@example.com", "agent@example.com"
RULES = StormRules(messages=4, people=3, per_minute=60)
TEXT = "We know of the outage and work on it."


@pytest.fixture
def office(office):
    office.desk.storm_rules = RULES
    for member in (Member(id=BOSS, supervisor=True), Member(id=TRAINEE, supervisor=True, trainee=True), Member(id=AGENT)):
        office.desk.team.add(member)
    return office


def outage(number: int | str, author: str | None = None, *, campaign: str = "k", spam: Spam = Spam.NONE, **more):
    reading = Reading(campaign=campaign, spam=spam)
    text = more.pop("text", "The app is down again")
    return message(str(number), text, author=author or f"c{number}", thread=f"t{number}", reading=reading, **more)


def storm_of(office, numbers=range(10), **more):
    for number in numbers:
        handle_event(outage(number, **more), office)
    return office.desk.storms.lock_open(ACCOUNT.name, "k")


def tend(office):
    tend_all(desk=office.desk, load_connector=lambda _: office.connector, clock=office.clock)


def approve(office, storm, **more):
    given = {"per_minute": 60, "desk": office.desk, "clock": office.clock} | more
    storming.approve_holding_reply(storm.id, TEXT, given.pop("user", BOSS), **given)


def work(office, platform, minutes: int = 5):
    for _ in range(minutes):
        tend(office)
        for part in office.desk.outbox.due(office.clock(), 1000):
            deliver(part, desk=office.desk, connect=platform.connect, clock=office.clock)
        office.clock.forward(minutes=1)


def tickets(office) -> list[str]:
    return [row["subject"] for row in office.desk.rows("select subject from ticket order by id")]


# --- when it begins ---------------------------------------------------------------------------------------------------
def test_a_storm_has_one_parent_ticket_and_counts_everybody(office):
    outcomes = [handle_event(outage(number), office) for number in range(10)]
    storm = office.desk.storms.lock_open(ACCOUNT.name, "k")
    assert [outcome.action for outcome in outcomes] == [Action.OPEN] * 3 + [Action.IGNORE] * 7
    assert len(tickets(office)) == 4
    assert tickets(office)[3] == "Storm: The app is down again"
    assert outcomes[5].reason == f"Part of the storm “The app is down again” (ticket {storm.ticket})."
    count = office.desk.storms.count(storm.id)
    assert (count.messages, count.people, count.left) == (10, 10, 7)
    assert office.desk.told == [("supervisors", "A storm has begun: “The app is down again”.")]


@pytest.mark.parametrize("rules", [StormRules(), replace(RULES, people=11), replace(RULES, messages=11)])
def test_below_the_thresholds_every_message_has_its_ticket(office, rules):
    office.desk.storm_rules = rules
    assert storm_of(office) is None
    assert len(tickets(office)) == 10


def test_one_person_makes_no_storm(office):
    assert storm_of(office, author="c1") is None


def test_the_window_slides(office):
    for number in range(10):
        handle_event(outage(number), office)
        office.clock.forward(minutes=6)
    assert office.desk.storms.lock_open(ACCOUNT.name, "k") is None


def test_other_subjects_and_other_ways_are_matters_of_their_own(office):
    storm_of(office)
    before = len(tickets(office))
    handle_event(outage("x", campaign="other"), office)
    handle_event(outage("y", campaign=""), office)
    handle_event(replace(message("z", private=True, thread="dm"), reading=Reading(campaign="k")), office)
    assert len(tickets(office)) == before + 3


def test_who_has_a_ticket_goes_on_there(office):
    ticket = handle_event(outage("first", author="c7"), office).ticket
    storm_of(office)
    later = replace(outage("more", author="c7"), thread=outage("first").thread)
    assert handle_event(later, office).ticket == ticket


def test_what_comes_again_is_counted_once(office):
    storm = storm_of(office)
    storm_of(office)
    count = office.desk.storms.count(storm.id)
    assert (count.messages, count.people) == (10, 10)


def test_what_comes_again_after_the_end_opens_nothing(office):
    storm = storm_of(office)
    storming.finish(storm.id, BOSS, note="all informed", release=False, desk=office.desk, clock=office.clock)
    before = len(tickets(office))
    storm_of(office)
    assert len(tickets(office)) == before


# --- what becomes of single messages ----------------------------------------------------------------------------------
def test_one_message_can_have_a_ticket_of_its_own(office):
    storm = storm_of(office)
    row = office.desk.tickets.find_message(ACCOUNT.name, "9")
    assert open_by_person(row.id, office).action is Action.OPEN
    assert office.desk.storms.count(storm.id).left == 6


def test_somebody_who_writes_something_else_has_a_ticket_with_what_was_said(office):
    storm_of(office)
    more = replace(message("more", "And my refund?", author="c9", thread="t9"), reading=Reading(campaign=""))
    ticket = handle_event(more, office).ticket
    assert ticket is not None
    assert office.desk.tickets.find_message(ACCOUNT.name, "9").ticket == ticket


def test_a_ticket_in_a_thread_full_of_storm_takes_only_its_own(office):
    for number in range(10):
        handle_event(replace(outage(number), thread=outage(0).thread), office)
    other = replace(message("other", "And my refund?", author="c9", thread="t0"), reading=Reading())
    ticket = handle_event(other, office).ticket
    on_it = office.desk.rows("select message_id from message where ticket = ? order by id", ticket)
    assert [row["message_id"] for row in on_it] == ["9", "other"]


# --- the holding reply ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("user", [AGENT, TRAINEE, "nobody@example.com"])
def test_only_supervisors_decide(office, user):
    storm = storm_of(office)
    for decide in (
        lambda: approve(office, storm, user=user),
        lambda: storming.stop(storm.id, user, desk=office.desk, clock=office.clock),
        lambda: storming.finish(storm.id, user, note="x", release=True, desk=office.desk, clock=office.clock),
    ):
        with pytest.raises(NotPermitted):
            decide()


def test_everybody_gets_it_once_at_the_given_pace(office, platform):
    storm = storm_of(office)
    work(office, platform)
    assert platform.posts == [], "nobody has approved it"
    approve(office, storm, per_minute=4)
    sent = []
    for _ in range(6):
        work(office, platform, minutes=1)
        sent.append(len(platform.posts))
    assert sent[-1] == 10
    assert max(later - earlier for earlier, later in zip([0, *sent], sent, strict=False)) <= 5
    count = office.desk.storms.count(storm.id)
    assert (count.sent, count.waiting, count.queued) == (10, 0, 0)
    targets = office.desk.rows("select target, automatic from message where direction = 'out'")
    assert len({row["target"] for row in targets}) == 10
    assert all(row["automatic"] for row in targets), "a holding reply must stop no clock"
    assert not office.desk.row("select 1 from ticket where first_response_at is not null")


def test_who_comes_later_gets_it_too(office, platform):
    storm = storm_of(office)
    approve(office, storm)
    work(office, platform)
    handle_event(outage("late"), office)
    work(office, platform)
    assert len(platform.posts) == 11


def test_who_was_answered_is_left_out(office, platform):
    storm = storm_of(office)
    office.desk.run(
        "insert into message (account, direction, ticket, seen_at, state, automatic)"
        " select account, 'out', ticket, 0, 'sent', 0 from message where message_id = '0'"
    )
    office.desk.moderations.set_muted(ACCOUNT, "c1", True)
    office.desk.circumstances["c1"] = replace(office.desk.tickets.circumstances(found(office, "1")), muted=True)
    office.desk.tickets.mark_deleted(ACCOUNT.name, "2", None)
    approve(office, storm)
    work(office, platform)
    assert (len(platform.posts), office.desk.storms.count(storm.id).left_out) == (7, 3)


def found(office, message_id):
    return office.desk.tickets.find_message(ACCOUNT.name, message_id)


def test_what_the_platform_forbids_is_left_out_and_can_be_asked_again(office, platform):
    storm = storm_of(office)
    office.connector.forbidden = "Not summoned."
    approve(office, storm)
    work(office, platform)
    notes = office.desk.rows("select distinct note from storm_person")
    assert [row["note"] for row in notes] == ["Not summoned."]
    office.connector.forbidden = ""
    approve(office, storm)
    work(office, platform)
    assert len(platform.posts) == 10


def test_a_fault_with_one_person_leaves_out_only_that_one(office, platform, monkeypatch):
    storm = storm_of(office)
    refusal = office.connector.refusal

    def faulty(target, *more):
        if target.message_id == "3":
            raise ZeroDivisionError
        return refusal(target, *more)

    monkeypatch.setattr(office.connector, "refusal", faulty)
    approve(office, storm)
    work(office, platform)
    assert len(platform.posts) == 9
    notes = office.desk.rows("select distinct note from storm_person where note != ''")
    assert [row["note"] for row in notes] == [storming.FAULTY]


def test_stop_takes_back_what_waits_and_it_can_go_on(office, platform):
    storm = storm_of(office)
    approve(office, storm, per_minute=2)
    tend(office)
    for part in office.desk.outbox.due(office.clock(), 1000):
        deliver(part, desk=office.desk, connect=platform.connect, clock=office.clock)
    assert len(platform.posts) == 1
    assert storming.stop(storm.id, BOSS, desk=office.desk, clock=office.clock) == 3
    work(office, platform, minutes=10)
    assert len(platform.posts) == 1, "it went on after it was stopped"
    approve(office, storm)
    work(office, platform)
    assert len(platform.posts) == 10
    answered = office.desk.rows("select target from message where direction = 'out' and state = 'sent'")
    assert len({row["target"] for row in answered}) == 10


def test_what_was_tried_is_never_sent_anew(office, platform):
    from social_care.core.errors import Retryable

    storm = storm_of(office)
    platform.script = [Retryable("busy", retry_after_s=3600)]
    approve(office, storm, per_minute=1)
    tend(office)
    [first] = office.desk.outbox.due(office.clock(), 1000)
    deliver(first, desk=office.desk, connect=platform.connect, clock=office.clock)
    storming.stop(storm.id, BOSS, desk=office.desk, clock=office.clock)
    assert office.desk.outbox.get(first).state is DeliveryState.CANCELLED
    approve(office, storm)
    work(office, platform)
    assert len(platform.posts) == 9


def test_the_same_words_differ_by_the_name_where_the_platform_wants_that(office, platform):
    office.connector.capabilities = replace(office.connector.capabilities, refuses_same_text=True)
    storm = storm_of(office)
    approve(office, storm)
    work(office, platform)
    assert Counter(text for _, text in platform.posts) == {f"@c{number} {TEXT}": 1 for number in range(10)}


@pytest.mark.parametrize("how", [{"per_minute": 0}, {"per_minute": 601}])
def test_a_pace_has_to_be_one(office, how):
    with pytest.raises(Refused):
        approve(office, storm_of(office), **how)


# --- a wave of spam, and the end --------------------------------------------------------------------------------------
def test_a_wave_of_spam_is_held_and_not_lost(office, platform):
    storm = storm_of(office, spam=Spam.LIKELY)
    assert (storm.state, storm.ticket) == (StormState.QUARANTINE, None)
    with pytest.raises(Refused, match="spam"):
        approve(office, storm)
    assert office.desk.storms.count(storm.id).left == 7
    storming.finish(storm.id, BOSS, note="", release=True, desk=office.desk, clock=office.clock)
    work(office, platform)
    assert office.desk.storms.count(storm.id).left == 0
    assert len(tickets(office)) == 10
    assert platform.posts == []


def test_a_quiet_storm_ends_and_its_holding_replies_go_on(office, platform):
    storm = storm_of(office)
    approve(office, storm, per_minute=2)
    office.clock.forward(hours=3)
    work(office, platform, minutes=8)
    assert office.desk.storms.lock(storm.id).state is StormState.ENDED
    assert len(platform.posts) == 10
    assert office.desk.told[-1][1].endswith("is over; 7 messages have no ticket of their own.")
    handle_event(outage("new"), office)
    assert tickets(office)[-1] == "The app is down again", "a storm that is over caught a message"


def test_finishing_with_a_note_stops_and_leaves_the_rest(office, platform):
    storm = storm_of(office)
    approve(office, storm, per_minute=1)
    tend(office)
    with pytest.raises(Refused, match="note"):
        storming.finish(storm.id, BOSS, note=" ", release=False, desk=office.desk, clock=office.clock)
    storming.finish(storm.id, BOSS, note="solved", release=False, desk=office.desk, clock=office.clock)
    work(office, platform)
    kept = office.desk.storms.lock(storm.id)
    assert (kept.note, platform.posts, office.desk.storms.count(storm.id).left) == ("solved", [], 7)
    assert office.desk.storms.astir() == ()


# --- duplicates, disorder, several workers ----------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_and_nobody_gets_two(office, platform, seed):
    """Doubled and shuffled deliveries by several workers, who also tend, stop, approve and send in between."""
    chance = random.Random(seed)
    events = [outage(number, author=f"c{number % 25}") for number in range(60)] * 2
    chance.shuffle(events)
    troubles: list[BaseException] = []

    def worker(share: list, own: random.Random) -> None:
        try:
            for event in share:
                handle_event(event, office)
                storm = office.desk.storms.lock_open(ACCOUNT.name, "k")
                if storm is None:
                    continue
                act = own.random()
                if act < 0.15:
                    approve(office, storm)
                elif act < 0.2:
                    storming.stop(storm.id, BOSS, desk=office.desk, clock=office.clock)
                elif act < 0.5:
                    tend(office)
                    for part in office.desk.outbox.due(office.clock(), 5):
                        deliver(part, desk=office.desk, connect=platform.connect, clock=office.clock)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the main thread shows it
            troubles.append(error)

    workers = [threading.Thread(target=worker, args=(events[n::4], random.Random(seed + n))) for n in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert not troubles, troubles
    storm = office.desk.storms.lock_open(ACCOUNT.name, "k")
    approve(office, storm)
    work(office, platform, minutes=10)
    stored = office.desk.rows("select message_id, ticket, storm from message where direction = 'in'")
    assert len(stored) == 60, "a message was lost or doubled"
    assert all(row["ticket"] or row["storm"] for row in stored)
    reached = office.desk.rows(
        "select target.author_id who from message part join message target on target.id = part.target"
        " where part.direction = 'out' and part.state = 'sent'"
    )
    twice = [who for who, times in Counter(row["who"] for row in reached).items() if times > 1]
    assert twice == []
    people = office.desk.storms.count(storm.id)
    assert len(reached) == people.sent == people.people
    assert len([subject for subject in tickets(office) if subject.startswith("Storm")]) == 1


# --- urgent ones, and what was ended ---------------------------------------------------------------------------------
def urgent(number, why: str = "legal", **more):
    event = outage(number, **more)
    reading = replace(event.reading, urgent=True, reasons=(Reason("urgency", why, "lawyer"),))
    return replace(event, reading=reading)


@pytest.mark.parametrize(("why", "apart"), [("safety", True), ("legal", True), ("press", True), ("outage", False)])
def test_what_is_urgent_keeps_its_ticket_and_is_counted(office, why: str, apart: bool):
    storm = storm_of(office)
    outcome = handle_event(urgent("u", why), office)
    assert (outcome.ticket is not None) is apart
    counted = office.desk.storms.count(storm.id)
    assert (counted.messages, counted.people, counted.left) == (11, 11, 7 if apart else 8)
    if apart:
        [row] = office.desk.rows("select related from ticket where id = ?", outcome.ticket)
        assert storm.ticket in row["related"], "the ticket is not linked to the storm"
        assert handle_event(urgent("u", why), office).ticket == outcome.ticket
        assert office.desk.storms.count(storm.id).messages == 11, "the same message was counted twice"


def test_urgent_ones_are_folded_in_where_the_team_wants_that(office):
    office.desk.storm_rules = replace(RULES, urgent_apart=False)
    storm_of(office)
    assert handle_event(urgent("u"), office).ticket is None


def test_an_urgent_one_in_a_wave_of_spam_keeps_its_ticket(office):
    storm = storm_of(office, spam=Spam.LIKELY)
    assert storm.state is StormState.QUARANTINE
    assert handle_event(urgent("u", spam=Spam.LIKELY), office).ticket
    assert office.desk.storms.count(storm.id).messages == 11


def end(office, storm, **more):
    given = {"note": "", "release": True, "desk": office.desk, "clock": office.clock} | more
    storming.finish(storm.id, BOSS, **given)


@pytest.mark.parametrize("spam", [Spam.NONE, Spam.LIKELY])
def test_what_was_released_makes_no_storm_again(office, spam: Spam):
    end(office, storm_of(office, spam=spam))
    tend(office)
    assert office.desk.storms.lock_open(ACCOUNT.name, "k") is None
    storm_of(office, spam=spam)  # the platform shows the same messages again
    assert office.desk.storms.lock_open(ACCOUNT.name, "k") is None, "it began again from the same messages"
    assert office.desk.rows("select * from message where ticket is null") == []


def test_the_subject_rests_unless_it_is_greater_than_it_was(office):
    end(office, storm_of(office))
    office.clock.forward(minutes=1)
    assert storm_of(office, range(100, 110)) is None, "it began again with no more messages than it had"
    assert handle_event(outage(110), office).action is Action.IGNORE, "it is greater now"
    assert office.desk.storms.lock_open(ACCOUNT.name, "k") is not None


def test_the_rest_is_over_some_day(office):
    office.desk.storm_rules = replace(RULES, rest=timedelta(hours=1))
    end(office, storm_of(office))
    office.clock.forward(minutes=61)
    assert storm_of(office, range(100, 104)) is not None


def test_one_that_ended_by_itself_needs_no_rest(office):
    storm_of(office)
    office.clock.forward(minutes=121)
    tend(office)
    assert storm_of(office, range(100, 104)) is not None
