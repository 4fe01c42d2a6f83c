"""Who has to ask, what a supervisor may do, and that nothing leads around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.approvals import ApprovalPolicy, Asks, Circumstances, Decision
from social_care.core.errors import AlreadyDecided, NotPermitted, Refused, WindowClosed
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Mail, Reply
from social_care.core.team import Member
from social_care.engine.approving import approve, hold_mail, raise_alarms, reasons_to_hold, reject, withdraw
from social_care.engine.delivery import deliver
from social_care.engine.intake import handle_event
from social_care.engine.replying import preview_reply, queue_reply, resend_by_person, settle_by_person
from tests.fakes import ACCOUNT, message

ON = ApprovalPolicy(
    asks=Asks.CONDITION, words=("refund", "#strike"), sentiments=frozenset({"negative"}), urgent=True, followers=1000
)


@pytest.fixture
def floor(office):
    """The office with a trainee, two supervisors, and one public message."""
    for member in (
        Member(id="tom", name="Tom New", initials="TN", trainee=True),
        Member(id="sue", name="Sue Boss", supervisor=True),
        Member(id="sam", name="Sam Boss", supervisor=True),
        Member(id="ida", name="Ida Both", supervisor=True, trainee=True),
    ):
        office.desk.team.add(member)
    office.desk.add_account(ACCOUNT)
    handle_event(message("1", "My flight is late"), office)
    return office


def say(floor, text="We are on it.", *, author="tom", audience=None, account=ACCOUNT, name="r1"):
    """Have a reply written; return its parts."""
    floor.desk.add_account(account)
    target = floor.desk.tickets.find_message(ACCOUNT.name, "1")
    reply = Reply(ticket=target.ticket, target=target, text=text, author=author, audience=audience)
    with floor.desk.transaction():
        given = {"desk": floor.desk, "connector": floor.connector, "clock": floor.clock}
        _, parts = queue_reply(reply, account, reply_name=name, **given)
    return [floor.desk.outbox.get(part) for part in parts]


def how(floor):
    return {"desk": floor.desk, "clock": floor.clock, "load_connector": lambda platform: floor.connector}


def waiting(floor):
    return [one.id for one in floor.desk.approvals.waiting()]


def policy(**of):
    return replace(ACCOUNT, approval=ApprovalPolicy(**of))


class TestWhoAsks:
    @pytest.mark.parametrize(
        ("account", "author", "audience", "asks"),
        [
            (policy(), "tom", None, True),
            (policy(), "tom", Audience.PRIVATE, True),
            (policy(), "ida", None, True),
            (policy(), "ann", None, False),
            (policy(asks=Asks.NOBODY), "ann", None, False),
            (policy(asks=Asks.NOBODY), "tom", None, True),
            (policy(asks=Asks.NOBODY), "tom", Audience.PRIVATE, True),
            (policy(asks=Asks.PUBLIC), "ann", None, True),
            (policy(asks=Asks.PUBLIC), "sue", None, True),
            (policy(asks=Asks.PUBLIC), "ann", Audience.PRIVATE, False),
            (policy(asks=Asks.PUBLIC), "tom", Audience.PRIVATE, True),
            (policy(asks=Asks.CONDITION), "tom", None, True),
            (replace(ACCOUNT, approval=ON), "ann", None, False),
        ],
    )
    def test_the_policy(self, floor, account, author, audience, asks):
        [part] = say(floor, account=account, author=author, audience=audience)
        assert (part.state is DeliveryState.AWAITING) is asks
        assert bool(waiting(floor)) is asks

    @pytest.mark.parametrize(
        ("text", "circumstances", "asks"),
        [
            ("You get a REFUND.", Circumstances(), True),
            ("Your refunds are on the way.", Circumstances(), True),
            ("No prerefund.", Circumstances(), False),
            ("About the #strike today.", Circumstances(), True),
            ("Hello.", Circumstances(sentiment="negative"), True),
            ("Hello.", Circumstances(sentiment="positive"), False),
            ("Hello.", Circumstances(urgent=True), True),
            ("Hello.", Circumstances(followers=1000), True),
            ("Hello.", Circumstances(followers=999), False),
        ],
    )
    def test_conditions(self, floor, text, circumstances, asks):
        floor.desk.circumstances["c1"] = circumstances
        say(floor, text, author="ann", account=replace(ACCOUNT, approval=ON))
        assert bool(waiting(floor)) is asks

    def test_the_customers_words_count_too(self, floor):
        handle_event(message("2", "I want a refund", author="c2", thread="t2"), floor)
        target = floor.desk.tickets.find_message(ACCOUNT.name, "2")
        reply = Reply(ticket=target.ticket, target=target, text="Sure.", author="ann")
        given = {"desk": floor.desk, "connector": floor.connector, "clock": floor.clock}
        seen = preview_reply(reply, replace(ACCOUNT, approval=ON), **given)
        assert seen.reasons == ("It is about “refund”.",)

    def test_what_the_owner_wrote_beforehand_does_not_ask(self, floor):
        target = floor.desk.tickets.find_message(ACCOUNT.name, "1")
        reply = Reply(ticket=target.ticket, target=target, text="We are closed.", author="", automatic=True)
        given = {"desk": floor.desk, "connector": floor.connector, "clock": floor.clock}
        assert preview_reply(reply, policy(asks=Asks.PUBLIC), **given).reasons == ()


class TestDeciding:
    def test_approving_sends_what_the_trainee_wrote(self, floor, platform):
        account = replace(ACCOUNT, signature="^{initials}")
        [part] = say(floor, account=account)
        assert deliver(part.id, desk=floor.desk, connect=platform.connect, clock=floor.clock) is None
        approve(waiting(floor)[0], "sue", **how(floor))
        [due] = floor.desk.outbox.due(floor.clock())
        deliver(due, desk=floor.desk, connect=platform.connect, clock=floor.clock)
        assert [text for _, text in platform.posts] == ["We are on it. ^TN"], "the signature is the author's"
        assert floor.desk.outbox.get(due).approved_by == "sue"

    def test_editing_keeps_both_texts(self, floor):
        say(floor, "We r on it")
        [record] = waiting(floor)
        approve(record, "sue", text="We are on it, and here is much more to say about it all.", **how(floor))
        kept = floor.desk.approvals.lock(record)
        assert (kept.decision, kept.reply.text) == (Decision.EDITED, "We r on it")
        assert kept.final_text == "We are on it, and here is much more to say about it all."
        states = floor.desk.rows("select state, of_parts from message where reply = 'r1' order by part")
        assert [tuple(row) for row in states] == [("queued", 2), ("queued", 2)], "the new text is planned like any other"
        assert floor.desk.told[-1] == ("tom", f"edited: {kept.final_text}")

    def test_an_edit_that_breaks_a_rule_changes_nothing(self, floor):
        say(floor)
        [record] = waiting(floor)
        with pytest.raises(Refused, match="empty"):
            approve(record, "sue", text="  ", **how(floor))
        assert waiting(floor) == [record]

    def test_rejecting_teaches(self, floor):
        [part] = say(floor)
        [record] = waiting(floor)
        with pytest.raises(Refused, match="tell the author"):
            reject(record, "sue", " ", desk=floor.desk, clock=floor.clock)
        reject(record, "sue", "Say sorry first.", desk=floor.desk, clock=floor.clock)
        assert floor.desk.outbox.get(part.id).state is DeliveryState.REJECTED
        assert floor.desk.outbox.get(part.id).text == "We are on it."
        assert floor.desk.told == [("tom", "rejected: Say sorry first.")]

    def test_the_second_one_is_told(self, floor):
        say(floor)
        [record] = waiting(floor)
        approve(record, "sue", **how(floor))
        with pytest.raises(AlreadyDecided, match="Sue Boss was faster: this reply is approved"):
            reject(record, "sam", "No.", desk=floor.desk, clock=floor.clock)
        with pytest.raises(AlreadyDecided):
            approve(record, "sam", **how(floor))
        assert len(floor.desk.outbox.due(floor.clock())) == 1

    def test_a_window_that_closed_meanwhile_stops_it(self, floor):
        floor.connector.window = timedelta(hours=1)
        handle_event(message("2", "Hello?", sent_at=floor.clock()), floor)
        target = floor.desk.tickets.find_message(ACCOUNT.name, "2")
        reply = Reply(ticket=target.ticket, target=target, text="Hi.", author="tom")
        given = {"desk": floor.desk, "connector": floor.connector, "clock": floor.clock}
        with floor.desk.transaction():
            queue_reply(reply, ACCOUNT, reply_name="r2", **given)
        floor.clock.forward(hours=2)
        with pytest.raises(WindowClosed):
            approve(waiting(floor)[0], "sue", **how(floor))
        assert floor.desk.outbox.due(floor.clock()) == []

    def test_the_author_may_withdraw_and_nobody_else(self, floor):
        [part] = say(floor)
        [record] = waiting(floor)
        with pytest.raises(NotPermitted):
            withdraw(record, "sue", desk=floor.desk, clock=floor.clock)
        withdraw(record, "tom", desk=floor.desk, clock=floor.clock)
        assert floor.desk.outbox.get(part.id).state is DeliveryState.CANCELLED

    def test_the_private_conversation_is_bound_only_when_approved(self, floor):
        say(floor, audience=Audience.PRIVATE)
        assert floor.desk.tickets.cases_in(ACCOUNT.name, "dm:c1", 10) == ()
        approve(waiting(floor)[0], "sue", **how(floor))
        assert len(floor.desk.tickets.cases_in(ACCOUNT.name, "dm:c1", 10)) == 1


class TestByMail:
    """An e-mail on a social ticket waits like anything else; it leaves once, when it is approved."""

    def hold(self, floor, text="As promised.", author="tom"):
        target = floor.desk.tickets.find_message(ACCOUNT.name, "1")
        mail = Mail(to="ada@example.com", html=f"<p>{text}</p>")
        reply = Reply(ticket=target.ticket, target=target, text=text, author=author, mail=mail)
        if not reasons_to_hold(reply, floor.desk):
            return None
        with floor.desk.transaction():
            return hold_mail(reply, reply_name="m1", desk=floor.desk, clock=floor.clock)

    def mails(self, floor):
        return [tuple(row) for row in floor.desk.rows("select author, recipients, text from mail")]

    @pytest.mark.parametrize(("author", "waits"), [("tom", True), ("ida", True), ("ann", False), ("sue", False)])
    def test_whose_waits(self, floor, author, waits):
        floor.desk.add_account(policy(asks=Asks.PUBLIC))  # an e-mail is not public
        assert bool(self.hold(floor, author=author)) is waits

    def test_it_meets_the_conditions_of_a_reply(self, floor):
        floor.desk.add_account(replace(ACCOUNT, approval=ON))
        assert self.hold(floor, "You get a refund.", author="ann")

    @pytest.mark.parametrize(("edited", "said"), [(None, "As promised."), (" We are sorry. ", "We are sorry.")])
    def test_approving_sends_it_once_as_its_author_s(self, floor, edited, said):
        record = self.hold(floor)
        assert self.mails(floor) == []
        approve(record, "sue", text=edited, **how(floor))
        with pytest.raises(AlreadyDecided):
            approve(record, "sam", **how(floor))
        assert self.mails(floor) == [("tom", "ada@example.com", said)]
        assert floor.desk.outbox.due(floor.clock()) == [], "an e-mail is nothing for the platform"

    def test_nothing_leaves_otherwise(self, floor):
        record = self.hold(floor)
        with pytest.raises(Refused, match="empty"):
            approve(record, "sue", text=" ", **how(floor))
        with pytest.raises(NotPermitted):
            approve(record, "tom", **how(floor))
        reject(record, "sue", "Kinder, please.", desk=floor.desk, clock=floor.clock)
        with pytest.raises(AlreadyDecided):
            approve(record, "sam", **how(floor))
        assert self.mails(floor) == []

    def test_its_author_withdraws_it(self, floor):
        record = self.hold(floor)
        withdraw(record, "tom", desk=floor.desk, clock=floor.clock)
        assert (waiting(floor), self.mails(floor)) == ([], [])


class TestNoWayAround:
    @pytest.mark.parametrize("state", ["failed", "unknown"])
    def test_a_trainee_does_not_say_that_something_was_sent(self, floor, state):
        [part] = say(floor, author="ann", account=policy(asks=Asks.NOBODY))
        floor.desk.outbox.claim(part.id, floor.clock())
        floor.desk.run("update message set state = ? where id = ?", state, part.id)
        given = {"desk": floor.desk, "clock": floor.clock}
        with pytest.raises(NotPermitted):
            settle_by_person(part.id, "tom", sent=True, **given)
        assert settle_by_person(part.id, "ann", sent=True, **given)

    @pytest.mark.parametrize("user", ["tom", "ann", "ida", "nobody", ""])
    def test_only_supervisors_decide(self, floor, user):
        say(floor)
        [record] = waiting(floor)
        with pytest.raises(NotPermitted):
            approve(record, user, **how(floor))
        with pytest.raises(NotPermitted):
            reject(record, user, "No.", desk=floor.desk, clock=floor.clock)

    def test_nobody_approves_their_own(self, floor):
        say(floor, author="sue", account=policy(asks=Asks.PUBLIC))
        [record] = waiting(floor)
        with pytest.raises(NotPermitted, match="their own"):
            approve(record, "sue", **how(floor))
        approve(record, "sam", **how(floor))

    def test_a_waiting_or_rejected_part_is_not_settled_or_sent_again(self, floor):
        [part] = say(floor)
        for decided in (False, True):
            if decided:
                reject(waiting(floor)[0], "sue", "No.", desk=floor.desk, clock=floor.clock)
            for sent in (True, False):
                assert not settle_by_person(part.id, "ann", sent=sent, desk=floor.desk, clock=floor.clock)
            assert not floor.desk.outbox.requeue(part.id)
            assert floor.desk.outbox.due(floor.clock()) == []

    @pytest.mark.parametrize("user", ["tom", "ann"])
    def test_what_nobody_approved_is_not_sent_again(self, floor, user):
        """Its author became a trainee since, or a trainee wants it sent."""
        [part] = say(floor, author="eve", account=policy(asks=Asks.NOBODY))
        floor.desk.team.add(Member(id="eve", trainee=True))
        floor.desk.outbox.claim(part.id, floor.clock())
        floor.desk.outbox.record_failed(part.id, "No.")
        floor.desk.add_account(ACCOUNT)
        with pytest.raises(NotPermitted, match="approval"):
            resend_by_person(part.id, user, desk=floor.desk, connector=floor.connector)
        assert floor.desk.outbox.due(floor.clock()) == []

    def test_what_was_approved_may_be_sent_again(self, floor):
        say(floor)
        approve(waiting(floor)[0], "sue", **how(floor))
        [part] = floor.desk.outbox.due(floor.clock())
        floor.desk.outbox.claim(part, floor.clock())
        floor.desk.outbox.record_failed(part, "Busy.")
        assert resend_by_person(part, "tom", desk=floor.desk, connector=floor.connector)


def test_the_alarm_is_raised_once_before_the_deadline(floor):
    floor.connector.window = timedelta(hours=2)
    handle_event(message("2", "Hello?", sent_at=floor.clock()), floor)
    target = floor.desk.tickets.find_message(ACCOUNT.name, "2")
    reply = Reply(ticket=target.ticket, target=target, text="Hi.", author="tom")
    given = {"desk": floor.desk, "connector": floor.connector, "clock": floor.clock}
    with floor.desk.transaction():
        queue_reply(reply, ACCOUNT, reply_name="r2", **given)
    assert raise_alarms(floor.desk, floor.clock) == 0
    floor.clock.forward(minutes=95)
    assert raise_alarms(floor.desk, floor.clock) == 1
    assert raise_alarms(floor.desk, floor.clock) == 0
    assert floor.desk.told == [("supervisors", "A reply waits for approval, and 25 minutes are left.")]
