"""What every desk must do: erasing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.accounts import Account
from social_care.core.errors import NotAllowed
from social_care.core.payloads import PayloadState
from social_care.core.ports import Desk
from social_care.core.replies import DeliveryState, Sent
from social_care.engine import erasing
from tests.desks.contract.shared import Promises
from tests.fakes import StillClock, message, payload_of

OWNER = "owner@example.com"


class ErasingPromises(Promises):
    """One promise a test."""

    def erase(self, desk: Desk, account: Account, clock: StillClock, person: str = "c1") -> str:
        erasure = erasing.begin(self.profile_of(desk, account, person), OWNER, desk=desk, clock=clock)
        erasing.run(erasure, desk=desk, clock=clock)
        return erasure

    def handled(self, desk: Desk, account: Account, clock: StillClock, *events, state=PayloadState.DONE) -> str:
        payload = desk.ledger.keep(payload_of(*events, account=account))
        desk.ledger.claim(payload, clock())
        desk.ledger.settle(payload, state, "open 1")
        return payload

    def test_words_and_author_go_the_fact_stays(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1", "My bag is red", permalink="https://example.com/c1/1"))
        self.append(desk, account, ticket, message("2", "Somebody else's", author="c2"))
        self.erase(desk, account, clock)
        with desk.transaction():
            erased = desk.tickets.find_message(account.name, "1")
            other = desk.tickets.find_message(account.name, "2")
        assert (erased.erased, erased.ticket, erased.author_id, erased.author_handle) == (True, ticket, None, None)
        assert "red" not in erased.text
        assert (other.erased, other.text, other.author_id) == (False, "Somebody else's", "c2")

    def test_nothing_comes_back_by_a_later_version(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        self.erase(desk, account, clock)
        with desk.transaction():
            erased = desk.tickets.find_message(account.name, "1")
            assert not desk.tickets.add_version(erased, message("1", "My bag is red", revision="2"), current=True)
            assert desk.tickets.find_message(account.name, "1").text == erased.text

    @pytest.mark.parametrize("private", [True, False])
    def test_who_writes_again_is_somebody_new(self, desk: Desk, account: Account, clock: StillClock, private: bool):
        first = self.open(desk, account, message("1", private=private))
        before = self.profile_of(desk, account, "c1")
        self.erase(desk, account, clock)
        second = self.open(desk, account, message("2", private=private))
        assert second != first
        assert self.profile_of(desk, account, "c1") != before

    def test_a_reply_under_way_holds_it_up(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "Hello @c1, we are on it")
        with pytest.raises(NotAllowed, match="not settled"):
            self.erase(desk, account, clock)
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        self.erase(desk, account, clock)
        sent = desk.outbox.get(part)
        assert (sent.state, sent.text) == (DeliveryState.SENT, "Hello [erased], we are on it")

    def test_a_reply_that_failed_is_given_up(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_failed(part, "too long")
        self.erase(desk, account, clock)
        assert desk.outbox.get(part).state is DeliveryState.CANCELLED

    @pytest.mark.parametrize(("state", "why"), [(PayloadState.PARKED, "Parked"), (PayloadState.RETRY, "right now")])
    def test_a_payload_that_is_not_handled_holds_it_up(self, desk: Desk, account: Account, clock: StillClock, state, why):
        self.open(desk, account, message("1"))
        payload = self.handled(desk, account, clock, message("2"), state=state)
        with pytest.raises(NotAllowed, match=why):
            self.erase(desk, account, clock)
        desk.ledger.settle(payload, PayloadState.DONE, "done")
        self.erase(desk, account, clock)

    def test_raw_bodies_go_and_are_recognised(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        named = payload_of(message("1"), account=account)
        large = replace(payload_of(account=account), body=b'{"author": "c1"}' + b" " * 50_000)
        other = payload_of(message("7", author="c7"), account=account)
        kept = [desk.ledger.keep(one) for one in (named, large, other)]
        for payload in kept:
            desk.ledger.claim(payload, clock())
            desk.ledger.settle(payload, PayloadState.DONE, "open 1")
        self.erase(desk, account, clock)
        assert [self.body_of(desk, payload) for payload in kept] == [b"", b"", other.body]
        assert [desk.ledger.keep(one) for one in (named, large, other)] == [None, None, None]

    def test_it_goes_on_where_a_worker_died_and_twice_is_once(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1", "My bag is red"))
        profile = self.profile_of(desk, account, "c1")
        erasure = erasing.begin(profile, OWNER, desk=desk, clock=clock)
        desk.erasing.erase_messages(desk.erasing.get(erasure))
        assert desk.erasing.unfinished() == [erasure]
        erasing.run(erasure, desk=desk, clock=clock)
        assert desk.erasing.unfinished() == []
        assert desk.erasing.get(erasure) is None
        assert erasing.begin(profile, OWNER, desk=desk, clock=clock) == erasure
        erasing.run(erasure, desk=desk, clock=clock)
        assert desk.erasing.unfinished() == []

    def test_old_words_go_from_resolved_tickets(self, desk: Desk, account: Account, clock: StillClock):
        closed = self.open(desk, account, message("1", "My bag is red"))
        self.open(desk, account, message("2", "Mine is blue", author="c2", thread="t2"))
        self.close_ticket(desk, closed)
        erasing.erase_old(account.name, 30, desk=desk, clock=clock)
        with desk.transaction():
            assert desk.tickets.find_message(account.name, "1").text == "My bag is red", "too early"
        clock.forward(days=4000)
        erasing.erase_old(account.name, 30, desk=desk, clock=clock)
        with desk.transaction():
            old = desk.tickets.find_message(account.name, "1")
            assert (old.erased, "red" in old.text, old.author_id) == (True, False, "c1")
            assert desk.tickets.find_message(account.name, "2").text == "Mine is blue", "its ticket is open"
        assert desk.erasing.unfinished() == []
        self.erase(desk, account, clock)
        with desk.transaction():
            assert desk.tickets.find_message(account.name, "1").author_id is None, "words gone by age, now the author"
