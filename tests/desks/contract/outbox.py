"""What every desk must do: outbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_care.core.accounts import Account
from social_care.core.events import (
    Audience,
    Direction,
)
from social_care.core.ports import Conflict, Desk
from social_care.core.replies import DeliveryState, Draft, Plan, Reply, Sent
from tests.desks.contract.shared import Promises
from tests.fakes import US, StillClock, message


class OutboxPromises(Promises):
    """One promise a test."""

    def test_parts_go_one_after_the_other(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        assert desk.outbox.due(clock()) == [first], "the second part must wait for the first"
        assert desk.outbox.claim(second, clock()) is None
        part = desk.outbox.claim(first, clock())
        assert part is not None
        assert (part.state, part.attempts, part.index, part.of) == (DeliveryState.SENDING, 1, 1, 2)
        assert desk.outbox.claim(first, clock()) is None, "two workers send one part"
        assert desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        assert not desk.outbox.record_sent(first, Sent(external_id="p1"), clock()), "confirmed twice"
        assert desk.outbox.due(clock()) == [second]
        assert desk.outbox.claim(second, clock()).previous_id == "p1"

    def test_an_automatic_reply_is_queued_once(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        reply = Reply(ticket=ticket, target=target, text="a note", author="", automatic=True)
        plan = Plan(audience=Audience.PUBLIC, drafts=(Draft(index=1, of=1, text="a note"),))
        with desk.transaction():
            (part,) = desk.outbox.add(account, reply, plan, reply_name="note-1")
        assert desk.outbox.get(part).automatic
        with pytest.raises(Conflict), desk.transaction():
            desk.outbox.add(account, reply, plan, reply_name="note-1")

    def test_a_failed_part_holds_the_rest_and_resumes(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        desk.outbox.claim(first, clock())
        desk.outbox.record_failed(first, "No.")
        assert desk.outbox.due(clock()) == []
        assert desk.outbox.requeue(first)
        assert desk.outbox.due(clock()) == [first]
        desk.outbox.claim(first, clock())
        desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        assert not desk.outbox.requeue(first), "a sent part was queued again"
        assert not desk.outbox.cancel(first)
        assert desk.outbox.cancel(second)
        assert desk.outbox.due(clock()) == []
        assert not desk.outbox.requeue(second), "what was given up stays given up: its neighbours are gone"

    def test_retry_waits(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_retry(part, "Busy.", clock() + timedelta(minutes=5))
        assert desk.outbox.due(clock()) == []
        clock.forward(minutes=6)
        assert desk.outbox.due(clock()) == [part]
        assert desk.outbox.claim(part, clock()).attempts == 2

    @pytest.mark.parametrize("fate", ["queued again", "claimed again", "unknown", "failed"])
    def test_only_what_still_waits_is_given_up(self, desk: Desk, account: Account, clock: StillClock, fate: str):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        desk.outbox.claim(first, clock())
        desk.outbox.record_retry(first, "Busy.", clock() + timedelta(minutes=5))
        clock.forward(minutes=6)
        if fate != "queued again":
            desk.outbox.claim(first, clock())
        if fate == "unknown":
            desk.outbox.record_unknown(first, "Who knows.", clock())
        elif fate == "failed":
            desk.outbox.record_failed(first, "No.")
        before = [desk.outbox.get(part).state for part in (first, second)]
        done = desk.outbox.cancel(first, only=DeliveryState.QUEUED)
        after = [desk.outbox.get(part).state for part in (first, second)]
        if fate == "queued again":
            assert done
            assert after == [DeliveryState.CANCELLED] * 2
            assert desk.outbox.claim(first, clock()) is None, "what was given up was sent"
        else:
            assert not done
            assert after == before

    def test_what_a_worker_has_is_not_postponed(self, desk: Desk, account: Account, clock: StillClock):
        """Else the account's pause would make a part that is being sent due again."""
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        later = clock() + timedelta(minutes=5)
        assert desk.outbox.postpone(part, "Sending is paused.", later)
        assert desk.outbox.due(clock()) == []
        clock.forward(minutes=6)
        desk.outbox.claim(part, clock())
        assert not desk.outbox.postpone(part, "Sending is paused.", later)
        assert desk.outbox.get(part).state is DeliveryState.SENDING

    def test_a_held_reply_waits(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two", hold_s=10)
        assert desk.outbox.due(clock()) == []
        assert desk.outbox.claim(first, clock()) is None, "a reply was sent while its author could still take it back"
        clock.forward(seconds=11)
        assert desk.outbox.due(clock()) == [first]
        desk.outbox.claim(first, clock())
        desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        assert desk.outbox.due(clock()) == [second]

    def test_a_reply_can_be_taken_back_until_a_worker_has_it(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        parts = self.queue(desk, account, ticket, "1", "one", "two", hold_s=10)
        assert desk.outbox.take_back("r1")
        assert {desk.outbox.get(part).state for part in parts} == {DeliveryState.CANCELLED}
        clock.forward(minutes=1)
        assert desk.outbox.due(clock()) == []
        assert desk.outbox.claim(parts[0], clock()) is None, "what was taken back was sent"
        assert not desk.outbox.take_back("r1"), "taken back twice"
        assert not desk.outbox.take_back("nothing of that name")

    @pytest.mark.parametrize("fate", ["claimed", "to be retried", "sent", "failed"])
    def test_what_a_worker_has_begun_is_not_taken_back(self, desk: Desk, account: Account, clock: StillClock, fate: str):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        desk.outbox.claim(first, clock())
        if fate == "to be retried":
            desk.outbox.record_retry(first, "Busy.", clock() + timedelta(minutes=5))
        elif fate == "sent":
            desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        elif fate == "failed":
            desk.outbox.record_failed(first, "No.")
        assert not desk.outbox.take_back("r1"), "a reply of which a worker has begun a part was taken back"
        assert desk.outbox.get(second).state is DeliveryState.QUEUED

    def test_the_last_confirmation_resolves_the_ticket(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        parts = self.queue(desk, account, ticket, "1", "one", "two", resolve=True)
        for number, part in enumerate(parts):
            assert desk.tickets.ticket_state(ticket).open, "a ticket was resolved before its answer was out"
            desk.outbox.claim(part, clock())
            desk.outbox.record_sent(part, Sent(external_id=f"p{number}"), clock())
        assert not desk.tickets.ticket_state(ticket).open

    def test_a_customer_who_wrote_meanwhile_keeps_the_ticket_open(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one", resolve=True)
        clock.forward(seconds=5)
        self.append(desk, account, ticket, message("2", "And my bag?"))
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.tickets.ticket_state(ticket).open

    def test_what_an_attempt_leaves_is_there_for_the_next(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        assert desk.outbox.get(part).progress == {}
        desk.outbox.claim(part, clock())
        desk.outbox.record_retry(part, "Working.", clock(), {"uploaded": "5 6"})
        assert desk.outbox.claim(part, clock()).progress == {"uploaded": "5 6"}
        desk.outbox.record_retry(part, "Busy.", clock())
        assert desk.outbox.get(part).progress == {"uploaded": "5 6"}, "what was left got lost"

    def test_an_unknown_part_is_sent_again_by_one_worker(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        assert desk.outbox.claim_again(part, clock()) is None, "it was never tried"
        first = desk.outbox.claim(part, clock())
        assert desk.outbox.claim_again(part, clock()) is None, "another worker is sending it"
        desk.outbox.record_unknown(part, "Unknown.", clock() + timedelta(minutes=1))
        assert desk.outbox.claim_again(part, clock()) is None, "its time has not come"
        clock.forward(minutes=2)
        again = desk.outbox.claim_again(part, clock())
        assert again is not None
        assert (again.state, again.attempts, again.checks) == (DeliveryState.SENDING, 2, 1)
        assert again.idempotency_key == first.idempotency_key
        assert again.first_attempt_at == first.first_attempt_at
        assert desk.outbox.claim_again(part, clock()) is None, "two workers send one part again"
        clock.forward(hours=1)
        assert desk.outbox.abandoned(clock()) == [part]

    def test_a_dead_sender_is_found(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        assert desk.outbox.unsettled(account.name) == (), "a part that was never tried has no echo"
        desk.outbox.claim(part, clock())
        desk.outbox.record_retry(part, "Busy.", clock())
        assert [one.id for one in desk.outbox.unsettled(account.name)] == [part], "it may have arrived all the same"
        desk.outbox.claim(part, clock())
        assert desk.outbox.abandoned(clock()) == []
        assert [one.id for one in desk.outbox.unsettled(account.name)] == [part]
        clock.forward(hours=1)
        assert desk.outbox.abandoned(clock()) == [part]
        assert desk.outbox.due(clock()) == [], "a part that may have been sent was queued again"
        desk.outbox.record_unknown(part, "Unknown.", clock() + timedelta(minutes=1))
        assert desk.outbox.to_check(clock()) == []
        clock.forward(minutes=2)
        assert desk.outbox.to_check(clock()) == [part]
        assert desk.outbox.get(part).checks == 1
        desk.outbox.record_unknown(part, "Ask a person.", None)
        clock.forward(days=1)
        assert desk.outbox.to_check(clock()) == []
        assert desk.outbox.get(part).state is DeliveryState.UNKNOWN

    def test_a_sent_part_is_known_by_its_id(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1", permalink="https://example.com/p1"), clock())
        assert desk.outbox.find_by_external_id(account.name, "p1").id == part
        stored = desk.tickets.find_message(account.name, "p1")
        assert (stored.direction, stored.author_id, stored.ticket) == ("out", US, ticket)

    def test_a_sent_part_stands_where_the_platform_says(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1", thread_id="dm-7"), clock())
        assert desk.tickets.find_message(account.name, "p1").thread_id == "dm-7"

    def test_an_echo_that_came_first_is_not_shown_twice(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        self.append(desk, account, ticket, message("p1", "one", author=US), direction=Direction.OUT, reopen=False)
        assert desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.outbox.find_by_external_id(account.name, "p1").id == part

    def test_an_id_belongs_to_the_part_that_the_platform_confirmed(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (taken,), (real,) = (self.queue(desk, account, ticket, "1", "one", name=name) for name in ("r1", "r2"))
        for part in (taken, real):
            desk.outbox.claim(part, clock())
            assert desk.outbox.record_sent(part, Sent(external_id="p1"), clock()), "a confirmation was not kept"
        assert desk.outbox.find_by_external_id(account.name, "p1").id == real
        mistaken = desk.outbox.get(taken)
        assert (mistaken.state, mistaken.external_id) == (DeliveryState.UNKNOWN, None), "it is claimed to be sent"
        assert desk.outbox.to_check(clock()) == [], "only a person can tell now"

    def test_only_the_platform_fails_what_was_sent(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert not desk.outbox.record_failed(part, "No.")
        assert desk.outbox.get(part).state is DeliveryState.SENT
        assert desk.outbox.record_failed(part, "Not delivered.", external_id="p1")
        assert desk.outbox.get(part).state is DeliveryState.FAILED
