"""What nobody knows of a reply is looked for, and never sent again blindly."""

from decimal import Decimal

import pytest

from social_care.core.accounts import Standing
from social_care.core.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retryable,
    TargetGone,
)
from social_care.core.replies import DeliveryState
from social_care.engine.delivery import CHECKS, deliver, reconcile
from social_care.engine.replying import settle_by_person
from social_care.engine.sweeping import find_work
from tests.engine.conftest import first_response
from tests.fakes import ACCOUNT, FakeConnection


@pytest.mark.parametrize("accident", ["lost", ValueError("a bug of ours after sending")])
def test_an_unknown_outcome_is_looked_for_and_never_resent(office, platform, queue, send, look, clock, accident):
    if not isinstance(accident, str):
        platform.posts.append(("p0", "We are sorry."))
    platform.script = [accident]
    (part,) = queue()
    before = len(platform.posts)
    assert send(part) is DeliveryState.UNKNOWN
    assert first_response(office.desk) is None, "an unknown reply stopped the clock"
    assert send(part) is None
    assert find_work(office.desk, clock).deliver == ()
    clock.forward(minutes=1)
    assert find_work(office.desk, clock).reconcile == (part,)
    assert look(part) is DeliveryState.SENT
    assert len(platform.posts) == before + (1 if accident == "lost" else 0)
    assert first_response(office.desk) is not None


def test_the_same_words_said_before_prove_nothing(office, platform, queue, send, look, clock):
    (first,) = queue("Yes.")
    send(first)
    platform.script = [OutcomeUnknown("The line broke.")]
    (second,) = queue("Yes.", name="r2")
    send(second)
    clock.forward(minutes=1)
    assert look(second) is DeliveryState.UNKNOWN, "an older reply with the same words was taken for this one"


def test_what_is_not_found_ends_with_a_person(office, platform, queue, send, look, clock):
    platform.script = [OutcomeUnknown("The line broke.")]
    (part,) = queue()
    send(part)
    for _ in range(CHECKS.give_up_after + 2):
        clock.forward(hours=1)
        look(part)
    assert office.desk.outbox.get(part).state is DeliveryState.UNKNOWN
    clock.forward(days=2)
    assert not find_work(office.desk, clock), "it must wait for a person now"
    assert any("look yourself" in sentence for who, sentence in office.desk.told if who == "agent")
    assert platform.posts == [], "an unknown part was sent again by itself"
    assert office.desk.outbox.requeue(part)
    assert send(part) is DeliveryState.SENT


def test_a_person_can_say_that_it_was_sent(office, platform, queue, send, clock):
    platform.script = [OutcomeUnknown("The line broke.")]
    (part,) = queue()
    send(part)
    assert settle_by_person(part, "agent@example.com", sent=True, desk=office.desk, clock=clock)
    assert office.desk.outbox.get(part).state is DeliveryState.SENT
    assert not settle_by_person(part, "agent@example.com", sent=False, desk=office.desk, clock=clock)


def test_a_second_try_that_is_refused_because_the_first_arrived(office, platform, queue, send, clock):
    platform.script = ["lost", Refused("You said that already.")]
    (part,) = queue()
    send(part)
    office.desk.outbox.requeue(part)
    assert send(part) is DeliveryState.SENT
    assert len(platform.posts) == 1


def test_a_worker_killed_between_sending_and_recording(office, platform, queue, send, look, clock):
    platform.script = ["crash"]
    (part,) = queue()
    with pytest.raises(SystemExit):
        send(part)
    assert send(part) is None
    clock.forward(hours=1)
    work = find_work(office.desk, clock)
    assert (work.deliver, work.reconcile) == ((), (part,))
    assert look(part) is DeliveryState.SENT
    assert len(platform.posts) == 1, "the reply was posted twice"


def test_a_reply_found_on_the_platform_has_its_price(office, platform, queue, send, look):
    platform.script = ["lost"]
    (part,) = queue()
    assert send(part) is DeliveryState.UNKNOWN
    assert office.desk.accounts.get(ACCOUNT.name).spent == 0
    assert look(part) is DeliveryState.SENT
    assert office.desk.accounts.get(ACCOUNT.name).spent > 0


class CannotLook:
    """A connection that finds nothing (yet), refuses to send, and then cannot look again."""

    looked = False

    def send(self, part):
        raise Refused("X refuses this text because the account has just posted the same.")

    def find_sent(self, part, taken):
        if self.looked:
            raise Retryable("X could not be reached.")
        self.looked = True

    def close(self):
        pass


def test_refused_after_an_unknown_attempt_is_not_failed_while_nobody_could_look(office, platform, queue, send, look):
    platform.script = ["lost"]
    (part,) = queue()
    assert send(part) is DeliveryState.UNKNOWN
    office.desk.outbox.requeue(part)
    there = deliver(part, desk=office.desk, connect=lambda account: CannotLook(), clock=office.clock)
    assert there is DeliveryState.UNKNOWN, "it is out there, and was called failed"
    assert look(part) is DeliveryState.SENT
    assert len(platform.posts) == 1


def test_what_a_person_wants_sent_again_is_looked_for_first(office, platform, queue, send):
    platform.script = ["lost"]
    (part,) = queue()
    send(part)
    office.desk.outbox.requeue(part)
    assert send(part) is DeliveryState.SENT
    assert len(platform.posts) == 1, "sent twice: the first attempt had arrived"


