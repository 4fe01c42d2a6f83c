"""Replies that wait for a supervisor, on a real site: by whatever route a trainee tries, nothing goes out alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.api import approvals, settling
from social_care.core.errors import Refused
from social_care.desks.helpdesk.times import to_site, utc_now
from tests.fakes import message
from tests.site.office import ACCOUNT, SiteOffice, communications, make_user, replies, ticket

TRAINEE, BOSS, OTHER = "tina@example.com", "bea@example.com", "bob@example.com"


@contextmanager
def as_user(user: str) -> Iterator[None]:
    frappe.set_user(user)
    try:
        yield
    finally:
        frappe.set_user("Administrator")


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteOffice]:
    made = SiteOffice(monkeypatch)
    make_user(TRAINEE, "Tina Test", "Agent", "Social Care Trainee", agent=True)
    make_user(BOSS, "Bea Test", "Agent", "Social Care Supervisor", agent=True)
    make_user(OTHER, "Bob Test", "Agent", "Social Care Supervisor", agent=True)
    frappe.db.commit()
    yield made
    frappe.set_user("Administrator")
    frappe.db.rollback()
    frappe.db.delete("HD Agent", {"name": ["in", [TRAINEE, BOSS, OTHER]]})
    frappe.db.delete("Has Role", {"parent": ["in", [TRAINEE, BOSS, OTHER]]})
    frappe.db.commit()


def opened(office: SiteOffice, message_id: str = "1", text: str = "My flight is late", **more: Any) -> str:
    return str(office.receive(message(message_id, text, **more)).ticket)


def asked(office: SiteOffice, html: str = "<p>We r on it.</p>", user: str = TRAINEE) -> tuple[str, str]:
    """Return a ticket on which a reply waits, and the record of it."""
    name = opened(office)
    office.reply(name, html, user=user)
    [record] = frappe.get_all("Social Approval", {"decision": "Waiting"}, pluck="name")
    return name, record


class TestTheWay:
    def test_a_trainees_reply_waits_and_the_clock_runs(self, office: SiteOffice):
        name, record = asked(office)
        office.work()
        assert office.sent() == []
        assert (replies(name)[0].state, ticket(name).social_delivery_state) == ("Awaiting Approval",) * 2
        assert not ticket(name).first_responded_on
        changed = ticket(name)
        changed.status = "Replied"
        changed.save()
        frappe.db.commit()
        assert not ticket(name).first_responded_on, "a waiting reply is no response, whatever the status says"
        with as_user(BOSS):
            [shown] = approvals.get_queue()
            approvals.approve(record)
        assert (shown["text"], shown["message"], shown["author"]) == ("We r on it.", "My flight is late", TRAINEE)
        assert shown["reasons"] == ["Its author is in training."]
        assert shown["deadline"] == ticket(name).response_by
        office.work()
        assert office.sent() == ["We r on it."]
        assert ticket(name).first_responded_on
        assert frappe.db.get_value("Social Message", replies(name)[0].name, "approved_by") == BOSS

    def test_both_texts_are_on_the_record_and_the_timeline(self, office: SiteOffice):
        from social_care.api.ticket_page import get_ticket_activities

        name, record = asked(office, "<p>We r on it.</p>")
        with as_user(BOSS):
            approvals.edit_and_approve(record, "We are on it & sorry. This is a second sentence to make it long.")
        office.work()
        office.work()
        assert len(office.sent()) == 2, "the new text is cut as any other"
        kept = frappe.get_doc("Social Approval", record)
        assert (kept.decision, kept.decided_by, kept.text) == ("Edited", BOSS, "We r on it.")
        assert kept.final_text.startswith("We are on it & sorry.")
        assert kept.decided_at
        with as_user(TRAINEE):
            shown = get_ticket_activities(name)["communications"][1]["content"]
            [own] = approvals.get_own()
        assert "We are on it &amp; sorry." in shown
        assert "<blockquote>We r on it.</blockquote>" in shown
        assert "Bea Test" in shown
        assert (own["decision"], own["text"]) == ("edited", "We r on it.")
        assert frappe.get_all("HD Notification", {"user_to": TRAINEE}, pluck="message") == [
            "Bea Test changed your reply and approved it."
        ]

    def test_rejecting_teaches_and_keeps_the_text(self, office: SiteOffice):
        from social_care.api.ticket_page import get_ticket_activities

        name, record = asked(office)
        with as_user(BOSS):
            with pytest.raises(frappe.ValidationError, match="tell the author"):
                approvals.reject(record, " ")
            approvals.reject(record, "Say <b>sorry</b> first.")
        assert replies(name)[0].state == "Rejected"
        assert [one.delivery_status for one in communications(name)][1] == "Rejected"
        told = frappe.get_all("HD Notification", {"user_to": TRAINEE}, pluck="message")
        assert told == ["Bea Test did not approve your reply: Say <b>sorry</b> first."]
        with as_user(TRAINEE):
            [own] = approvals.get_own()
            shown = get_ticket_activities(name)["communications"][1]["content"]
        assert (own["text"], own["note"], own["decision"]) == ("We r on it.", "Say <b>sorry</b> first.", "rejected")
        assert "Say &lt;b&gt;sorry" in shown
        office.reply(name, "<p>Sorry! We are on it.</p>", user=TRAINEE)
        assert len(frappe.get_all("Social Approval", {"decision": "Waiting"})) == 1

    def test_a_long_reply_may_become_shorter(self, office: SiteOffice):
        name, record = asked(office, "<p>This is a first sentence of it. And here is another one. The third ends it.</p>")
        assert len(replies(name)) > 1
        with as_user(BOSS):
            approvals.edit_and_approve(record, "Short.")
        office.work()
        assert office.sent() == ["Short."]
        assert [one.state for one in replies(name)] == ["Sent"]

    def test_withdrawing(self, office: SiteOffice):
        name, record = asked(office)
        with as_user(BOSS), pytest.raises(frappe.PermissionError):
            approvals.withdraw(record)
        with as_user(TRAINEE):
            approvals.withdraw(record)
        assert replies(name)[0].state == "Cancelled"

    def test_a_rule_that_forbids_it_by_now_is_told(self, office: SiteOffice):
        name, record = asked(office)
        office.connector.forbidden = "The customer has blocked us."
        with as_user(BOSS), pytest.raises(frappe.ValidationError, match="blocked us"):
            approvals.approve(record)
        assert replies(name)[0].state == "Awaiting Approval"

    def test_the_record_follows_a_merge(self, office: SiteOffice):
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        name, record = asked(office)
        second = opened(office, "2", thread="b", author="c2")
        merge_ticket(name, second)
        frappe.db.commit()
        assert frappe.db.get_value("Social Approval", record, "ticket") == second
        with as_user(BOSS):
            [shown] = approvals.get_queue()
            approvals.approve(record)
        assert shown["ticket"] == second
        office.work()
        assert ticket(second).first_responded_on

    def test_supervisors_are_alarmed_once(self, office: SiteOffice):
        name, record = asked(office)
        soon = to_site(utc_now()).replace(microsecond=0)
        frappe.db.set_value("HD Ticket", name, "response_by", soon)
        frappe.db.commit()
        jobs.sweep()
        jobs.sweep()
        told = frappe.get_all("Notification Log", {"document_type": "Social Approval"}, ["for_user", "document_name"])
        assert sorted((one.for_user, one.document_name) for one in told if one.for_user in (BOSS, OTHER)) == [
            (BOSS, record),
            (OTHER, record),
        ]


class TestTwoSupervisors:
    def test_the_second_is_told(self, office: SiteOffice):
        _name, record = asked(office)
        with as_user(BOSS):
            approvals.approve(record)
        with as_user(OTHER), pytest.raises(frappe.ValidationError, match="Bea Test was faster"):
            approvals.reject(record, "No.")
        office.work()
        assert len(office.sent()) == 1

    def test_both_at_the_same_moment(self, office: SiteOffice):
        """Two processes' worth of connections: the row lock lets one through."""
        _, record = asked(office)
        site, sites = frappe.local.site, frappe.local.sites_path
        ends: list[str] = []
        gate = threading.Barrier(2)

        def decide(user: str) -> None:
            frappe.init(site, sites_path=sites)
            frappe.connect()
            frappe.set_user(user)
            try:
                gate.wait(20)
                approvals.approve(record)
                ends.append("done")
            except frappe.ValidationError as error:
                ends.append(str(error))
            finally:
                frappe.destroy()

        threads = [threading.Thread(target=decide, args=(user,)) for user in (BOSS, OTHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        frappe.db.rollback()
        assert sorted(end == "done" for end in ends) == [False, True], ends
        assert any("was faster" in end or "busy" in end for end in ends), ends
        assert len(frappe.get_all("Social Message", {"reply": ["is", "set"], "direction": "Out"})) == 1


class TestNoWayAround:
    @pytest.fixture
    def waiting(self, office: SiteOffice) -> Any:
        name, record = asked(office)
        part = replies(name)[0].name
        yield frappe._dict(ticket=name, record=record, part=part, office=office)
        frappe.set_user("Administrator")
        frappe.local.message_log = []
        office.work()
        assert office.sent() == [], "a trainee published without approval"

    def test_deciding_alone(self, waiting: Any):
        with as_user(TRAINEE):
            for step in (
                lambda: approvals.get_queue(),
                lambda: approvals.approve(waiting.record),
                lambda: approvals.edit_and_approve(waiting.record, "x"),
                lambda: approvals.reject(waiting.record, "x"),
            ):
                with pytest.raises(frappe.PermissionError):
                    step()

    def test_retry_and_settle(self, waiting: Any):
        with as_user(TRAINEE):
            for step in (
                lambda: settling.retry_message(waiting.part),
                lambda: settling.settle_message(waiting.part, 1),
                lambda: settling.settle_message(waiting.part, 0),
            ):
                with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
                    step()
                frappe.db.rollback()
        assert frappe.db.get_value("Social Message", waiting.part, "state") == "Awaiting Approval"

    @pytest.mark.parametrize(
        ("doctype", "field", "value"),
        [
            ("Social Message", "state", "Queued"),
            ("Social Message", "approved_by", BOSS),
            ("Social Message", "author_user", BOSS),
            ("Social Message", "automatic", 1),
            ("Social Approval", "decision", "Approved"),
            ("Social Approval", "author_user", BOSS),
            ("Social Account", "approval_policy", "Nobody"),
        ],
    )
    def test_the_rest_api(self, waiting: Any, doctype: str, field: str, value: Any):
        from frappe.client import set_value

        names = {
            "Social Message": waiting.part,
            "Social Approval": waiting.record,
            "Social Account": ACCOUNT,
        }
        with as_user(TRAINEE), pytest.raises(frappe.PermissionError):
            set_value(doctype, names[doctype], field, value)
        frappe.db.rollback()

    def test_making_and_deleting_rows(self, waiting: Any):
        from frappe.client import delete, insert

        row = {"doctype": "Social Message", "state": "Queued", "direction": "Out", "text": "x", "account": ACCOUNT}
        with as_user(TRAINEE):
            with pytest.raises(frappe.PermissionError):
                insert(row)
            with pytest.raises(frappe.PermissionError):
                delete("Social Approval", waiting.record)

    @pytest.mark.parametrize("method", ["db_set", "db_update", "save", "insert", "run_method"])
    def test_run_doc_method(self, waiting: Any, method: str):
        from frappe.handler import run_doc_method

        frappe.local.request = frappe._dict(method="POST")
        try:
            with as_user(TRAINEE), pytest.raises((frappe.PermissionError, frappe.ValidationError)):
                run_doc_method(method, dt="Social Message", dn=waiting.part, args=json.dumps({"state": "Queued"}))
        finally:
            frappe.local.request = None
        frappe.db.rollback()

    def test_changing_the_own_role_or_initials(self, waiting: Any):
        """Frappe lets people save their own User, but not what stands on its first permission level."""
        from frappe.client import set_value

        with as_user(TRAINEE):
            set_value("User", TRAINEE, {"social_initials": "BOSS", "roles": [{"role": "Social Care Supervisor"}]})
            user = frappe.get_doc("User", TRAINEE)
            user.roles = []
            user.save()
        frappe.db.commit()
        assert "Social Care Trainee" in frappe.get_roles(TRAINEE)
        assert "Social Care Supervisor" not in frappe.get_roles(TRAINEE)
        assert not frappe.db.get_value("User", TRAINEE, "social_initials")

    def test_the_workers_job(self, waiting: Any):
        """The delivery job is no endpoint, and would not send a waiting part."""
        with as_user(TRAINEE), pytest.raises(frappe.PermissionError):
            frappe.is_whitelisted(jobs.deliver_part)
        jobs.deliver_part(waiting.part)
        assert frappe.db.get_value("Social Message", waiting.part, "state") == "Awaiting Approval"

    def test_bulk_replies(self, waiting: Any):
        from helpdesk.api.ticket import bulk_reply

        second = opened(waiting.office, "2", thread="b", author="c2")
        with as_user(TRAINEE):
            bulk_reply([waiting.ticket, second], "<p>All is well again.</p>")
        frappe.db.commit()
        assert {one.state for name in (waiting.ticket, second) for one in replies(name)} == {"Awaiting Approval"}

    def test_a_supervisor_who_is_in_training(self, waiting: Any):
        frappe.get_doc("User", BOSS).add_roles("Social Care Trainee")
        with as_user(BOSS), pytest.raises(frappe.PermissionError):
            approvals.approve(waiting.record)


def test_a_trainee_does_not_send_again_what_nobody_approved(office: SiteOffice):
    frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Nobody")
    frappe.db.commit()
    name = opened(office)
    office.reply(name, user=TRAINEE)
    office.platform.script = [Refused("No.")]
    office.work()
    part = replies(name)[0].name
    frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Trainees")
    frappe.db.commit()
    with as_user(TRAINEE), pytest.raises(frappe.PermissionError, match="approval"):
        settling.retry_message(part)


def test_nobody_approves_their_own(office: SiteOffice):
    frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Everything public")
    frappe.db.commit()
    _, record = asked(office, user=BOSS)
    with as_user(BOSS), pytest.raises(frappe.PermissionError, match="their own"):
        approvals.approve(record)
    with as_user(OTHER):
        approvals.approve(record)
    office.work()
    assert len(office.sent()) == 1


def test_a_condition_of_the_site(office: SiteOffice):
    values = {"approval_policy": "By condition", "approval_sentiment": "Negative or neutral", "approval_followers": 500}
    frappe.db.set_value("Social Account", ACCOUNT, values | {"approval_urgent": 1})
    name = opened(office)
    frappe.db.set_value("HD Ticket", name, {"social_sentiment": "Neutral", "social_urgency": "Urgent"})
    frappe.db.commit()
    office.reply(name)
    assert frappe.get_all("Social Approval", pluck="reasons") == [
        "The sentiment of the ticket is neutral.\nThe ticket is urgent."
    ]
