"""What somebody in training may do by e-mail and past the replies, on a real site: nothing leaves that nobody approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frappe
import pytest

from social_care.api import answered_outside, approvals, composer, settling
from social_care.core.errors import Refused
from social_care.desks.helpdesk import replying
from tests.fakes import message
from tests.site.office import ACCOUNT, AGENT, SiteOffice, communications, helpdesk_settings, make_user, replies, ticket
from tests.site.test_approvals import BOSS, OTHER, TRAINEE, as_user
from tests.site.test_mail import office as mailing_office
from tests.site.test_mail import queued

__all__ = ["mailing_office"]
ADA = "ada@example.com"
WORDS = "<p>As <b>promised</b>, by mail.</p>"


@pytest.fixture
def office(mailing_office: SiteOffice) -> Iterator[SiteOffice]:
    """A site that can send e-mail, in so far as that it writes an Email Queue, with a trainee and two supervisors."""
    make_user(TRAINEE, "Tina Test", "Agent", "Social Care Trainee", agent=True)
    make_user(BOSS, "Bea Test", "Agent", "Social Care Supervisor", agent=True)
    make_user(OTHER, "Bob Test", "Agent", "Social Care Supervisor", agent=True)
    frappe.db.commit()
    yield mailing_office
    frappe.set_user("Administrator")
    frappe.db.rollback()
    for doctype, field in (("HD Agent", "name"), ("Has Role", "parent")):
        frappe.db.delete(doctype, {field: ["in", [TRAINEE, BOSS, OTHER]]})
    frappe.db.commit()


def opened(office: SiteOffice, message_id: str = "1", **more: Any) -> str:
    """Return a ticket whose customer can be reached by e-mail, too."""
    name = str(office.receive(message(message_id, "My flight is late", **more)).ticket)
    contact = frappe.db.get_value("HD Ticket", name, "contact")
    document = frappe.get_doc("Contact", contact)
    document.add_email(ADA, is_primary=0)
    document.save(ignore_permissions=True)
    frappe.db.commit()
    return name


def waiting() -> list[str]:
    return frappe.get_all("Social Approval", {"decision": "Waiting"}, pluck="name")


def by_reply_box(office: SiteOffice, name: str) -> None:
    office.reply(name, WORDS, user=TRAINEE, to=ADA, cc="cc@example.com")


def by_panel(office: SiteOffice, name: str) -> None:
    with as_user(TRAINEE):
        answer = composer.send(name, "As promised, by mail.", "email", "a1", seen=[], resolve=True)
    assert answer["waits"] is True


def by_bulk_reply(office: SiteOffice, name: str) -> None:
    from helpdesk.api.ticket import bulk_reply

    frappe.db.set_value("HD Ticket", name, "raised_by", ADA)
    frappe.db.set_value("HD Ticket", name, "social_account", None)  # else its address stands for the platform
    with as_user(TRAINEE):
        bulk_reply([name], WORDS)
    frappe.db.commit()


def by_rest(office: SiteOffice, name: str) -> None:
    """As POST /api/v2/document/HD Ticket/<name>/method/reply_via_agent does, with the document that the page has."""
    from frappe.handler import run_doc_method

    with as_user(TRAINEE):
        frappe.local.request = frappe._dict(method="POST")
        try:
            page = ticket(name).as_dict() | {"flags": {"social_turn": "answered"}, "social_account": None}
            arguments = json.dumps({"message": WORDS, "to": ADA})
            run_doc_method("reply_via_agent", docs=frappe.as_json(page), args=arguments)
        finally:
            frappe.local.request = None
    frappe.db.commit()


class TestAnEmail:
    @pytest.mark.parametrize("way", [by_reply_box, by_panel, by_bulk_reply, by_rest])
    def test_waits_by_whatever_way_and_leaves_once_as_its_author_s(self, office: SiteOffice, way: Any):
        name = opened(office)
        way(office, name)
        [record] = waiting()
        assert queued() == [], "an e-mail left before anybody approved it"
        assert len(communications(name)) == 1, "nothing is shown as said"
        assert not ticket(name).first_responded_on
        with as_user(BOSS):
            [shown] = approvals.get_queue()
            approvals.approve(record)
        assert (shown["audience"], shown["text"]) == ("email", "As promised, by mail.")
        assert ADA in shown["recipients"]
        with as_user(OTHER), pytest.raises(frappe.ValidationError, match="was faster"):
            approvals.approve(record)
        [(state, recipients)] = queued()
        assert (state, ADA in recipients) == ("Not Sent", True)
        sent = communications(name)[-1]
        assert (sent.sender, "promised" in sent.content) == (TRAINEE, True)
        assert ticket(name).first_responded_on
        assert frappe.session.user == "Administrator"

    def test_at_once_means_once_it_is_stored(self, office: SiteOffice):
        """Helpdesk can send instantly: an approval that is rolled back afterwards would have it sent a second time."""
        name = opened(office)
        by_reply_box(office, name)
        with helpdesk_settings(instantly_send_email=1), as_user(BOSS):
            approvals.approve(waiting()[0])
        assert [state for state, _ in queued()] == ["Not Sent"]

    def test_the_same_twice_waits_once(self, office: SiteOffice):
        name = opened(office)
        by_reply_box(office, name)
        with pytest.raises(frappe.ValidationError, match="a moment ago"):
            by_reply_box(office, name)
        frappe.db.rollback()
        frappe.set_user("Administrator")
        by_panel(office, name)
        frappe.cache.delete_keys("social_care:reply:")  # the queue's server was emptied: what the browser repeats is known
        with pytest.raises(frappe.ValidationError, match="taken over already"):
            by_panel(office, name)
        frappe.db.rollback()
        assert len(waiting()) == 2, "approved twice, it would leave twice"

    def test_what_holds_nothing_back_takes_any_html(self, office: SiteOffice):
        name = opened(office)
        odd = "<head><title>Fwd</title><style>p{}</style></head><template><p>x</p></template><p>As promised.</p>"
        office.reply(name, odd, user=AGENT, to=ADA)
        office.reply(name, odd, user=TRAINEE, to=ADA)
        assert (len(queued()), len(waiting())) == (1, 1)

    def test_edited(self, office: SiteOffice):
        name = opened(office)
        by_reply_box(office, name)
        with as_user(BOSS):
            assert approvals.edit_and_approve(waiting()[0], "Sorry!\nWrite to ada@example.org.")["done"]
        assert "Sorry!" in communications(name)[-1].content
        assert "promised" not in communications(name)[-1].content
        assert len(queued()) == 1

    def test_rejected_and_withdrawn(self, office: SiteOffice):
        name = opened(office)
        by_panel(office, name)
        with as_user(TRAINEE):
            [own] = approvals.of_ticket(name)
            assert (own["audience"], own["may_withdraw"]) == ("email", True)
        with as_user(BOSS):
            approvals.reject(waiting()[0], "Kinder, please.")
        with as_user(TRAINEE):
            [own] = approvals.of_ticket(name)
        assert (own["decision"], own["note"]) == ("rejected", "Kinder, please.")
        assert ticket(name).status_category == "Open", "it was to be resolved with the e-mail, which was not sent"
        by_reply_box(office, name)
        with as_user(TRAINEE):
            approvals.withdraw(waiting()[0])
        assert queued() == []

    def test_resolving_waits_with_it(self, office: SiteOffice):
        name = opened(office)
        by_panel(office, name)
        assert ticket(name).status_category == "Open"
        with as_user(BOSS):
            approvals.approve(waiting()[0])
        assert ticket(name).status_category == "Resolved"

    def test_nothing_is_hidden_from_who_approves(self, office: SiteOffice):
        name = opened(office)
        words = (
            '<p>We do <span style="display:none">not</span> pay.</p><style>p{color:red}</style><!-- x --><title>t</title>'
        )
        office.reply(name, words, user=TRAINEE, to=ADA)
        with as_user(BOSS):
            [shown] = approvals.get_queue()
            approvals.approve(shown["name"])
        assert shown["text"] == "We do not pay."
        assert "display" not in communications(name)[-1].content

    def test_the_record_follows_a_merge(self, office: SiteOffice):
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        name, other = opened(office), opened(office, "2", thread="b", author="c2")
        by_reply_box(office, name)
        merge_ticket(name, other)
        frappe.db.commit()
        assert frappe.db.get_value("Social Approval", waiting()[0], "ticket") == other
        with as_user(BOSS):
            approvals.approve(waiting()[0])
        assert communications(other)[-1].sender == TRAINEE

    @pytest.mark.parametrize("user", [AGENT, BOSS])
    def test_that_of_others_leaves_at_once(self, office: SiteOffice, user: str):
        office.reply(opened(office), WORDS, user=user, to=ADA)
        assert (len(queued()), waiting()) == (1, [])


class TestNoWayAround:
    @pytest.fixture
    def name(self, office: SiteOffice) -> Iterator[str]:
        name = opened(office)
        yield name
        frappe.set_user("Administrator")
        assert queued() == [], "an e-mail left that nobody approved"
        assert not ticket(name).first_responded_on, "something that nobody approved counts as an answer"

    def test_frappe_s_own_e_mail(self, name: str):
        from frappe.core.doctype.communication.email import make

        with as_user(TRAINEE), pytest.raises(frappe.PermissionError, match="approves"):
            make("HD Ticket", name, content="Hello", subject="Hello", recipients=ADA, send_email=True)
        frappe.db.rollback()

    @pytest.mark.parametrize("also", ["Agent Manager", "Inbox User"])
    def test_a_communication_of_one_s_own(self, name: str, also: str):
        from frappe.client import insert, set_value

        frappe.get_doc("User", TRAINEE).add_roles("Social Care Trainee", also)
        said = {"doctype": "Communication", "reference_doctype": "HD Ticket", "reference_name": name, "content": "Done."}
        said |= {
            "communication_type": "Communication",
            "sent_or_received": "Sent",
            "subject": "Re",
            "flags": {"social_turn": 1},
        }
        with as_user(TRAINEE):
            with pytest.raises(frappe.PermissionError):
                insert(said)
            with pytest.raises(frappe.PermissionError):
                set_value("Communication", communications(name)[0].name, "sent_or_received", "Sent")
        frappe.db.rollback()

    def test_saying_that_it_was_answered(self, name: str):
        frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Nobody")
        with as_user(TRAINEE), pytest.raises(frappe.PermissionError, match="ask a colleague"):
            answered_outside.record(name, "a", note="We called.")
        frappe.db.rollback()

    def test_saying_that_a_failed_reply_was_sent(self, name: str, office: SiteOffice):
        office.reply(name)
        office.platform.script = [Refused("No.")]
        office.work()
        with as_user(TRAINEE), pytest.raises(frappe.PermissionError):
            settling.settle_message(replies(name)[0].name, 1)
        frappe.db.rollback()


def test_what_was_said_may_be_merged(office: SiteOffice):
    """Helpdesk copies all Communications of a ticket, in the name of whoever merges."""
    from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

    name, other = opened(office), opened(office, "2", thread="b", author="c2")
    office.reply(name, "<p>Hello Ada.</p>")
    office.work()
    with as_user(TRAINEE):
        merge_ticket(name, other)
    assert "<p>Hello Ada.</p>" in [one.content for one in communications(other) if one.sent_or_received == "Sent"]


def test_a_file_that_was_swapped_is_not_sent(office: SiteOffice):
    """The file belongs to its author, who may change it in the desk; the supervisor has seen another one."""
    name = opened(office)
    with as_user(TRAINEE):
        file = frappe.get_doc({"doctype": "File", "file_name": "a.png", "content": b"good", "is_private": 1}).insert()
        bad = frappe.get_doc({"doctype": "File", "file_name": "b.png", "content": b"bad", "is_private": 1}).insert()
    office.reply(name, user=TRAINEE, attachments=[file.name])
    [reply] = waiting()
    office.reply(name, WORDS, user=TRAINEE, to=ADA, attachments=[file.name])
    [mail] = set(waiting()) - {reply}
    with as_user(BOSS):
        approvals.approve(reply)
    [upload] = office.desk.outbox.get(replies(name)[0].name).media
    assert replying.read_upload(upload) == b"good"
    frappe.db.set_value("File", file.name, "file_url", bad.file_url)
    frappe.db.commit()
    with pytest.raises(Refused, match="was changed after"):
        replying.read_upload(upload)
    with as_user(BOSS), pytest.raises(frappe.ValidationError, match="was changed after"):
        approvals.approve(mail)
    assert (queued(), waiting()) == ([], [mail])


@pytest.mark.parametrize("of", ["record", "content"])
def test_a_file_that_is_gone_fails_the_reply_and_leaves_no_doubt(office: SiteOffice, of: str):
    name = opened(office)
    picture = {"doctype": "File", "file_name": f"{frappe.generate_hash()}.png", "content": b"good", "is_private": 1}
    file = frappe.get_doc(picture).insert()
    frappe.db.set_value("File", file.name, "owner", AGENT)
    office.reply(name, attachments=[file.name])
    [upload] = office.desk.outbox.get(replies(name)[0].name).media
    if of == "record":
        frappe.db.delete("File", {"name": file.name})
    else:
        Path(file.get_full_path()).unlink()
    frappe.db.commit()
    with pytest.raises(Refused, match="is gone"):
        replying.read_upload(upload)


class TestEditing:
    @pytest.fixture
    def record(self, office: SiteOffice) -> str:
        office.reply(opened(office), user=TRAINEE)
        return waiting()[0]

    def test_a_one_time_link_stays_out_of_public(self, office: SiteOffice, record: str):
        from social_care.desks.helpdesk.contact_requests import link_with

        with as_user(BOSS), pytest.raises(frappe.ValidationError, match="one customer only"):
            approvals.edit_and_approve(record, f"Here: {link_with('abc')}")
        frappe.db.rollback()
        assert waiting() == [record]

    def test_personal_data_in_public_is_confirmed_first(self, office: SiteOffice, record: str):
        text = "Write to jane@example.org."
        with as_user(BOSS):
            asked = approvals.edit_and_approve(record, text)
            assert (asked["done"], waiting()) == (False, [record])
            assert "jane@example.org" in " ".join(asked["personal"])
            assert approvals.edit_and_approve(record, text, confirmed=True)["done"]
        office.work()
        assert text in " ".join(office.sent())

    def test_a_text_that_is_too_long_is_refused(self, office: SiteOffice, record: str):
        with as_user(BOSS), pytest.raises(frappe.ValidationError, match="too long"):
            approvals.edit_and_approve(record, "Too long. " * 500)
        frappe.db.rollback()
        assert waiting() == [record]
