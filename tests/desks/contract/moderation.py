"""What every desk must do: moderation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_care.core.accounts import Account
from social_care.core.events import (
    Author,
)
from social_care.core.moderation import ModerationAction, ModerationState, Wish
from social_care.core.ports import Conflict, Desk
from tests.desks.contract.shared import HIDE, MOMENT, Promises
from tests.fakes import StillClock, message


class ModerationPromises(Promises):
    """One promise a test."""

    def wish(self, desk: Desk, account: Account, action: ModerationAction = HIDE, message_id: str = "1") -> str:
        target = desk.tickets.find_message(account.name, message_id)
        with desk.transaction():
            wanted = Wish(action=action, target=target, user="agent@example.com", reason="spam")
            return desk.moderations.begin(wanted, MOMENT)

    def settle(self, desk: Desk, moderation: str, state: ModerationState, error: str = "") -> bool:
        with desk.transaction():
            return desk.moderations.settle(moderation, state, MOMENT, error)

    def test_a_wish_and_its_fate(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        moderation = self.wish(desk, account)
        stored = desk.tickets.find_message(account.name, "1")
        [doing] = desk.moderations.history(stored)
        assert (doing.id, doing.action, doing.state, doing.user, doing.reason) == (
            moderation,
            HIDE,
            ModerationState.DOING,
            "agent@example.com",
            "spam",
        )
        assert doing.started_at == MOMENT
        assert desk.moderations.standing(stored).doing == {HIDE}
        with pytest.raises(Conflict):
            self.wish(desk, account, ModerationAction.LIKE)
        assert self.settle(desk, moderation, ModerationState.UNKNOWN, "Nobody knows.")
        assert desk.moderations.standing(stored).unknown == {HIDE}
        assert desk.moderations.unsettled(stored, HIDE) == (moderation,)
        assert self.settle(desk, moderation, ModerationState.DONE)
        assert not self.settle(desk, moderation, ModerationState.FAILED, "No."), "a fate was changed"
        [done] = desk.moderations.history(stored)
        assert (done.state, done.error) == (ModerationState.DONE, "")
        assert desk.moderations.unsettled(stored, HIDE) == ()

    def test_a_dead_moderator_is_found(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        moderation = self.wish(desk, account)
        assert desk.moderations.abandoned(clock()) == []
        clock.forward(hours=1)
        assert desk.moderations.abandoned(clock()) == [moderation]

    def test_what_concerns_the_author_holds_on_all_of_their_messages(self, desk: Desk, account: Account):
        for name, author in (("1", "c1"), ("2", "c1"), ("3", "c2")):
            self.open(desk, account, message(name, author=author, thread=f"t{name}"))
        self.settle(desk, self.wish(desk, account, ModerationAction.BLOCK), ModerationState.DONE)
        self.settle(desk, self.wish(desk, account, ModerationAction.LIKE), ModerationState.DONE)
        done = [desk.moderations.standing(desk.tickets.find_message(account.name, name)).done for name in ("1", "2", "3")]
        assert done == [{ModerationAction.BLOCK, ModerationAction.LIKE}, {ModerationAction.BLOCK}, set()]
        self.settle(desk, self.wish(desk, account, ModerationAction.UNBLOCK, "2"), ModerationState.DONE)
        assert desk.moderations.standing(desk.tickets.find_message(account.name, "1")).done == {ModerationAction.LIKE}

    def test_hiding_follows_the_newest_report(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        with desk.transaction():
            assert desk.moderations.set_hidden(stored, True, clock())
            assert not desk.moderations.set_hidden(stored, True, clock()), "it was hidden already"
            assert not desk.moderations.set_hidden(stored, False, clock() - timedelta(minutes=1)), "an older report won"
        assert desk.tickets.find_message(account.name, "1").hidden
        assert desk.moderations.standing(stored).done == {HIDE}
        with desk.transaction():
            assert desk.moderations.set_hidden(stored, False, clock() + timedelta(minutes=1))
        assert not desk.tickets.find_message(account.name, "1").hidden

    def test_muting(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        assert not desk.moderations.is_muted(account, "c1")
        with desk.transaction():
            desk.moderations.set_muted(account, "c1", True)
        assert desk.moderations.is_muted(account, "c1")
        assert not desk.moderations.is_muted(account, "c2")
        assert desk.moderations.standing(stored).done == {ModerationAction.MUTE}
        with desk.transaction():
            desk.tickets.save_profile(account, Author(id="c1", handle="ann"))
        assert desk.moderations.is_muted(account, "c1"), "news of a profile unmuted it"
        with desk.transaction():
            desk.moderations.set_muted(account, "c1", False)
        assert not desk.moderations.is_muted(account, "c1")
