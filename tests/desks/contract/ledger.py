"""What every desk must do: ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.payloads import PayloadState
from social_care.core.ports import Desk
from tests.desks.contract.shared import Promises
from tests.fakes import StillClock, message, payload_of


class LedgerPromises(Promises):
    """One promise a test."""

    def test_the_same_bytes_are_kept_once(self, desk: Desk, account: Account):
        payload = payload_of(message("1"), account=account)
        first = desk.ledger.keep(payload, cursor="a")
        assert first
        assert desk.ledger.keep(payload, cursor="b") is None, "the same body was stored twice"
        assert desk.ledger.read_cursor(account.name, payload.feed) == "a", "a refused row must not move the cursor"

    def test_the_body_comes_back_to_the_byte(self, desk: Desk, account: Account, clock: StillClock):
        for body in ("grüße 👋\r\n".encode(), b"\xff\xfe\x00 not text", b"x" * 200_000):
            payload_id = desk.ledger.keep(replace(payload_of(account=account), body=body))
            claimed = desk.ledger.claim(payload_id, clock())
            assert claimed.body == body

    def test_a_payload_is_claimed_by_one_worker(self, desk: Desk, account: Account, clock: StillClock):
        payload_id = desk.ledger.keep(payload_of(message("1"), account=account))
        assert payload_id in desk.ledger.due(clock())
        claimed = desk.ledger.claim(payload_id, clock())
        assert claimed is not None
        assert claimed.attempts == 1
        assert desk.ledger.claim(payload_id, clock()) is None, "two workers hold one payload"
        assert payload_id not in desk.ledger.due(clock())
        clock.forward(hours=1)
        assert payload_id in desk.ledger.due(clock()), "the payload of a dead worker is lost"
        assert desk.ledger.claim(payload_id, clock()).attempts == 2

    def test_settling(self, desk: Desk, account: Account, clock: StillClock):
        payload_id = desk.ledger.keep(payload_of(message("1"), account=account))
        desk.ledger.claim(payload_id, clock())
        desk.ledger.settle(payload_id, PayloadState.RETRY, "busy", clock() + timedelta(minutes=1))
        assert payload_id not in desk.ledger.due(clock())
        clock.forward(minutes=2)
        assert payload_id in desk.ledger.due(clock())
        desk.ledger.claim(payload_id, clock())
        desk.ledger.settle(payload_id, PayloadState.DONE, "open 1")
        clock.forward(days=1)
        assert payload_id not in desk.ledger.due(clock()), "a payload that is done came back"

    def test_cursors(self, desk: Desk, account: Account):
        assert desk.ledger.read_cursor(account.name, "mentions") == ""
        desk.ledger.write_cursor(account.name, "mentions", "5")
        desk.ledger.write_cursor(account.name, "mentions", "7")
        assert desk.ledger.read_cursor(account.name, "mentions") == "7"
        assert desk.ledger.read_cursor(account.name, "direct_messages") == ""
