"""What every desk must do: storms and their people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.events import Direction
from social_care.core.insight import Reading, Spam
from social_care.core.ports import Desk
from social_care.core.storms import Ended, PersonState, Storm, StormState, Wave
from tests.desks.contract.shared import MOMENT, Promises, key_of
from tests.fakes import message

LONG_AGO = MOMENT - timedelta(days=4000)
"""Desks date what they store by their own clock or the database's."""


def wave_message(number: int, *, author: str | None = None, spam: Spam = Spam.NONE, **more):
    reading = Reading(campaign="k", spam=spam)
    return message(
        str(number), "The app is down", author=author or f"c{number}", thread=f"t{number}", reading=reading, **more
    )


class StormPromises(Promises):
    """One promise a test."""

    def begun(self, desk: Desk, account: Account, state: StormState = StormState.ACTIVE) -> Storm:
        with desk.transaction():
            return desk.storms.begin(account, wave_message(0), state, LONG_AGO, MOMENT)

    def join(self, desk: Desk, account: Account, storm: Storm, number: int, **more) -> None:
        event = wave_message(number, **more)
        with desk.transaction():
            key = key_of(event, account)
            desk.tickets.keep_loose(account, event, key=key, direction=Direction.IN, reason=storm.reason())
            desk.storms.add(storm, account.name, event.message_id, event.author.id, MOMENT)

    def test_storms_are_off_until_somebody_wants_them(self, desk: Desk, account: Account):
        assert desk.storms.rules().messages == 0

    def test_a_wave_is_what_stands_on_tickets_in_public(self, desk: Desk, account: Account):
        self.open(desk, account, wave_message(1))
        self.open(desk, account, wave_message(2, author="c1", spam=Spam.LIKELY))
        self.open(desk, account, wave_message(3, private=True))
        self.open(desk, account, replace(wave_message(4), reading=Reading(campaign="other")))
        loose = wave_message(5)
        with desk.transaction():
            key = key_of(loose, account)
            desk.tickets.keep_loose(account, loose, key=key, direction=Direction.IN, reason="a rule")
            assert desk.storms.wave(account.name, "k", LONG_AGO, 10) == Wave(authors=("c1", "c1"), spam=1)
            assert desk.storms.wave(account.name, "k", LONG_AGO, 1) == Wave(authors=("c1",), spam=0)
            assert desk.storms.wave("another account", "k", LONG_AGO, 10) == Wave()

    def test_a_storm_takes_what_came_and_has_a_ticket(self, desk: Desk, account: Account):
        own = self.open(desk, account, wave_message(1))
        storm = self.begun(desk, account)
        self.join(desk, account, storm, 2)
        self.join(desk, account, storm, 3, author="c2")
        count = desk.storms.count(storm.id)
        assert (count.messages, count.people, count.waiting, count.left) == (3, 2, 2, 2)
        assert storm.ticket not in (None, own)
        with desk.transaction():
            assert desk.tickets.ticket_state(storm.ticket).open
            assert desk.storms.lock_open(account.name, "k").id == storm.id
            assert desk.tickets.find_message(account.name, "2").storm == storm.id
            assert desk.tickets.find_message(account.name, "1").ticket == own
            assert desk.storms.wave(account.name, "k", LONG_AGO, 10) == Wave(), "it would count for the next storm too"

    def test_a_wave_of_spam_has_no_ticket(self, desk: Desk, account: Account):
        storm = self.begun(desk, account, StormState.QUARANTINE)
        assert (storm.ticket, storm.state) == (None, StormState.QUARANTINE)

    def test_what_is_decided_is_kept(self, desk: Desk, account: Account):
        storm = self.begun(desk, account)
        decided = replace(storm, text="We know.", approved_by="Administrator", approved_at=MOMENT, per_minute=7)
        decided = replace(decided, next_at=MOMENT + timedelta(minutes=1), stopped=True, releasing=True, note="n")
        with desk.transaction():
            desk.storms.save(decided, MOMENT)
            assert desk.storms.lock(storm.id) == decided
            assert desk.storms.last_ended(account.name, "k") is None
            desk.storms.save(replace(decided, state=StormState.ENDED), MOMENT)
            desk.storms.save(replace(decided, state=StormState.ENDED), MOMENT + timedelta(hours=1))
            assert desk.storms.lock_open(account.name, "k") is None
            assert desk.storms.last_ended(account.name, "k").at == MOMENT, "it ended twice"
            assert desk.storms.lock("0") is None
        again = self.begun(desk, account)
        assert again.id != storm.id

    def test_who_ended_a_storm_and_how_great_it_was_is_known(self, desk: Desk, account: Account):
        for number, ended_by in enumerate(("", "Administrator")):
            storm = self.begun(desk, account)
            for own in range(number + 1):
                self.join(desk, account, storm, number * 10 + own)
            at = MOMENT + timedelta(hours=number)
            with desk.transaction():
                desk.storms.save(replace(storm, state=StormState.ENDED, ended_by=ended_by), at)
                found = Ended(at=at, by_person=bool(ended_by), messages=number + 1)
                assert desk.storms.last_ended(account.name, "k") == found
                assert desk.storms.last_ended(account.name, "another") is None

    def test_a_message_with_a_ticket_of_its_own_is_counted_and_not_left(self, desk: Desk, account: Account):
        storm = self.begun(desk, account)
        ticket = self.open(desk, account, wave_message(1))
        with desk.transaction():
            desk.storms.add(storm, account.name, "1", "c1", MOMENT)
            assert desk.tickets.find_message(account.name, "1").ticket == ticket
        count = desk.storms.count(storm.id)
        assert (count.messages, count.people, count.left) == (1, 1, 0)

    def test_storms_with_work_left_are_astir(self, desk: Desk, account: Account):
        storm = self.begun(desk, account)
        self.join(desk, account, storm, 1)
        ended = replace(storm, state=StormState.ENDED)
        cases = [(storm, True), (ended, False), (replace(ended, releasing=True), True), (replace(ended, text="t"), True)]
        for one, is_astir in [*cases, (replace(ended, text="t", stopped=True), False)]:
            with desk.transaction():
                desk.storms.save(one, MOMENT)
                assert (storm.id in desk.storms.astir()) is is_astir

    def test_a_person_goes_from_waiting_to_the_outbox_and_back(self, desk: Desk, account: Account):
        storm = self.begun(desk, account)
        for number in (1, 2, 3):
            self.join(desk, account, storm, number)
        self.join(desk, account, storm, 4, author="c1")
        with desk.transaction():
            first, second, third = desk.storms.waiting(storm.id, 10)
            assert [one.message.message_id for one in (first, second, third)] == ["4", "2", "3"]
            assert len(desk.storms.waiting(storm.id, 1)) == 1
        [part] = self.queue(desk, account, storm.ticket, "4", "We know.", name="r", automatic=True, shown=False)
        with desk.transaction():
            desk.storms.settle(first, PersonState.QUEUED, reply="r")
            desk.storms.settle(second, PersonState.LEFT_OUT, note="why not")
            [(person, queued)] = desk.storms.queued(storm.id)
            assert (person.id, person.reply, queued) == (first.id, "r", part)
            assert [one.id for one in desk.storms.waiting(storm.id, 10)] == [third.id]
        count = desk.storms.count(storm.id)
        assert (count.waiting, count.queued, count.left_out, count.sent) == (1, 1, 1, 0)
        with desk.transaction():
            desk.storms.settle(first, PersonState.WAITING, rounds=1)
            desk.storms.ask_again(storm.id)
            assert [one.rounds for one in desk.storms.waiting(storm.id, 10)] == [1, 0, 0]
            assert desk.storms.queued(storm.id) == ()

    def test_a_holding_reply_that_never_leaves_is_not_on_its_way(self, desk: Desk, account: Account):
        storm = self.begun(desk, account)
        for number in (1, 2, 3):
            self.join(desk, account, storm, number)
        parts = [
            self.queue(desk, account, storm.ticket, one, "We know.", name=f"r{one}", automatic=True, shown=False)
            for one in "12"
        ]
        with desk.transaction():
            first, second, third = desk.storms.waiting(storm.id, 10)
            desk.storms.settle(first, PersonState.QUEUED, reply="r1")
            desk.storms.settle(second, PersonState.QUEUED, reply="r2")
            desk.storms.settle(third, PersonState.TRIED)
        assert desk.outbox.cancel(parts[0][0])
        count = desk.storms.count(storm.id)
        assert (count.people, count.queued, count.failed, count.waiting) == (3, 1, 2, 0)

    def test_who_was_answered_is_known(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, wave_message(1))
        storm = self.begun(desk, account)
        with desk.transaction():
            assert [one.answered for one in desk.storms.waiting(storm.id, 10)] == [False]
        self.queue(desk, account, ticket, "1", "Hello.")
        with desk.transaction():
            assert [one.answered for one in desk.storms.waiting(storm.id, 10)] == [True]

    def test_a_new_ticket_takes_of_a_storm_only_its_own(self, desk: Desk, account: Account):
        storm = self.begun(desk, account)
        for number, author in ((1, "c1"), (2, "c2")):
            event = replace(wave_message(number, author=author), thread=message("0", thread="t").thread)
            with desk.transaction():
                key = key_of(event, account)
                desk.tickets.keep_loose(account, event, key=key, direction=Direction.IN, reason="")
                desk.storms.add(storm, account.name, event.message_id, author, MOMENT)
        ticket = self.open(desk, account, message("3", thread="t", author="c1"))
        with desk.transaction():
            case = desk.tickets.lock_case(account.name, message("3", thread="t").thread, "c1")
            assert desk.tickets.adopt_loose(account, case, ticket) == 1
            assert desk.tickets.find_message(account.name, "1").ticket == ticket
            assert [len(desk.storms.left(storm.id, 10)), desk.tickets.find_message(account.name, "2").ticket] == [1, None]
