"""One fate a part, known or plainly unknown; nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.accounts import Standing
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    NotAllowed,
    OutOfCredit,
    RateLimited,
    Refused,
    Retryable,
    TargetGone,
)
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState
from social_care.engine.delivery import BACKOFF
from social_care.engine.intake import handle_event
from social_care.engine.replying import give_up_waiting
from social_care.engine.sweeping import find_work
from tests.engine.conftest import first_response
from tests.fakes import ACCOUNT, message


def test_a_confirmed_reply_stops_the_clock(office, platform, queue, send):
    (part,) = queue()
    assert first_response(office.desk) is None, "a queued reply stopped the clock"
    assert send(part) is DeliveryState.SENT
    assert [text for _, text in platform.posts] == ["We are sorry."]
    assert first_response(office.desk) is not None
    assert platform.closed == 1, "the connection stayed open"
    assert office.desk.accounts.get(ACCOUNT.name).spent > 0
    assert send(part) is None, "a sent part was taken up again"


def test_a_refusal_is_final_and_told(office, platform, queue, send):
    platform.script = [NotAllowed("They do not take messages from you.")]
    (part,) = queue()
    assert send(part) is DeliveryState.FAILED
    assert first_response(office.desk) is None
    assert office.desk.told == [("agent", "They do not take messages from you.")]
    assert send(part) is None
    assert platform.posts == []


def test_the_platform_tells_that_the_message_is_gone(office, platform, queue, send):
    platform.script = [TargetGone("The post is no longer there.")]
    (part,) = queue()
    assert send(part) is DeliveryState.FAILED
    assert office.desk.tickets.find_message(ACCOUNT.name, "1").deleted, "the agent should see that it is gone"


def test_rate_limits_wait_until_the_platforms_own_time(office, platform, queue, send, clock):
    platform.script = [RateLimited("Too many.", retry_after_s=900)]
    (part,) = queue()
    assert send(part) is DeliveryState.QUEUED
    clock.forward(seconds=899)
    assert find_work(office.desk, clock).deliver == ()
    clock.forward(seconds=2)
    assert find_work(office.desk, clock).deliver == (part,)
    assert send(part) is DeliveryState.SENT


def test_what_waits_for_another_attempt_is_given_up(office, platform, queue, send, clock):
    platform.script = [RateLimited("Too many.", retry_after_s=900)]
    (part,) = queue()
    send(part)
    assert give_up_waiting(part, desk=office.desk)
    clock.forward(hours=1)
    assert send(part) is None
    assert platform.posts == []
    assert not give_up_waiting(part, desk=office.desk)


@pytest.mark.parametrize("looked_for", [False, True])
def test_a_private_reply_given_up_before_it_left_is_not_used_up(office, platform, queue, send, clock, looked_for):
    platform.script = ["lost"] if looked_for else [RateLimited("Too many.", retry_after_s=900)]
    (part,) = queue(audience=Audience.PRIVATE)
    office.desk.tickets.take_private_reply(office.desk.tickets.find_message(ACCOUNT.name, "1"))
    send(part)
    if looked_for:
        office.desk.outbox.requeue(part)
    assert give_up_waiting(part, desk=office.desk)
    assert office.desk.tickets.find_message(ACCOUNT.name, "1").private_reply_used is looked_for


def test_what_is_being_sent_is_not_given_up(office, queue, clock):
    (part,) = queue()
    office.desk.outbox.claim(part, clock())
    assert not give_up_waiting(part, desk=office.desk), "a worker has it"
    office.desk.outbox.record_unknown(part, "Who knows.", clock())
    assert not give_up_waiting(part, desk=office.desk), "it may be there"


def test_retries_end(platform, queue, send, clock):
    platform.script = [Retryable("No route.") for _ in range(50)]
    (part,) = queue()
    states = []
    for _ in range(BACKOFF.give_up_after):
        states.append(send(part))
        clock.forward(hours=1)
    assert states[-1] is DeliveryState.FAILED
    assert set(states[:-1]) == {DeliveryState.QUEUED}


def test_a_dead_token_pauses_sending_and_keeps_the_reply(office, platform, queue, send, clock):
    platform.script = [AccountNeedsLogin("Please log in again.")]
    (part,) = queue()
    assert send(part) is DeliveryState.QUEUED
    assert office.desk.told == [(f"owner:{ACCOUNT.name}", "Please log in again.")]
    clock.forward(hours=1)
    assert send(part) is DeliveryState.QUEUED, "a paused account must not send"
    office.desk.accounts.resume_sending(ACCOUNT.name)
    clock.forward(hours=1)
    assert send(part) is DeliveryState.SENT
    assert len(platform.posts) == 1


def test_the_third_part_fails_and_a_retry_resumes_there(office, platform, queue, send):
    parts = queue("One sentence of forty characters is here. " * 4)
    assert len(parts) == 4
    platform.script = [None, None, Refused("No."), None, None]
    assert [send(part) for part in parts] == [DeliveryState.SENT, DeliveryState.SENT, DeliveryState.FAILED, None]
    office.desk.outbox.requeue(parts[2])
    assert [send(part) for part in parts] == [None, None, DeliveryState.SENT, DeliveryState.SENT]
    texts = [text for _, text in platform.posts]
    assert len(texts) == len(set(texts)) == 4


def test_a_reply_to_a_message_that_vanished_meanwhile(office, queue, send, platform):
    (part,) = queue()
    with office.desk.transaction():
        office.desk.tickets.mark_deleted(ACCOUNT.name, "1", None)
    assert send(part) is DeliveryState.FAILED
    assert platform.posts == []
    with pytest.raises(TargetGone):
        queue(name="r2")
    assert len(office.desk.rows("select 1 from message where state is not null")) == 1, "a refused reply was stored"


def test_a_target_that_is_gone_may_only_be_hidden_from_us(office, platform, queue, send):
    platform.script = [TargetGone("The post is no longer there.")]
    (part,) = queue()
    send(part)
    assert office.desk.tickets.find_message(ACCOUNT.name, "1").vanished, "the author may only have blocked us"
    with pytest.raises(TargetGone, match="no longer visible to us"):
        queue(name="r2")


@pytest.mark.parametrize(
    ("error", "standing"),
    [
        (AccountNeedsLogin("Log in."), Standing.NEEDS_LOGIN),
        (OutOfCredit("Pay."), Standing.OUT_OF_CREDIT),
        (ConfigurationError("Grant the permission."), Standing.NEEDS_ATTENTION),
    ],
)
def test_the_account_says_what_is_missing(office, platform, queue, send, error, standing):
    platform.script = [error]
    send(*queue())
    assert office.desk.accounts.get(ACCOUNT.name).standing is standing


def test_going_private_keeps_one_case(office, platform, queue, send, ticket):
    (part,) = queue(audience=Audience.PRIVATE)
    assert send(part) is DeliveryState.SENT
    answer = handle_event(message("2", private=True, thread="dm:c1"), office)
    assert answer.ticket == ticket
    blue = handle_event(message("3", author="c5", private=True, thread="dm:c5"), office)
    assert blue.ticket != ticket


def test_lease_outlives_every_send():
    from social_care.desks.sqlite.outbox import LEASE

    assert timedelta(minutes=5) <= LEASE


def test_a_private_conversation_named_by_the_answer_only_joins_its_ticket(
    office, ticket, queue, send, platform, monkeypatch
):
    monkeypatch.setattr(type(office.connector), "private_thread", lambda *_: None)
    real = platform.connect

    def connect(account):
        connection = real(account)
        send_it = connection.send
        connection.send = lambda part: replace(send_it(part), thread_id="dm-7")
        return connection

    monkeypatch.setattr(platform, "connect", connect)
    (part,) = queue(audience=Audience.PRIVATE)
    assert send(part) is DeliveryState.SENT
    assert handle_event(message("9", private=True, thread="dm-7"), office).ticket == ticket


def test_a_part_after_the_first_does_not_tell_that_the_message_is_gone(office, platform, queue, send):
    first, second = queue("A sentence that is rather long already. And one more for a part.")
    assert send(first) is DeliveryState.SENT
    platform.script = [TargetGone("The post is no longer there.")]
    assert send(second) is DeliveryState.FAILED
    target = office.desk.tickets.find_message(ACCOUNT.name, "1")
    assert not target.deleted, "our own first part is gone, not the customer's message"


def test_a_limit_is_waited_for_however_often_it_comes(office, platform, queue, send):
    (part,) = queue()
    for _ in range(BACKOFF.give_up_after + 3):
        platform.script = [RateLimited("X asks to wait.", retry_after_s=900)]
        assert send(part) is DeliveryState.QUEUED
        office.clock.forward(seconds=900)
    assert send(part) is DeliveryState.SENT


def test_what_an_attempt_leaves_is_kept_for_the_next(office, platform, queue, send, clock):
    platform.script = [Retryable("It works on a file.", progress={"uploaded": "5"})]
    (part,) = queue()
    assert send(part) is DeliveryState.QUEUED
    assert office.desk.outbox.get(part).progress == {"uploaded": "5"}
