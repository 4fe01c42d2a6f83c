"""What every desk must do: answers given elsewhere."""

from __future__ import annotations

import pytest

from social_care.core.accounts import Account
from social_care.core.outside import Afterwards, OutsideAnswer
from social_care.core.ports import Desk
from tests.desks.contract.shared import Promises
from tests.fakes import StillClock, message


class OutsidePromises(Promises):
    """One promise a test. Subclasses may override `first_response`."""

    def first_response(self, desk: Desk, ticket: str) -> object:
        row = desk.row("select first_response_at from ticket where id = ?", ticket)
        return row["first_response_at"]

    def record(self, desk: Desk, account: Account, clock: StillClock, **more: object) -> bool:
        target = desk.tickets.find_message(account.name, "1")
        given = {"link": "https://blog.example/1#answer", "note": "We called her."} | more
        answer = OutsideAnswer(target=target, user="agent@example.com", attempt="a1", **given)
        with desk.transaction():
            return desk.outside_answers.record(account, answer, "Jane Agent", clock())

    def test_an_answer_given_elsewhere_stops_the_clock_once(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        assert self.first_response(desk, ticket) is None
        assert self.record(desk, account, clock)
        assert self.first_response(desk, ticket) is not None
        stored = desk.tickets.find_message(account.name, "outside:a1")
        assert (stored.ticket, stored.direction, stored.text) == (ticket, "out", "We called her.")
        assert stored.thread_id == "t1"
        assert not self.record(desk, account, clock), "the same record was made twice"
        assert desk.tickets.ticket_state(ticket).open

    @pytest.mark.parametrize(("afterwards", "stays_open"), [(Afterwards.WAITING, True), (Afterwards.RESOLVED, False)])
    def test_the_ticket_is_left_as_its_author_says(
        self, desk: Desk, account: Account, clock: StillClock, afterwards: Afterwards, stays_open: bool
    ):
        ticket = self.open(desk, account, message("1"))
        assert self.record(desk, account, clock, afterwards=afterwards)
        assert desk.tickets.ticket_state(ticket).open is stays_open

    def test_a_link_alone_is_an_answer(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        assert self.record(desk, account, clock, note="")
        assert desk.tickets.find_message(account.name, "outside:a1").text == "https://blog.example/1#answer"

    def test_it_follows_a_merged_ticket(self, desk: Desk, account: Account, clock: StillClock):
        first = self.open(desk, account, message("1"))
        second = self.open(desk, account, message("2", author="c2", thread="t2"))
        self.merge_tickets(desk, first, second)
        assert self.record(desk, account, clock)
        assert desk.tickets.find_message(account.name, "outside:a1").ticket == second

    def test_a_record_and_its_message_become_one_entry(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        self.record(desk, account, clock)
        with desk.transaction():
            [record] = desk.outside_answers.waiting(account.name, "t1")
            assert desk.outside_answers.waiting(account.name, "t2") == ()
        assert (record.text, record.link) == ("We called her.", "https://blog.example/1#answer")
        assert (record.parent_id, record.ticket) == ("1", ticket)
        echo = message("9", "We have called her.", author=account.external_id)
        with desk.transaction():
            assert desk.outside_answers.join(record, echo) == ticket
            assert desk.outside_answers.waiting(account.name, "t1") == (), "it would join another message, too"
            joined = desk.tickets.find_message(account.name, "9")
            assert (joined.id, joined.text, joined.ticket) == (record.id, "We have called her.", ticket)
            assert desk.tickets.find_message(account.name, "outside:a1") is None
        assert not self.record(desk, account, clock), "the same record was made twice"
        noted = "We called her. https://blog.example/1#answer"
        assert noted in self.notes_of(desk, joined.id), "what was recorded is lost"

    def notes_of(self, desk: Desk, name: str) -> str:
        return str(desk.row("select notes from message where id = ?", name)["notes"])
