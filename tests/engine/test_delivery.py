"""One fate a part, known or plainly unknown; nothing twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from social_care.core.accounts import Standing
from social_care.core.errors import (
    AccountNeedsLogin,
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    OutOfCredit,
    RateLimited,
    Refused,
    Retryable,
    TargetGone,
)
from social_care.core.events import Audience, DeliveryReported, Fate, MessageEdited
from social_care.core.replies import DeliveryState, Reply
from social_care.engine.delivery import BACKOFF, CHECKS, deliver, reconcile
from social_care.engine.handling import handle_payload
from social_care.engine.intake import handle_event
from social_care.engine.outcomes import Action
from social_care.engine.replying import give_up_waiting, queue_reply, settle_by_person
from social_care.engine.sweeping import find_work
from tests.fakes import ACCOUNT, US, FakeConnection, message, payload_of


@pytest.fixture
def ticket(office):
    return handle_event(message("1"), office).ticket


@pytest.fixture
def queue(office, ticket):
    def queue(text="We are sorry.", audience=None, name="r1"):
        target = office.desk.tickets.find_message(ACCOUNT.name, "1")
        reply = Reply(ticket=ticket, target=target, text=text, author="agent", audience=audience)
        with office.desk.transaction():
            return queue_reply(
                reply, ACCOUNT, reply_name=name, desk=office.desk, connector=office.connector, clock=office.clock
            )[1]

    return queue


@pytest.fixture
def send(office, platform):
    def send(part_id):
        return deliver(part_id, desk=office.desk, connect=platform.connect, clock=office.clock)

    return send


@pytest.fixture
def look(office, platform):
    def look(part_id):
        return reconcile(part_id, desk=office.desk, connect=platform.connect, clock=office.clock)

    return look


def first_response(desk):
    return desk.row("select first_response_at from ticket")["first_response_at"]


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


def test_the_echo_settles_an_unknown_part(office, platform, queue, send, connector, clock):
    platform.script = ["lost"]
    (part,) = queue()
    send(part)
    echo = payload_of(message("p1", "We are sorry.", author=US))
    outcomes = handle_payload(office.desk.ledger.keep(echo), desk=office.desk, connector=connector, clock=clock)
    assert [one.action.value for one in outcomes] == ["delivery"]
    assert office.desk.outbox.get(part).state is DeliveryState.SENT
    assert len(office.desk.rows("select 1 from message where direction = 'out'")) == 1


@pytest.mark.parametrize("error", [Retryable("No answer."), Refused("Not like that.")])
def test_an_echo_proves_that_a_part_was_sent_after_all(office, platform, queue, send, clock, error):
    platform.script = [error]
    (part,) = queue()
    send(part)
    echo = handle_event(message("p1", "We are sorry.", author=US), office)
    assert (echo.action, echo.reason) == (Action.DELIVERY, "our reply arrived")
    assert office.desk.accounts.get(ACCOUNT.name).spent == office.connector.cost, "what was sent has its price"
    clock.forward(hours=1)
    assert find_work(office.desk, clock).deliver == ()
    assert send(part) is None
    assert platform.posts == [], "the reply was sent a second time"


def test_an_old_failure_is_not_taken_for_a_new_answer(office, platform, queue, send, clock):
    platform.script = [Refused("Not like that.")]
    (part,) = queue()
    send(part)
    clock.forward(days=3)
    handle_event(message("p1", "We are sorry.", author=US), office)
    assert office.desk.outbox.get(part).state is DeliveryState.FAILED


def test_a_reply_found_on_the_platform_has_its_price(office, platform, queue, send, look):
    platform.script = ["lost"]
    (part,) = queue()
    assert send(part) is DeliveryState.UNKNOWN
    assert office.desk.accounts.get(ACCOUNT.name).spent == 0
    assert look(part) is DeliveryState.SENT
    assert office.desk.accounts.get(ACCOUNT.name).spent > 0


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


def test_an_echo_waits_while_something_is_being_sent(office, queue, connector, clock):
    (part,) = queue("quite another text")
    office.desk.outbox.claim(part, clock())
    echo_id = office.desk.ledger.keep(payload_of(message("p7", "We are sorry", author=US)))
    assert handle_payload(echo_id, desk=office.desk, connector=connector, clock=clock) == ()
    assert office.desk.row("select state from payload")["state"] == "retry"
    office.desk.outbox.record_failed(part, "No.")
    clock.forward(minutes=1)
    (outcome,) = handle_payload(echo_id, desk=office.desk, connector=connector, clock=clock)
    assert outcome.reason == "answered by the team outside the help desk"


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


def test_a_report_that_gives_back_what_we_sent_along_settles_an_unknown_outcome(office, platform, queue, send):
    platform.script = ["lost"]
    (part,) = queue()
    assert send(part) is DeliveryState.UNKNOWN
    handle_event(DeliveryReported(message_id="w1", fate=Fate.DELIVERED, reference=part), office)
    settled = office.desk.outbox.get(part)
    assert (settled.state, settled.external_id) == (DeliveryState.SENT, "w1")
    stranger = handle_event(DeliveryReported(message_id="w2", fate=Fate.FAILED, reason="No.", reference=part), office)
    assert stranger.ticket is None, "another message of ours was taken for a settled part"


def test_reports_out_of_order_end_with_the_failure(office, queue, send):
    (part,) = queue()
    send(part)
    sent = office.desk.outbox.get(part).external_id
    for fate in (Fate.FAILED, Fate.SENT):
        handle_event(DeliveryReported(message_id=sent, fate=fate, reason="Too late."), office)
    assert office.desk.outbox.get(part).state is DeliveryState.FAILED


def test_a_failure_reported_before_the_send_returned_is_not_lost(office, queue, clock):
    (part,) = queue()
    office.desk.outbox.claim(part, clock())
    with pytest.raises(Retryable):
        handle_event(DeliveryReported(message_id="w1", fate=Fate.FAILED, reason="Too late."), office)


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


def test_the_price_is_kept_when_the_echo_is_faster_than_the_answer(office, platform, queue):
    (part,) = queue()

    class Slow(type(platform.connect(ACCOUNT))):
        def send(self, one):
            sent = super().send(one)
            echo = message(sent.external_id, "We are sorry.", author=US, permalink="https://fake/p1")
            handle_event(echo, office)
            return sent

    assert deliver(part, desk=office.desk, connect=lambda account: Slow(platform), clock=office.clock) is DeliveryState.SENT
    assert office.desk.accounts.get(ACCOUNT.name).spent > 0
    assert office.desk.row("select permalink from message where id = ?", part)["permalink"] == "https://fake/p1"


def test_an_edit_of_our_reply_made_on_the_platform_is_shown(office, platform, queue, send):
    (part,) = queue()
    send(part)
    edit = message("p1", "We are very sorry.", author=US, cls=MessageEdited, revision="2")
    outcome = handle_event(edit, office)
    assert outcome.action is Action.EDIT
    assert office.desk.outbox.get(part).text == "We are very sorry."
    assert handle_event(edit, office).action is Action.IGNORE


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


def test_what_an_attempt_leaves_is_kept_for_the_next(office, platform, queue, send, clock):
    platform.script = [Retryable("It works on a file.", progress={"uploaded": "5"})]
    (part,) = queue()
    assert send(part) is DeliveryState.QUEUED
    assert office.desk.outbox.get(part).progress == {"uploaded": "5"}


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


def test_an_echo_confirms_what_is_being_sent_before_what_had_failed(office, platform, queue, send, clock):
    platform.script = [Refused("Not now.")]
    (failed,) = queue(name="r1")
    send(failed)
    (again,) = queue(name="r2")
    office.desk.outbox.claim(again, clock())
    handle_event(message("p1", "We are sorry.", author=US), office)
    assert office.desk.outbox.get(again).external_id == "p1"
    assert office.desk.outbox.get(failed).state is DeliveryState.FAILED, "an old failure was taken for sent"


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


def test_what_an_echo_confirmed_is_not_failed_by_a_later_refusal(office, platform, queue, send, monkeypatch):
    (part,) = queue(audience=Audience.PRIVATE)
    target = office.desk.tickets.find_message(ACCOUNT.name, "1")
    office.desk.tickets.take_private_reply(target)

    def refuse_after_echo(connection, part):
        handle_event(message("p1", "We are sorry.", author=US, private=True), office)
        raise Refused("You said that already.")

    monkeypatch.setattr(FakeConnection, "send", refuse_after_echo)
    assert send(part) is DeliveryState.SENT
    assert office.desk.outbox.get(part).state is DeliveryState.SENT, "what was sent is shown as failed"
    assert office.desk.tickets.find_message(ACCOUNT.name, "1").private_reply_used
    assert office.desk.told == []


@pytest.mark.parametrize("moment", ["queued", "sending"])
def test_a_failure_reported_twice_stops_no_second_try(office, platform, queue, send, clock, moment):
    (part,) = queue()
    send(part)
    report = DeliveryReported(message_id="p1", fate=Fate.FAILED, reason="Not delivered.")
    handle_event(report, office)
    office.desk.outbox.requeue(part)
    if moment == "sending":
        office.desk.outbox.claim(part, clock())
    handle_event(report, office)
    assert office.desk.outbox.get(part).state.value == moment, "the old report was taken for news of the new try"


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


def test_a_report_settles_the_second_try_of_what_failed_before(office, platform, queue, send):
    (part,) = queue()
    send(part)
    handle_event(DeliveryReported(message_id="p1", fate=Fate.FAILED, reason="Not delivered."), office)
    office.desk.outbox.requeue(part)
    platform.script = ["lost"]
    platform.posts.clear()
    assert send(part) is DeliveryState.UNKNOWN
    handle_event(DeliveryReported(message_id="w2", fate=Fate.DELIVERED, reference=part), office)
    again = office.desk.outbox.get(part)
    assert (again.state, again.external_id) == (DeliveryState.SENT, "w2"), "the platform told, and nobody listened"