# --- platforms that know a key again
@pytest.mark.parametrize("accident", ["lost", OutcomeUnknown("The line broke.")])
def test_an_unknown_part_is_sent_again_under_its_key(office, platform, queue, send, look, clock, accident):
    platform.keys, platform.script = {}, [accident]
    (part,) = queue()
    assert send(part) is DeliveryState.UNKNOWN
    clock.forward(minutes=1)
    assert look(part) is DeliveryState.SENT
    assert [text for _, text in platform.posts] == ["We are sorry."], "it was posted twice, or never"
    assert office.desk.outbox.get(part).attempts == 2


@pytest.mark.parametrize("answer", [Refused("No."), TargetGone("Gone."), Retryable("Not now."), ValueError("a bug of ours")])
def test_only_a_success_settles_what_was_sent_again(office, platform, queue, send, look, clock, answer):
    """The first attempt may have arrived, whatever the platform says to the second."""
    platform.keys, platform.script = {}, ["lost", answer]
    (part,) = queue()
    send(part)
    clock.forward(minutes=1)
    assert look(part) is DeliveryState.UNKNOWN
    assert not office.desk.tickets.find_message(ACCOUNT.name, "1").deleted
    clock.forward(minutes=5)
    assert look(part) is DeliveryState.SENT
    assert len(platform.posts) == 1


def test_nothing_is_sent_again_while_sending_is_paused(office, platform, queue, send, look, clock):
    platform.keys, platform.script = {}, [OutcomeUnknown("The line broke.")]
    (part,) = queue()
    send(part)
    office.desk.accounts.pause_sending(ACCOUNT.name, "Please log in again.", Standing.NEEDS_LOGIN)
    clock.forward(minutes=1)
    assert look(part) is DeliveryState.UNKNOWN
    assert platform.posts == []


def fail_once(monkeypatch, outbox, method, error):
    """Let the database be busy at the first call of a method that records a fate."""
    record, left = getattr(outbox, method), [error]

    def busy_once(*given, **named):
        if left:
            raise left.pop()
        return record(*given, **named)

    monkeypatch.setattr(outbox, method, busy_once)


@pytest.mark.parametrize(
    ("method", "answer", "state"),
    [
        ("record_sent", None, DeliveryState.SENT),
        ("record_retry", RateLimited("Slow down.", retry_after_s=60), DeliveryState.QUEUED),
        ("record_failed", Refused("No."), DeliveryState.FAILED),
    ],
)
def test_what_the_platform_said_is_kept_by_a_busy_database(
    office, platform, queue, send, monkeypatch, method, answer, state
):
    platform.script = [answer]
    (part,) = queue()
    fail_once(monkeypatch, office.desk.outbox, method, Retryable("the database was busy"))
    assert send(part) is state, "what the platform had said was forgotten"
    assert office.desk.outbox.get(part).state is state
    assert office.desk.accounts.get(ACCOUNT.name).spent == (Decimal("0.01") if state is DeliveryState.SENT else 0)


def test_a_part_that_a_worker_is_sending_is_not_called_unknown(office, platform, queue, send, look, clock):
    platform.script = [OutcomeUnknown("The connection broke."), "lost"]
    (part,) = queue()
    send(part)
    office.desk.outbox.requeue(part)
    office.desk.outbox.claim(part, clock())
    assert look(part) is None, "a look that was queued before the person sent it again found another worker at it"
    assert office.desk.outbox.get(part).state is DeliveryState.SENDING


def test_a_confirmation_counts_although_the_same_words_were_taken_for_another_part(office, platform, queue, send, look):
    platform.script = [OutcomeUnknown("The connection broke.")]
    (lost,) = queue(name="r1")
    send(lost)
    (again,) = queue(name="r2")
    send_of_platform = FakeConnection.send

    def look_meanwhile(connection, part):
        sent = send_of_platform(connection, part)
        assert look(lost) is DeliveryState.SENT
        return sent

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeConnection, "send", look_meanwhile)
        assert send(again) is DeliveryState.SENT
    assert office.desk.outbox.get(again).state is DeliveryState.SENT, "what the platform confirmed was forgotten"
    assert len(platform.posts) == 1


class Unforeseen(Exception):
    """What no connector and no desk raises on purpose, such as an encryption key that does not fit."""


def broken(account):
    raise Unforeseen


def test_a_connection_that_cannot_be_opened_leaves_no_reply_behind(office, platform, queue, send, clock):
    (part,) = queue()
    assert deliver(part, desk=office.desk, connect=broken, clock=clock) is DeliveryState.QUEUED
    clock.forward(hours=1)
    assert send(part) is DeliveryState.SENT


def test_what_cannot_be_looked_for_ends_with_a_person(office, platform, queue, send, clock):
    platform.script = ["lost"]
    (part,) = queue()
    send(part)
    for _ in range(CHECKS.give_up_after):
        clock.forward(hours=1)
        assert reconcile(part, desk=office.desk, connect=broken, clock=clock) is DeliveryState.UNKNOWN
    assert [who for who, _ in office.desk.told] == ["agent"]
