"""What every desk must do: approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.accounts import Account
from social_care.core.approvals import Decision
from social_care.core.events import (
    Audience,
    Fate,
)
from social_care.core.ports import Conflict, Desk
from social_care.core.replies import DeliveryState, Draft, Mail, Plan, Reply, Sent, Upload
from social_care.core.team import Member
from social_care.core.templates import FilledTemplate
from tests.desks.contract.shared import Promises, plan_of
from tests.fakes import StillClock, message


class ApprovalPromises(Promises):
    """One promise a test."""

    def ask(self, desk: Desk, account: Account, clock: StillClock, *texts: str, name: str = "r1") -> str:
        """Store a reply that waits for a supervisor; return the name of its record."""
        target = desk.tickets.find_message(account.name, "1")
        planned = plan_of(target, *texts)
        reply = Reply(ticket=target.ticket, target=target, text=" ".join(texts), author="agent@example.com")
        with desk.transaction():
            desk.outbox.add(account, reply, planned, reply_name=name, awaiting=True)
            return desk.approvals.ask(reply, planned, reply_name=name, reasons=["In training."], now=clock())

    def test_what_waits_for_approval_is_never_due(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        record = self.ask(desk, account, clock, "one", "two")
        [waiting] = desk.approvals.waiting()
        assert (waiting.id, waiting.reply.text, waiting.reasons) == (record, "one two", ("In training.",))
        assert (waiting.reply.author, waiting.reply.audience) == ("agent@example.com", Audience.PUBLIC)
        clock.forward(days=1)
        assert desk.outbox.due(clock()) == []

    def test_a_waiting_e_mail_is_kept_as_it_was_written_and_has_no_parts(
        self, desk: Desk, account: Account, clock: StillClock
    ):
        ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        mail = Mail(to="ada@example.com", cc="b@example.com", html="<p>As <b>promised</b>.</p>", resolve=True)
        file = Upload(name="a.pdf", mime="application/pdf", size=3, reference="f1", digest="abc")
        reply = Reply(
            ticket=ticket, target=target, text="As promised.", author="agent@example.com", media=(file,), mail=mail
        )
        with desk.transaction():
            nothing = Plan(audience=Audience.PRIVATE, drafts=())
            record = desk.approvals.ask(reply, nothing, reply_name="m1", reasons=["In training."], now=clock())
        [waiting] = desk.approvals.waiting()
        assert (waiting.id, waiting.reply.mail, waiting.reply.media) == (record, mail, (file,))
        assert (waiting.reply.text, waiting.reply.ticket) == ("As promised.", ticket)
        assert desk.outbox.due(clock()) == []
        with desk.transaction():
            desk.approvals.record(record, Decision.REJECTED, by="boss@example.com", now=clock(), note="No.")
        assert desk.approvals.waiting() == ()

    def test_a_waiting_part_cannot_be_pushed(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        (part,) = self.waiting_parts(desk, account, clock, "one")
        assert desk.outbox.claim(part, clock()) is None
        assert not desk.outbox.requeue(part)
        assert not desk.outbox.cancel(part)
        desk.outbox.record_retry(part, "Busy.", clock())
        desk.outbox.record_failed(part, "No.")
        desk.outbox.record_unknown(part, "Unknown.", clock())
        assert desk.outbox.get(part).state is DeliveryState.AWAITING

    def waiting_parts(self, desk: Desk, account: Account, clock: StillClock, *texts: str) -> tuple[str, ...]:
        target = desk.tickets.find_message(account.name, "1")
        reply = Reply(ticket=target.ticket, target=target, text=" ".join(texts), author="agent@example.com")
        with desk.transaction():
            return desk.outbox.add(account, reply, plan_of(target, *texts), reply_name="r1", awaiting=True)

    @pytest.mark.parametrize("texts", [("one", "two"), ("other",), ("a", "b", "c")])
    def test_releasing_queues_what_is_planned_now(self, desk: Desk, account: Account, clock: StillClock, texts):
        ticket = self.open(desk, account, message("1"))
        record = self.ask(desk, account, clock, "one", "two")
        with desk.transaction():
            waiting = desk.approvals.lock(record)
            planned = plan_of(waiting.reply.target, *texts)
            desk.outbox.release(account, waiting.reply, planned, reply_name="r1", approved_by="boss@example.com")
            desk.approvals.record(record, Decision.EDITED, by="boss@example.com", now=clock(), final_text=" ".join(texts))
        sent = []
        while due := desk.outbox.due(clock()):
            part = desk.outbox.claim(due[0], clock())
            assert (part.approved_by, part.author, part.of) == ("boss@example.com", "agent@example.com", len(texts))
            assert part.ticket == ticket
            sent.append(part.text)
            desk.outbox.record_sent(part.id, Sent(external_id=f"p{len(sent)}"), clock())
        assert sent == list(texts)

    def test_a_template_that_a_supervisor_reworded_goes_out_as_words(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        form = FilledTemplate(name="bag_found", language="en_US", values={"body.1": "Ada"})
        drafts = (Draft(index=1, of=1, text="Hello Ada", template=form),)
        reply = Reply(ticket=target.ticket, target=target, text="", author="agent@example.com", template=form)
        with desk.transaction():
            plan = Plan(audience=target.audience, drafts=drafts)
            desk.outbox.add(account, reply, plan, reply_name="r1", awaiting=True)
            record = desk.approvals.ask(reply, plan, reply_name="r1", reasons=["In training."], now=clock())
        with desk.transaction():
            waiting = desk.approvals.lock(record)
            assert waiting.reply.template == form, "the template was forgotten while the reply waited"
            edited = replace(waiting.reply, text="Your bag is here.", template=None)
            planned = plan_of(target, edited.text)
            desk.outbox.release(account, edited, planned, reply_name="r1", approved_by="boss@example.com")
        [part] = [desk.outbox.get(one) for one in desk.outbox.due(clock())]
        assert (part.text, part.template) == ("Your bag is here.", None), "not what the supervisor approved"

    def test_a_decision_stays_on_the_record(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        record = self.ask(desk, account, clock, "one")
        clock.forward(minutes=3)
        with desk.transaction():
            desk.outbox.drop("r1", DeliveryState.REJECTED, "Be kinder.")
            desk.approvals.record(record, Decision.REJECTED, by="boss@example.com", now=clock(), note="Be kinder.")
        with desk.transaction():
            kept = desk.approvals.lock(record)
        assert (kept.decision, kept.decided_by, kept.note) == (Decision.REJECTED, "boss@example.com", "Be kinder.")
        assert (kept.reply.text, kept.decided_at) == ("one", clock()), "the text is kept for rewriting"
        assert desk.approvals.waiting() == ()
        assert desk.outbox.due(clock()) == []

    def test_the_deadline_is_the_window(self, desk: Desk, account: Account, clock: StillClock):
        until = clock() + timedelta(minutes=1)
        self.open(desk, account, message("1", reply_until=until))
        self.ask(desk, account, clock, "one")
        [waiting] = desk.approvals.waiting()
        assert (waiting.deadline, waiting.alarmed) == (until, False)
        with desk.transaction():
            desk.approvals.alarm(waiting.id, "Hurry.")
        assert desk.approvals.waiting()[0].alarmed

    def test_an_acknowledgement_is_queued_once(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        reply = Reply(ticket=ticket, target=target, text="We are back at nine.", author="", automatic=True)
        with desk.transaction():
            desk.outbox.add(account, reply, plan_of(target, reply.text), reply_name=f"ack-{ticket}")
        with pytest.raises(Conflict), desk.transaction():
            desk.outbox.add(account, reply, plan_of(target, reply.text), reply_name=f"ack-{ticket}")
        [part] = desk.outbox.due(clock())
        assert desk.outbox.claim(part, clock()).automatic

    def test_nothing_is_known_of_strangers(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        circumstances = desk.tickets.circumstances(desk.tickets.find_message(account.name, "1"))
        assert (circumstances.followers, circumstances.sentiment, circumstances.muted) == (None, "", False)
        assert desk.team.member("nobody@example.com") == Member(id="nobody@example.com", name="nobody@example.com")
        assert isinstance(desk.tickets.support_is_open(ticket, clock()), bool)

    def test_a_message_that_failed_after_it_was_taken_stays_failed(self, desk: Desk, account: Account, clock: StillClock):
        """The report of the failure may be faster than the answer to the call, and so may a late word of "sent"."""
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_failed(part, "The window is closed.", external_id="p1")
        assert not desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.outbox.get(part).state is DeliveryState.FAILED, "a failed message claims to be sent"
        assert desk.outbox.find_by_external_id(account.name, "p1").id == part
        assert desk.outbox.requeue(part)
        assert not desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        desk.outbox.claim(part, clock())
        assert desk.outbox.record_sent(part, Sent(external_id="p2"), clock()), "the second attempt is a message of its own"
        assert desk.outbox.get(part).external_id == "p2"

    def test_what_arrives_after_its_failure_was_told_counts_as_sent(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two", resolve=True)
        for number, part in enumerate((first, second)):
            assert desk.outbox.due(clock()) == [part], "the part before it arrived"
            desk.outbox.claim(part, clock())
            desk.outbox.record_failed(part, "No.", external_id=f"p{number}")
            assert desk.outbox.record_receipt(part, Fate.DELIVERED)
        assert not desk.tickets.ticket_state(ticket).open, "its last part arrived, and it was to be resolved then"

    def test_receipts(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        assert not desk.outbox.record_receipt(part, Fate.READ), "its id is not known yet"
        desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.outbox.get(part).receipt == ""
        assert desk.outbox.record_receipt(part, Fate.READ)
        assert not desk.outbox.record_receipt(part, Fate.DELIVERED), "what was read was delivered"
        assert desk.outbox.get(part).receipt == "read"

    def test_a_receipt_up_to_a_moment_finds_the_parts_of_its_conversation(
        self, desk: Desk, account: Account, clock: StillClock
    ):
        ticket = self.open(desk, account, message("1", thread="dm", private=True))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        for number, part in enumerate((first, second)):
            desk.outbox.claim(part, clock())
            desk.outbox.record_sent(part, Sent(external_id=f"p{number}"), clock())
            clock.forward(minutes=1)
        between = clock() - timedelta(seconds=90)
        assert desk.outbox.sent_until(account.name, "dm", between) == [first]
        assert desk.outbox.sent_until(account.name, "dm", clock()) == [first, second]
        assert desk.outbox.sent_until(account.name, "another", clock()) == []
        desk.outbox.record_receipt(first, Fate.READ)
        assert desk.outbox.sent_until(account.name, "dm", clock()) == [second]

    def test_what_was_delivered_did_not_fail(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_failed(part, "Not delivered.", external_id="p1")
        desk.outbox.requeue(part)
        assert desk.outbox.record_receipt(part, Fate.DELIVERED)
        assert desk.outbox.due(clock()) == [], "a message that was delivered would be sent again"
        assert (desk.outbox.get(part).state, desk.outbox.get(part).receipt) == (DeliveryState.SENT, "delivered")
