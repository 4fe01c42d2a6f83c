"""What every desk must do: tickets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.accounts import Account
from social_care.core.events import (
    Audience,
    Author,
    Direction,
    Missing,
    ReactionChanged,
    Thread,
)
from social_care.core.ports import Conflict, Desk
from tests.desks.contract.shared import Promises, key_of
from tests.fakes import US, StillClock, message


class TicketsPromises(Promises):
    """One promise a test."""

    def test_a_ticket_is_opened_with_its_message(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1", "Where is my bag?"))
        stored = desk.tickets.find_message(account.name, "1")
        assert stored is not None
        assert (stored.ticket, stored.text, stored.author_id) == (ticket, "Where is my bag?", "c1")
        assert desk.tickets.ticket_state(ticket).open
        assert [case.ticket for case in desk.tickets.cases_in(account.name, "t1", 9)] == [ticket]

    def test_the_window_is_kept(self, desk: Desk, account: Account, clock: StillClock):
        until = clock() + timedelta(hours=24)
        self.open(desk, account, message("1", reply_until=until))
        assert desk.tickets.find_message(account.name, "1").reply_until == until

    def test_one_message_under_two_threads_is_one(self, desk: Desk, account: Account):
        """A webhook may name another thread than a poll does; the message's own id decides."""
        self.open(desk, account, message("1", thread="t1"))
        with pytest.raises(Conflict):
            self.open(desk, account, message("1", thread="t2"))
        assert desk.tickets.cases_in(account.name, "t2", 9) == ()

    def test_ids_that_differ_by_case_alone_are_two_messages(self, desk: Desk, account: Account):
        first = self.open(desk, account, message("wamid.aB", "one", thread="t1"))
        second = self.open(desk, account, message("wamid.Ab", "two", thread="t2"))
        assert first != second
        assert desk.tickets.find_message(account.name, "wamid.aB").text == "one"
        assert desk.tickets.find_message(account.name, "wamid.Ab").text == "two"

    def test_the_same_message_conflicts_and_leaves_nothing(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        again = message("1", thread="t1", author="c2")
        with pytest.raises(Conflict):
            self.open(desk, account, again)
        assert [case.ticket for case in desk.tickets.cases_in(account.name, "t1", 9)] == [ticket], (
            "a rolled back case stayed"
        )
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_a_transaction_is_all_or_nothing(self, desk: Desk, account: Account):
        def half_way():
            event = message("1")
            case = desk.tickets.lock_case(account.name, event.thread, "c1")
            desk.tickets.open_ticket(account, case, event, key=key_of(event, account), related=())
            raise RuntimeError

        with pytest.raises(RuntimeError), desk.transaction():
            half_way()
        assert desk.tickets.find_message(account.name, "1") is None
        assert desk.tickets.cases_in(account.name, "t1", 9) == ()

    def test_appending_reopens_a_closed_ticket(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        self.close_ticket(desk, ticket)
        assert not desk.tickets.ticket_state(ticket).open
        assert desk.tickets.ticket_state(ticket).closed_at is not None
        assert self.append(desk, account, ticket, message("2")) == ticket
        assert desk.tickets.ticket_state(ticket).open

    def test_context_does_not_reopen(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        self.close_ticket(desk, ticket)
        self.append(desk, account, ticket, message("2", author="c9"), reopen=False, context=True)
        assert not desk.tickets.ticket_state(ticket).open
        assert desk.tickets.find_message(account.name, "2").ticket == ticket

    def test_a_merged_ticket_leads_to_its_target(self, desk: Desk, account: Account):
        first = self.open(desk, account, message("1"))
        second = self.open(desk, account, message("2", author="c2", thread="t2"))
        self.merge_tickets(desk, first, second)
        assert desk.tickets.ticket_state(first).id == second
        assert self.append(desk, account, first, message("3")) == second
        assert desk.tickets.find_message(account.name, "1").ticket == second, "the reply route did not follow the merge"

    def test_loose_messages_are_adopted(self, desk: Desk, account: Account):
        with desk.transaction():
            event = message("1", author="c9", addresses_us=False)
            desk.tickets.keep_loose(
                account, event, key=key_of(event, account), direction=Direction.IN, reason="not addressed to us"
            )
        assert desk.tickets.find_message(account.name, "1").ticket is None
        ticket = self.open(desk, account, message("2"))
        with desk.transaction():
            case = desk.tickets.lock_case(account.name, Thread(id="t1", audience=Audience.PUBLIC), "c1")
            assert desk.tickets.adopt_loose(account, case, ticket) == 1
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_a_loose_message_can_be_taken_over(self, desk: Desk, account: Account):
        with desk.transaction():
            event = message("1", addresses_us=False)
            desk.tickets.keep_loose(account, event, key=key_of(event, account), direction=Direction.IN, reason="bystander")
        ticket = self.open(desk, account, message("1"))
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_versions(self, desk: Desk, account: Account):
        self.open(desk, account, message("1", "now", revision="20"))
        stored = desk.tickets.find_message(account.name, "1")
        with desk.transaction():
            assert desk.tickets.add_version(stored, message("1", "newest", revision="30"), current=True)
            assert not desk.tickets.add_version(stored, message("1", "newest", revision="30"), current=True)
            assert desk.tickets.add_version(stored, message("1", "oldest"), current=False)
            assert not desk.tickets.add_version(stored, message("1", "now", revision="20"), current=False)
        found = desk.tickets.find_message(account.name, "1")
        assert (found.text, found.revision) == ("newest", "30")

    def test_of_a_viral_thread_only_some_cases_are_read(self, desk: Desk, account: Account):
        tickets = {who: self.open(desk, account, message(f"m-{who}", author=who)) for who in ("c1", "c2", "c3")}
        find = desk.tickets.find_case
        assert [case.author_id for case in desk.tickets.cases_in(account.name, "t1", 2)] == ["c1", "c2"]
        assert find(account.name, "t1").ticket == tickets["c1"], "the oldest case is the first"
        assert find(account.name, "t1", author_id="c3").ticket == tickets["c3"]
        assert find(account.name, "t1", ticket=tickets["c2"]).author_id == "c2"
        assert find(account.name, "t1", author_id="nobody") is None
        assert find(account.name, "t2") is None

    def test_deleting_by_the_id_of_the_present_version(self, desk: Desk, account: Account):
        self.open(desk, account, message("1", "now", revision="20"))
        with desk.transaction():
            assert desk.tickets.mark_deleted(account.name, "20", None) is not None
        assert desk.tickets.find_message(account.name, "1").deleted
        assert desk.tickets.find_message(account.name, "20") is None, "no second row for one message"

    def test_deleting(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        with desk.transaction():
            before = desk.tickets.mark_deleted(account.name, "1", None)
        assert before is not None
        assert not before.deleted, "mark_deleted returns the message as it was"
        assert desk.tickets.find_message(account.name, "1").deleted
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_a_message_that_only_vanished(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        for vanished, expected in ((True, True), (True, True), (False, False), (True, False)):
            with desk.transaction():
                desk.tickets.mark_deleted(account.name, "1", None, vanished=vanished)
            stored = desk.tickets.find_message(account.name, "1")
            assert (stored.deleted, stored.vanished) == (True, expected), "what the platform tells outweighs a look-up"

    def test_a_deletion_that_came_first(self, desk: Desk, account: Account):
        with desk.transaction():
            assert desk.tickets.mark_deleted(account.name, "1", None) is None
        assert desk.tickets.find_message(account.name, "1").tombstone
        ticket = self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        assert (stored.ticket, stored.deleted, stored.tombstone) == (ticket, True, False)

    def test_reactions(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        like = ReactionChanged(message_id="1", author=Author(id="c2"), reaction="❤")
        with desk.transaction():
            assert desk.tickets.add_reaction(stored, like)
            assert not desk.tickets.add_reaction(stored, like)
            assert desk.tickets.add_reaction(stored, replace(like, reaction=""))

    def test_a_late_or_repeated_reaction_changes_nothing(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        taken_back = ReactionChanged(message_id="1", author=Author(id="c2"), reaction="", revision="20")
        with desk.transaction():
            assert desk.tickets.add_reaction(stored, taken_back)
            assert not desk.tickets.add_reaction(stored, replace(taken_back, reaction="❤", revision="10"))
            assert not desk.tickets.add_reaction(stored, taken_back)

    def test_a_row_waits_for_a_message_of_which_a_sign_came(self, desk: Desk, account: Account):
        with desk.transaction():
            waiting = desk.tickets.expect_message(account.name, "1", Thread(id="dm", audience=Audience.PRIVATE))
            assert (waiting.tombstone, waiting.deleted) == (True, False)
            assert desk.tickets.add_reaction(waiting, ReactionChanged(message_id="1", author=None, reaction="❤"))
        ticket = self.open(desk, account, message("1", thread="dm", private=True))
        stored = desk.tickets.find_message(account.name, "1")
        assert (stored.ticket, stored.deleted, stored.tombstone) == (ticket, False, False)
        with desk.transaction():
            again = desk.tickets.add_reaction(stored, ReactionChanged(message_id="1", author=None, reaction="❤"))
        assert not again, "the message lost the reaction that came before it"

    def test_what_came_too_early_is_put_right(self, desk: Desk, account: Account, clock: StillClock):
        now = clock()
        first = self.open(desk, account, message("1", sent_at=now))
        word = message("3", "me too", author="c2", sent_at=now + timedelta(minutes=2), addresses_us=False)
        answer = message("4", "sorry", author=US, sent_at=now + timedelta(minutes=3), parent_id="2")
        self.append(desk, account, first, word, reopen=False, context=True)
        self.append(desk, account, first, answer, direction=Direction.OUT, reopen=False, context=True)
        late = message("2", "mine is late", author="c2", sent_at=now + timedelta(minutes=1))
        second = self.open(desk, account, late)
        with desk.transaction():
            assert desk.tickets.gather_followers(account, late, second, whose="c2") == 2
            assert desk.tickets.gather_followers(account, late, second, whose="c2") == 0
        assert [desk.tickets.find_message(account.name, one).ticket for one in "1234"] == [first, second, second, second]

    def test_what_the_platform_sent_in_our_name_is_never_an_answer(self, desk: Desk, account: Account, clock: StillClock):
        now = clock()
        ticket = self.open(desk, account, message("1", thread="dm", private=True, sent_at=now))
        away = message("3", "We are away", author=US, thread="dm", private=True, sent_at=now + timedelta(minutes=2))
        away = replace(away, automatic=True)
        self.append(desk, account, ticket, away, direction=Direction.OUT, reopen=False, context=True)
        late = message("2", thread="dm", private=True, sent_at=now + timedelta(minutes=1))
        self.append(desk, account, ticket, late)
        with desk.transaction():
            assert desk.tickets.gather_followers(account, late, ticket, whose="c1") == 0

    def test_the_one_private_reply_is_taken_once(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        assert not stored.private_reply_used
        with desk.transaction():
            assert desk.tickets.take_private_reply(stored)
            assert not desk.tickets.take_private_reply(stored), "it was taken twice"
        assert desk.tickets.find_message(account.name, "1").private_reply_used
        with desk.transaction():
            desk.tickets.free_private_reply(stored)
        assert not desk.tickets.find_message(account.name, "1").private_reply_used

    def test_what_is_missing_is_asked_for_a_few_times(self, desk: Desk, account: Account):
        with desk.transaction():
            desk.tickets.save_profile(account, Author(id="known", name="Ann"))
        nameless = replace(message("1"), author=Author(id="c1"), missing=(Missing.AUTHOR, Missing.TEXT))
        self.open(desk, account, nameless)
        named = replace(message("2", thread="t2"), author=Author(id="known"), missing=(Missing.AUTHOR,))
        self.open(desk, account, named)
        [waiting] = desk.tickets.incomplete(9)
        assert (waiting.message_id, waiting.missing) == ("1", (Missing.AUTHOR, Missing.TEXT))
        with desk.transaction():
            desk.tickets.record_look_up(waiting, Author(id="c1", name="Cara", handle="cara"), (Missing.TEXT,))
        [waiting] = desk.tickets.incomplete(9)
        assert (waiting.missing, waiting.author_handle) == ((Missing.TEXT,), "cara")
        assert self.profile_fields(desk, account, "c1")[:2] == ("cara", "Cara")
        for _ in range(9):
            with desk.transaction():
                desk.tickets.record_look_up(waiting, None, waiting.missing)
        assert desk.tickets.incomplete(9) == (), "it is asked for for ever"

    def test_a_private_thread_can_continue_a_public_ticket(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        thread = Thread(id="dm", audience=Audience.PRIVATE)
        with desk.transaction():
            desk.tickets.bind_case(account, thread, None, ticket)
        with desk.transaction():
            assert desk.tickets.lock_case(account.name, thread, None).ticket == ticket

    def test_a_profile_keeps_what_is_known(self, desk: Desk, account: Account):
        with desk.transaction():
            desk.tickets.save_profile(account, Author(id="c1", handle="ann", name="Ann", followers=10))
            desk.tickets.save_profile(account, Author(id="c1", handle="ann2"))
        assert self.profile_fields(desk, account, "c1") == ("ann2", "Ann", 10)

    def profile_fields(self, desk: Desk, account: Account, external_id: str) -> tuple:
        row = desk.row(
            "select handle, name, followers from profile where account = ? and external_id = ?", account.name, external_id
        )
        return tuple(row)
