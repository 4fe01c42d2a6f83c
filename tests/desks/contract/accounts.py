"""What every desk must do: accounts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from social_care.core.accounts import Account, Standing
from social_care.core.ports import Desk
from tests.desks.contract.shared import Promises
from tests.fakes import StillClock


class AccountsPromises(Promises):
    """One promise a test."""

    def test_spend_starts_anew_each_month(self, desk: Desk, account: Account, clock: StillClock):
        desk.accounts.add_spend(account.name, Decimal("1.50"), clock())
        desk.accounts.add_spend(account.name, Decimal("0.25"), clock())
        assert desk.accounts.get(account.name).spent == Decimal("1.75")
        clock.forward(days=40)
        desk.accounts.add_spend(account.name, Decimal("0.10"), clock())
        assert desk.accounts.get(account.name).spent == Decimal("0.10")

    def test_units_are_counted_by_app_and_day(self, desk: Desk, clock: StillClock):
        count = desk.accounts.add_units
        assert count("here:1", "2026-03-01", 0) == 0
        assert count("here:1", "2026-03-01", 50) == 50
        assert count("here:1", "2026-03-01", 1) == 51
        assert count("here:2", "2026-03-01", 7) == 7, "another app has units of its own"
        assert count("here:1", "2026-03-02", 3) == 3, "a new day begins at zero"
        assert count("here:1", "2026-03-02", 0) == 3

    def test_times_are_told_in_the_teams_zone(self, desk: Desk, clock: StillClock):
        told = desk.accounts.local_time(clock())
        assert told.startswith("2026-03-01 ")
        assert len(told) > len("2026-03-01 12:00 "), "which time zone is it?"

    def test_pausing(self, desk: Desk, account: Account):
        assert desk.accounts.get(account.name).standing is Standing.UNKNOWN
        desk.accounts.pause_sending(account.name, "Add credit.", Standing.OUT_OF_CREDIT)
        desk.accounts.pause_sending(account.name, "Another reason.", Standing.NEEDS_LOGIN)
        paused = desk.accounts.get(account.name)
        assert (paused.sending_paused, paused.standing) == ("Add credit.", Standing.OUT_OF_CREDIT)
        desk.accounts.record_health(account.name, ok=True)
        assert desk.accounts.get(account.name).standing is Standing.OUT_OF_CREDIT, "a person resumes, not a good visit"
        desk.accounts.resume_sending(account.name)
        assert desk.accounts.get(account.name).standing is Standing.UNKNOWN
        desk.accounts.record_health(account.name, ok=True)
        assert desk.accounts.get(account.name).standing is Standing.VALID

    def test_renewed_tokens_tell_their_end(self, desk: Desk, account: Account, clock: StillClock):
        desk.accounts.warn(account.name, "The token ends soon.")
        assert desk.accounts.get(account.name).standing is Standing.ENDS_SOON
        ends = clock() + timedelta(days=60)
        desk.accounts.keep_credentials(account.name, {"access_token": "new", "token_expires_at": ends.isoformat()})
        kept = desk.accounts.get(account.name)
        assert (kept.standing, kept.token_expires_at) == (Standing.VALID, ends)
        desk.accounts.keep_credentials(account.name, {"token_expires_at": ""})
        assert desk.accounts.get(account.name).token_expires_at is None

    def test_a_warning_does_not_hide_that_sending_is_paused(self, desk: Desk, account: Account):
        desk.accounts.pause_sending(account.name, "Please log in again.", Standing.NEEDS_LOGIN)
        desk.accounts.warn(account.name, "The token ends soon.")
        assert desk.accounts.get(account.name).standing is Standing.NEEDS_LOGIN

    def test_only_accounts_of_the_same_app_are_siblings(self, desk: Desk, account: Account):
        assert desk.accounts.siblings(account.name, {account.external_id, "elsewhere"}, ("client_secret",)) == ()
