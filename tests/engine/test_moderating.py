"""Hiding, deleting, liking, blocking, muting: who may be acted upon, doing it once, and one fate for each wish."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from social_care.core.accounts import Standing
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
)
from social_care.core.events import MessageDeleted, VisibilityChanged
from social_care.core.moderation import ModerationAction, ModerationState, Wish
from social_care.engine import moderating
from social_care.engine.intake import handle_event
from social_care.engine.outcomes import Action
from social_care.engine.sweeping import find_work
from tests.fakes import ACCOUNT, US, message

JO = "jo@example.com"
HIDE, UNHIDE, DELETE = ModerationAction.HIDE, ModerationAction.UNHIDE, ModerationAction.DELETE
LIKE, BLOCK, UNBLOCK = ModerationAction.LIKE, ModerationAction.BLOCK, ModerationAction.UNBLOCK
MUTE, UNMUTE = ModerationAction.MUTE, ModerationAction.UNMUTE
DONE, FAILED, UNKNOWN = ModerationState.DONE, ModerationState.FAILED, ModerationState.UNKNOWN


@pytest.fixture
def received(office):
    handle_event(message("1", "Buy cheap bags"), office)
    return office


def stored(office, message_id="1"):
    return office.desk.tickets.find_message(ACCOUNT.name, message_id)


def do(office, platform, action, message_id="1", reason="spam"):
    wish = Wish(action=action, target=stored(office, message_id), user=JO, reason=reason)
    return moderating.moderate(
        wish, desk=office.desk, connector=office.connector, connect=platform.connect, clock=office.clock
    )


def offers(office, message_id="1"):
    account = office.desk.accounts.get(ACCOUNT.name)
    found = moderating.list_offers(
        stored(office, message_id), account, desk=office.desk, connector=office.connector, now=office.clock()
    )
    return {offer.action: offer.refusal for offer in found}


# --- what is offered ------------------------------------------------------------------------------------------------
def test_what_the_platform_can_do_is_offered_and_what_is_ours(received):
    assert offers(received) == dict.fromkeys((HIDE, DELETE, LIKE, BLOCK, MUTE), "")


def test_what_the_platform_cannot_do_is_not_offered(received, monkeypatch):
    able = replace(received.connector.capabilities, moderates=(HIDE,))
    monkeypatch.setattr(received.connector, "capabilities", able, raising=False)
    assert set(offers(received)) == {HIDE, MUTE}


def test_the_platforms_own_rule_is_told(received, platform):
    received.connector.keeps = {HIDE: "Only answers can be hidden."}
    assert offers(received)[HIDE] == "Only answers can be hidden."
    with pytest.raises(Refused, match="Only answers"):
        do(received, platform, HIDE)
    assert platform.moderated == []
    assert received.desk.moderations.history(stored(received)) == (), "a refused wish was stored"


def test_the_opposite_is_offered_once_it_is_done(received, platform):
    for action in (HIDE, LIKE, BLOCK, MUTE):
        do(received, platform, action)
    assert set(offers(received)) == {UNHIDE, DELETE, ModerationAction.UNLIKE, UNBLOCK, UNMUTE}
    with pytest.raises(Refused, match=moderating.SO_ALREADY):
        do(received, platform, HIDE)
    do(received, platform, UNHIDE)
    assert HIDE in offers(received)


def test_a_blocked_person_is_blocked_on_every_message(received, platform):
    handle_event(message("2", "More bags"), received)
    handle_event(message("3", "Hello", author="c2"), received)
    do(received, platform, BLOCK)
    assert UNBLOCK in offers(received, "2")
    assert BLOCK in offers(received, "3")


def test_nobody_acts_on_what_is_gone_or_on_ourselves(received):
    handle_event(MessageDeleted(message_id="1"), received)
    assert {action for action, why in offers(received).items() if why == moderating.GONE} == {HIDE, DELETE, LIKE}
    handle_event(message("2", "Ours", author=US), received)
    found = offers(received, "2")
    assert (found[BLOCK], found[MUTE]) == (moderating.OUR_OWN, moderating.OUR_OWN)


def test_a_message_without_an_author_leaves_nobody_to_block(office):
    handle_event(message("1", author=None), office)
    assert offers(office)[BLOCK] == offers(office)[MUTE] == moderating.NO_AUTHOR


def test_a_paused_account_only_mutes(received):
    received.desk.accounts.pause_sending(ACCOUNT.name, "Please log in again.", Standing.NEEDS_LOGIN)
    found = offers(received)
    assert found[HIDE] == "Please log in again."
    assert found[MUTE] == ""


@pytest.mark.parametrize("action", [HIDE, DELETE, BLOCK])
def test_a_reason_is_asked_for(received, platform, action):
    with pytest.raises(Refused, match="why"):
        do(received, platform, action, reason=" ")
    assert platform.moderated == []


def test_a_like_needs_no_reason(received, platform):
    assert do(received, platform, LIKE, reason="").state is DONE


# --- doing it -------------------------------------------------------------------------------------------------------
def test_it_is_done_once_and_recorded(received, platform):
    done = do(received, platform, HIDE)
    assert (done.action, done.state, done.user, done.reason) == (HIDE, DONE, JO, "spam")
    assert platform.moderated == [(HIDE, "1")]
    assert platform.closed == 1
    assert stored(received).hidden
    assert received.desk.moderations.history(stored(received)) == (done,)
    assert received.desk.accounts.get(ACCOUNT.name).spent == Decimal("0.01")


def test_the_wish_is_recorded_before_the_call(received, platform):
    seen = []

    def connect(account):
        seen.extend(received.desk.moderations.history(stored(received)))
        return platform.connect(account)

    wish = Wish(action=HIDE, target=stored(received), user=JO, reason="spam")
    moderating.moderate(wish, desk=received.desk, connector=received.connector, connect=connect, clock=received.clock)
    assert [one.state for one in seen] == [ModerationState.DOING]


def test_deleting_marks_the_message(received, platform):
    do(received, platform, DELETE)
    assert stored(received).deleted
    assert handle_event(MessageDeleted(message_id="1"), received).reason == "handled already"


@pytest.mark.parametrize(
    "error", [Refused("No."), RateLimited("Wait.", retry_after_s=60), ConfigurationError("A permission is missing.")]
)
def test_what_certainly_did_not_happen_failed(received, platform, error):
    platform.script = [error]
    failed = do(received, platform, HIDE)
    assert (failed.state, failed.error) == (FAILED, str(error))
    assert not stored(received).hidden
    assert received.desk.accounts.get(ACCOUNT.name).sending_paused == "", "a missing right to moderate stopped all replies"
    assert do(received, platform, HIDE).state is DONE, "a person could not try again"


def test_a_dead_token_pauses_the_account(received, platform):
    platform.script = [AccountNeedsLogin("Log in.")]
    assert do(received, platform, HIDE).state is FAILED
    assert received.desk.accounts.get(ACCOUNT.name).sending_paused == "Log in."


def test_an_account_that_cannot_connect_fails_plainly(received):
    def connect(account):
        raise ConfigurationError("Credentials are missing.")

    wish = Wish(action=HIDE, target=stored(received), user=JO, reason="spam")
    failed = moderating.moderate(
        wish, desk=received.desk, connector=received.connector, connect=connect, clock=received.clock
    )
    assert (failed.state, failed.error) == (FAILED, "Credentials are missing.")


@pytest.mark.parametrize("step", ["lost", ValueError("a fault of ours")])
def test_a_lost_answer_is_unknown_and_not_repeated(received, platform, step):
    platform.script = [step]
    unknown = do(received, platform, HIDE)
    assert (unknown.state, unknown.error) == (UNKNOWN, moderating.UNKNOWN)
    before = list(platform.moderated)
    work = find_work(received.desk, received.clock)
    assert not work, f"something would repeat it: {work}"
    assert platform.moderated == before
    assert not stored(received).hidden, "nobody knows whether it is hidden"


def test_a_person_may_repeat_what_is_unknown(received, platform):
    platform.script = ["lost"]
    do(received, platform, HIDE)
    account = received.desk.accounts.get(ACCOUNT.name)
    first = moderating.list_offers(
        stored(received), account, desk=received.desk, connector=received.connector, now=received.clock()
    )[0]
    assert (first.action, first.refusal, first.note) == (HIDE, "", moderating.UNKNOWN_BEFORE)
    assert do(received, platform, HIDE).state is DONE


def test_a_lost_deletion_is_looked_for(received, platform):
    platform.script, platform.vanished = ["lost"], {"1"}
    assert do(received, platform, DELETE).state is DONE
    assert stored(received).deleted


def test_gone_proves_no_like(received, platform):
    platform.script, platform.vanished = [OutcomeUnknown("lost")], {"1"}
    assert do(received, platform, LIKE).state is UNKNOWN


def test_a_refusal_that_says_gone_is_checked(received, platform):
    """Some platforms say the same of what is not there and of what is not ours to touch."""
    platform.script = [TargetGone("Gone, or not for you.")]
    failed = do(received, platform, DELETE)
    assert (failed.state, failed.error) == (FAILED, "Gone, or not for you.")
    assert not stored(received).deleted
    platform.script, platform.vanished = [TargetGone("Gone, or not for you.")], {"1"}
    assert do(received, platform, LIKE).error == moderating.GONE
    assert stored(received).deleted


def test_a_killed_worker_leaves_an_unknown(received, platform):
    platform.script = ["crash"]
    with pytest.raises(SystemExit):
        do(received, platform, HIDE)
    assert offers(received)[HIDE] == moderating.BUSY
    with pytest.raises(Refused, match="right now"):
        do(received, platform, HIDE)
    received.clock.forward(minutes=11)
    work = find_work(received.desk, received.clock)
    moderating.mark_lost(work.lost, desk=received.desk, clock=received.clock)
    [lost] = received.desk.moderations.history(stored(received))
    assert lost.state is UNKNOWN
    assert platform.moderated == [(HIDE, "1")]


# --- what the platform reports --------------------------------------------------------------------------------------
def test_a_reported_hiding_is_kept(received):
    hidden = VisibilityChanged(message_id="1", hidden=True, at=received.clock())
    assert handle_event(hidden, received).action is Action.VISIBILITY
    assert UNHIDE in offers(received)
    assert handle_event(hidden, received).reason == "handled already"
    earlier = VisibilityChanged(message_id="1", hidden=False, at=received.clock() - timedelta(minutes=1))
    assert handle_event(earlier, received).reason == "handled already"
    assert stored(received).hidden, "an older report undid a newer one"
    assert handle_event(VisibilityChanged(message_id="9", hidden=True), received).action is Action.IGNORE


@pytest.mark.parametrize(
    ("action", "report"),
    [(HIDE, VisibilityChanged(message_id="1", hidden=True)), (DELETE, MessageDeleted(message_id="1"))],
)
def test_a_report_settles_what_was_unknown(received, platform, action, report):
    platform.script = ["lost"]
    assert do(received, platform, action).state is UNKNOWN
    handle_event(report, received)
    assert [one.state for one in received.desk.moderations.history(stored(received))] == [DONE]


def test_an_old_report_settles_no_later_wish(received, platform):
    first = VisibilityChanged(message_id="1", hidden=True, at=received.clock())
    handle_event(first, received)
    received.clock.forward(minutes=1)
    do(received, platform, UNHIDE)
    platform.script = ["lost"]
    assert do(received, platform, HIDE).state is UNKNOWN
    handle_event(first, received)
    assert received.desk.moderations.history(stored(received))[-1].state is UNKNOWN


# --- muting ---------------------------------------------------------------------------------------------------------
def test_a_muted_person_opens_no_ticket(received, platform):
    assert do(received, platform, MUTE, reason="").state is DONE
    assert platform.closed == 0, "muting is ours: no call is needed"
    for event in (message("2"), message("3", thread="t9"), message("4", thread="dm", private=True)):
        outcome = handle_event(event, received)
        assert (outcome.action, outcome.ticket, outcome.reason) == (Action.IGNORE, None, "its author is muted")
        assert stored(received, event.message_id).ticket is None, "the message was not kept"
    assert handle_event(message("5", author="c2", thread="t9"), received).action is Action.OPEN


def test_an_unmuted_person_is_heard_again(received, platform):
    do(received, platform, MUTE)
    handle_event(message("2", thread="t2"), received)
    do(received, platform, UNMUTE)
    opened = handle_event(message("3", thread="t2"), received)
    assert opened.action is Action.OPEN
    assert stored(received, "2").ticket == opened.ticket, "what was said meanwhile is shown"
