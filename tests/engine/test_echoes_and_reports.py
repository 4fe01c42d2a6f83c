"""What a platform says of our replies later: echoes, receipts, failures."""

import pytest

from social_care.core.errors import (
    Refused,
    Retryable,
)
from social_care.core.events import Audience, DeliveryReported, Fate, MessageEdited
from social_care.core.replies import DeliveryState
from social_care.engine.delivery import deliver
from social_care.engine.handling import handle_payload
from social_care.engine.intake import handle_event
from social_care.engine.outcomes import Action
from social_care.engine.sweeping import find_work
from tests.fakes import ACCOUNT, US, FakeConnection, message, payload_of


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


def test_an_echo_confirms_what_is_being_sent_before_what_had_failed(office, platform, queue, send, clock):
    platform.script = [Refused("Not now.")]
    (failed,) = queue(name="r1")
    send(failed)
    (again,) = queue(name="r2")
    office.desk.outbox.claim(again, clock())
    handle_event(message("p1", "We are sorry.", author=US), office)
    assert office.desk.outbox.get(again).external_id == "p1"
    assert office.desk.outbox.get(failed).state is DeliveryState.FAILED, "an old failure was taken for sent"


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
