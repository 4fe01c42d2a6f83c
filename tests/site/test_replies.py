"""From the reply box of the ticket page to the platform, and what stops the first-response clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import frappe
import pytest
from frappe.utils import now_datetime

from social_care.core.errors import NotAllowed, Refused, Retryable
from social_care.core.events import Author
from tests.fakes import US, message
from tests.site.office import ACCOUNT, AGENT, SiteOffice, communications, helpdesk_settings, replies, ticket


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


def opened(office: SiteOffice, message_id: str = "1", text: str = "My flight is late", **more: Any) -> str:
    name = office.receive(message(message_id, text, **more)).ticket
    assert name
    return name


class TestTickets:
    def test_a_ticket_carries_what_rules_need(self, office: SiteOffice):
        made = ticket(opened(office, permalink="https://example.com/1", language="en"))
        assert (made.subject, made.social_platform, made.social_audience) == ("My flight is late", "X", "Public")
        assert (made.social_handle, made.social_permalink, made.social_language) == ("@c1", "https://example.com/1", "en")
        assert made.raised_by == "c1.c1@x.invalid"
        assert made.contact == "@c1"
        assert made.last_customer_response
        assert made.sla
        assert (made.status, made.status_category) == ("Open", "Open")
        [shown] = communications(made.name)
        assert (shown.content, shown.sent_or_received) == ("<p>My flight is late</p>", "Received")
        assert shown.social_message == frappe.db.get_value("Social Message", {"message_id": "1"})

    def test_html_of_customers_stays_text(self, office: SiteOffice):
        name = opened(office, text='<script>alert(1)</script><img src=x onerror="a()">\x00\x1b bye')
        content = communications(name)[0].content
        assert "<script" not in content
        assert "<img" not in content
        assert "&lt;script&gt;" in content

    def test_markup_in_a_text_makes_no_picture_of_the_subject(self, office: SiteOffice):
        name = opened(office, text='<img src="https://track.example/x"> I <3 "you" & yours \u202eevil')
        assert ticket(name).subject == '‹img src="https://track.example/x"› I ‹3 "you" & yours evil'
        assert ticket(opened(office, "2", thread="2", author="c2", text="I <3 you")).subject == "I <3 you"

    def test_a_name_that_would_act_in_a_list_costs_no_message_and_does_not_act(self, office: SiteOffice):
        evil = Author(id="c9", handle='@x<b>" onclick=a()', name='" onmouseover=alert(9) x="<img src=y>\u202eA')
        contact = ticket(office.receive(replace(message("1"), author=evil)).ticket).contact
        assert contact.startswith("onmouseover=alert(9) x= img src=y A (@x b")
        assert not set('<>"\u202e') & set(contact)

    def test_missing_author_and_empty_text(self, office: SiteOffice):
        name = opened(office, text="", author=None)
        assert ticket(name).subject == "X: message from somebody"
        assert "(no text)" in communications(name)[0].content

    def test_a_very_long_text(self, office: SiteOffice):
        name = opened(office, text="long words " * 10_000)
        assert len(ticket(name).subject) <= 140
        assert len(communications(name)[0].content) > 100_000

    def test_one_contact_for_all_tickets_of_a_customer(self, office: SiteOffice):
        first, second = opened(office, thread="a"), opened(office, "2", thread="b")
        assert first != second
        assert ticket(first).contact == ticket(second).contact

    def test_a_real_address_of_the_contact_is_used(self, office: SiteOffice):
        contact = frappe.get_doc("Contact", ticket(opened(office, thread="a")).contact)
        contact.add_email("jane@example.com", is_primary=True)
        contact.save()
        frappe.db.commit()
        assert ticket(opened(office, "2", thread="b")).raised_by == "jane@example.com"

    def test_assignment_rules_run(self, office: SiteOffice):
        rule = frappe.get_doc(
            {
                "doctype": "Assignment Rule",
                "name": "Social to agent",
                "document_type": "HD Ticket",
                "assign_condition": "social_platform == 'X'",
                "rule": "Round Robin",
                "priority": 10,
                "description": "A social ticket",
                "users": [{"user": AGENT}],
                "assignment_days": [
                    {"day": day} for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
                ],
            }
        ).insert()
        frappe.db.commit()
        try:
            assert AGENT in (ticket(opened(office))._assign or "")
        finally:
            rule.delete()
            frappe.db.commit()

    def test_a_follow_up_reopens(self, office: SiteOffice):
        name = opened(office)
        closed = ticket(name)
        closed.status = "Closed"
        closed.save()
        frappe.db.commit()
        assert office.receive(message("2")).ticket == name
        assert ticket(name).status_category == "Open"
        assert len(communications(name)) == 2


class TestReplies:
    def test_a_reply_is_sent_and_confirmed(self, office: SiteOffice):
        name = opened(office)
        office.reply(name, "<p>We are <b>on</b> it.</p>")
        [_, shown] = communications(name)
        assert (shown.sent_or_received, shown.delivery_status, shown.sender) == ("Sent", "Scheduled", AGENT)
        assert (replies(name)[0].state, office.sent()) == ("Queued", [])
        assert ticket(name).social_delivery_state == "Queued"
        office.work()
        assert office.sent() == ["We are on it."]
        assert communications(name)[1].delivery_status == "Sent"
        assert ticket(name).social_delivery_state == "Sent"

    def test_quotes_and_signatures_of_e_mail_are_not_published(self, office: SiteOffice):
        frappe.db.set_value("User", AGENT, "email_signature", "<p>--<br>Agent One, Northwind</p>")
        name = opened(office)
        quote = '<p class="reply-to-content"></p><blockquote><p>old words</p></blockquote>'
        try:
            office.reply(name, f"<p>Sorry!</p><p>--<br>Agent One, Northwind</p>{quote}")
        finally:
            frappe.db.set_value("User", AGENT, "email_signature", "")
            frappe.db.commit()
        office.work()
        assert office.sent() == ["Sorry!"]

    def test_a_refusal_stores_nothing(self, office: SiteOffice):
        name = opened(office)
        office.connector.forbidden = "The customer has not asked for an answer."
        before = len(communications(name))
        with pytest.raises(frappe.ValidationError, match="has not asked"):
            office.reply(name)
        assert (len(communications(name)), replies(name)) == (before, [])

    def test_an_empty_reply_is_refused(self, office: SiteOffice):
        name = opened(office)
        with pytest.raises(frappe.ValidationError, match="empty"):
            office.reply(name, "<p> </p>")

    def test_a_reply_to_a_deleted_message_is_refused(self, office: SiteOffice):
        from social_care.core.events import MessageDeleted

        name = opened(office)
        office.receive(MessageDeleted(message_id="1"))
        with pytest.raises(frappe.ValidationError, match="deleted"):
            office.reply(name)

    def test_a_double_click_is_sent_once(self, office: SiteOffice):
        name = opened(office)
        office.reply(name, "<p>Only once.</p>")
        with pytest.raises(frappe.ValidationError, match="a moment ago"):
            office.reply(name, "<p>Only once.</p>")
        office.work()
        assert office.sent() == ["Only once."]

    def test_the_audience_field_decides(self, office: SiteOffice):
        name = opened(office)
        frappe.db.set_value("HD Ticket", name, "social_reply_audience", "Private")
        office.reply(name)
        assert replies(name)[0].audience == "Private"
        office.work()
        continued = office.receive(message("dm1", "Thanks", thread="dm:c1", private=True))
        assert continued.ticket == name, "one case, two audiences"

    def test_long_replies_are_sent_in_order(self, office: SiteOffice):
        name = opened(office)
        office.reply(name, "<p>This is a first sentence of it. And here is another one. The third ends it all.</p>")
        assert [part.of_parts for part in replies(name)] == [len(replies(name))] * len(replies(name))
        assert len(replies(name)) > 1
        for _ in replies(name):
            office.work()
        assert len(office.sent()) == len(replies(name))
        assert communications(name)[1].delivery_status == "Sent"
        assert len(communications(name)) == 2, "a reply is one Communication, however many parts it has"

    def test_a_failed_part_is_shown_and_its_author_told(self, office: SiteOffice):
        name = opened(office)
        office.reply(name)
        office.platform.script = [Refused("The customer has blocked us.")]
        office.work()
        assert replies(name)[0].state == "Failed"
        assert communications(name)[1].delivery_status == "Error"
        assert ticket(name).social_delivery_state == "Failed"
        told = frappe.get_all("HD Notification", {"user_to": AGENT}, pluck="message")
        assert told == ["Your reply could not be sent: The customer has blocked us."]

    def test_another_reply_route_by_recipient(self, office: SiteOffice):
        name = opened(office)
        office.receive(message("2", "Me too", author="c9", addresses_us=False))
        other = frappe.db.get_value("Social Message", {"message_id": "2"})
        office.reply(name, "<p>To you.</p>", to="c9.c9@x.invalid")
        assert replies(name)[0].target == other

    def test_another_reply_route_by_quote(self, office: SiteOffice):
        name = opened(office)
        first = frappe.db.get_value("Social Message", {"message_id": "1"})
        office.receive(message("2", "Hello?"))
        link = f'<a href="/app/social-message/{first}">record</a>'
        office.reply(name, f'<p>To the first.</p><p class="reply-to-content"></p><blockquote>{link}</blockquote>')
        assert replies(name)[0].target == first

    def test_other_recipients_are_refused(self, office: SiteOffice):
        name = opened(office)
        with pytest.raises(frappe.ValidationError, match=r"boss@example\.com"):
            office.reply(name, cc="boss@example.com")
        assert replies(name) == []

    def test_a_reply_addressed_to_a_colleague_is_not_published(self, office: SiteOffice):
        name = opened(office)
        with pytest.raises(frappe.ValidationError, match="only"):
            office.reply(name, to=AGENT)
        assert replies(name) == []

    def test_an_agent_without_permission_cannot_reply(self, office: SiteOffice):
        name = opened(office)
        with pytest.raises(frappe.PermissionError):
            office.reply(name, user="Guest")
        assert replies(name) == []

    def test_a_customer_never_speaks_for_the_team(self, office: SiteOffice):
        name = opened(office)
        customer = frappe.get_doc({"doctype": "User", "email": "jane@example.com", "first_name": "Jane"})
        customer.flags.no_welcome_mail = True
        customer.insert()
        frappe.db.set_value("HD Ticket", name, "raised_by", "jane@example.com")
        frappe.db.commit()
        with pytest.raises(frappe.PermissionError):
            office.reply(name, user="jane@example.com")
        assert replies(name) == []

    def test_files_are_checked_by_the_platforms_rules(self, office: SiteOffice):
        name = opened(office)
        file = frappe.get_doc({"doctype": "File", "file_name": "a.exe", "content": b"MZ", "is_private": 1})
        file.insert()
        frappe.db.commit()
        with pytest.raises(frappe.ValidationError, match="does not take"):
            office.reply(name, attachments=[file.name], user="Administrator")

    def test_nobody_sends_a_file_that_he_may_not_read(self, office: SiteOffice):
        name = opened(office)
        file = frappe.get_doc({"doctype": "File", "file_name": "a.png", "content": b"png", "is_private": 1})
        file.insert()
        frappe.db.commit()
        with pytest.raises(frappe.PermissionError):
            office.reply(name, attachments=[file.name])


class TestClock:
    def test_only_a_confirmation_stops_it(self, office: SiteOffice):
        name = opened(office)
        office.reply(name)
        assert not ticket(name).first_responded_on, "a queued reply is no response"
        office.work()
        answered = ticket(name)
        assert answered.first_responded_on
        assert answered.last_agent_response

    @pytest.mark.parametrize("error", [Refused("No."), Retryable("Busy."), NotAllowed("No.")])
    def test_trouble_does_not_stop_it(self, office: SiteOffice, error: Exception):
        name = opened(office)
        office.reply(name)
        office.platform.script = [error]
        office.work()
        assert not ticket(name).first_responded_on

    def test_an_unknown_fate_does_not_stop_it_until_it_is_settled(self, office: SiteOffice):
        name = opened(office)
        office.reply(name)
        office.platform.script = ["lost"]
        office.work()
        assert replies(name)[0].state == "Unknown"
        assert not ticket(name).first_responded_on
        frappe.db.sql("update `tabSocial Message` set next_attempt = now() - interval 1 day where state = 'Unknown'")
        frappe.db.commit()
        office.work()
        assert replies(name)[0].state == "Sent"
        assert ticket(name).first_responded_on
        assert len(office.sent()) == 1

    def test_a_change_of_status_does_not_stop_it_while_a_reply_waits(self, office: SiteOffice):
        name = opened(office)
        office.reply(name)
        waiting = ticket(name)
        waiting.status = "Replied"
        waiting.save()
        frappe.db.commit()
        assert not ticket(name).first_responded_on
        office.work()
        assert ticket(name).first_responded_on

    def test_without_a_reply_helpdesk_decides(self, office: SiteOffice):
        name = opened(office)
        closed = ticket(name)
        closed.status = "Replied"
        closed.save()
        frappe.db.commit()
        assert ticket(name).first_responded_on

    def test_the_status_follows_the_setting_of_helpdesk(self, office: SiteOffice):
        name = opened(office)
        with helpdesk_settings(auto_update_status=1, update_status_to="Replied"):
            office.reply(name)
            assert ticket(name).status == "Open"
            office.work()
            assert ticket(name).status == "Replied"

    def test_an_answer_given_elsewhere_counts(self, office: SiteOffice):
        name = opened(office)
        office.receive(message("p9", "Answered on the phone", author=US, parent_id="1"))
        assert ticket(name).first_responded_on
        assert ticket(name).status == "Open", "whose turn it is stays for people to say"


class TestHelpdeskVerbs:
    def test_merging_publishes_nothing_and_replies_still_work(self, office: SiteOffice):
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        first, second = opened(office, thread="a"), opened(office, "2", thread="b", author="c2")
        merge_ticket(first, second)
        frappe.db.commit()
        assert office.sent() == []
        assert replies(first) == []
        notice = frappe.get_all("HD Ticket Comment", {"reference_ticket": first}, pluck="content")
        assert any("Internal" in one for one in notice)
        assert office.receive(message("3", thread="a")).ticket == second
        office.reply(second, "<p>To the first customer.</p>", to="c1.c1@x.invalid")
        office.work()
        assert office.sent() == ["To the first customer."]

    def test_a_reply_under_way_survives_a_merge(self, office: SiteOffice):
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        first, second = opened(office, thread="a"), opened(office, "2", thread="b", author="c2")
        office.reply(first)
        merge_ticket(first, second)
        frappe.db.commit()
        assert not ticket(second).first_responded_on, "the copy of an unconfirmed reply is no response"
        waiting = ticket(second)
        waiting.status = "Replied"
        waiting.save()
        frappe.db.commit()
        assert not ticket(second).first_responded_on
        office.work()
        assert office.sent() == ["We are on it."]
        assert ticket(second).first_responded_on
        assert {one.delivery_status for one in communications(second) if one.sent_or_received == "Sent"} == {"Sent"}

    def test_splitting_moves_the_case(self, office: SiteOffice):
        from helpdesk.helpdesk.doctype.hd_ticket.api import split_ticket

        name = opened(office)
        office.receive(message("2", "And my bag is lost"))
        moved = communications(name)[1].name
        frappe.set_user(AGENT)
        new = str(split_ticket("Lost bag", moved))
        frappe.db.commit()
        frappe.set_user("Administrator")
        assert office.sent() == []
        assert office.receive(message("3", "It is red")).ticket == new
        office.reply(new, "<p>Found it.</p>")
        office.work()
        assert office.sent() == ["Found it."]
        assert ticket(new).first_responded_on
        assert not ticket(name).first_responded_on

    def test_bulk_replies(self, office: SiteOffice):
        from helpdesk.api.ticket import bulk_reply

        first, second = opened(office, thread="a"), opened(office, "2", thread="b", author="c2")
        frappe.set_user(AGENT)
        bulk_reply([first, second], "<p>All is well again.</p>")
        frappe.db.commit()
        frappe.set_user("Administrator")
        office.work()
        assert office.sent() == ["All is well again."] * 2

    def test_a_bulk_reply_that_is_refused_leaves_nothing(self, office: SiteOffice):
        from helpdesk.api.ticket import bulk_reply

        name = opened(office)
        office.connector.forbidden = "No."
        bulk_reply([name], "<p>Hello.</p>")
        frappe.db.commit()
        assert (len(communications(name)), replies(name)) == (1, [])

    def test_other_tickets_are_helpdesks_alone(self, office: SiteOffice):
        made = frappe.get_doc(
            {"doctype": "HD Ticket", "subject": "By mail", "description": "<p>Hi</p>", "raised_by": "a@b.co"}
        )
        made.insert()
        with helpdesk_settings(skip_email_workflow=1):
            office.reply(made.name)
        assert ticket(made.name).first_responded_on
        assert replies(made.name) == []


class TestTimeline:
    def test_what_the_page_shows(self, office: SiteOffice):
        from social_care.api.ticket_page import get_one, get_ticket_activities

        name = opened(office, permalink="https://example.com/1")
        office.reply(name)
        office.platform.script = [Refused("<b>Blocked</b>.")]
        office.work()
        frappe.set_user(AGENT)
        shown = get_ticket_activities(name)["communications"]
        assert [one["name"] for one in shown] == [one["name"] for one in get_one(name)["communications"]]
        frappe.set_user("Administrator")
        assert "PUBLIC" in shown[0]["content"]
        assert 'href="https://example.com/1"' in shown[0]["content"]
        assert shown[0]["user"]["name"] == "@c1"
        assert "not sent" in shown[1]["content"]
        assert "&lt;b&gt;Blocked" in shown[1]["content"]
        assert communications(name)[0].content == "<p>My flight is late</p>", "what is stored stays plain"


def test_a_rule_of_the_platform_is_shown_before_anybody_types(office: SiteOffice):
    from social_care.api.ticket_page import get_ticket_activities

    name = opened(office)
    office.connector.forbidden = "The customer has not asked for an answer."
    frappe.set_user(AGENT)
    [shown] = get_ticket_activities(name)["communications"]
    frappe.set_user("Administrator")
    assert "The customer has not asked for an answer." in shown["content"]


def test_the_account_pauses_and_tells_its_owner_once(office: SiteOffice):
    from social_care.core.accounts import Standing
    from social_care.core.errors import AccountNeedsLogin

    frappe.db.set_value("Social Account", ACCOUNT, "owner_user", AGENT)
    name = opened(office)
    office.reply(name)
    office.platform.script = [AccountNeedsLogin("Please connect the account again.")]
    office.work()
    assert replies(name)[0].state == "Queued"
    office.desk.accounts.pause_sending(ACCOUNT, "again", Standing.OUT_OF_CREDIT)
    assert office.desk.accounts.get(ACCOUNT).standing is Standing.NEEDS_LOGIN
    assert len(frappe.get_all("Notification Log", {"for_user": AGENT, "document_type": "Social Account"})) == 1
    (held,) = frappe.get_all("Social Message", {"ticket": name, "direction": "Out"}, pluck="name")
    other = opened(office, message_id="2", author="c2")
    office.reply(other, "It can be undone.")
    later = now_datetime() + timedelta(minutes=5)
    frappe.db.set_value("Social Message", {"ticket": other, "direction": "Out"}, "next_attempt", later)
    office.desk.accounts.resume_sending(ACCOUNT)
    assert frappe.db.get_value("Social Message", held, "next_attempt") is None
    office.work()
    assert office.sent() == ["We are on it."], "what could still be undone went out with it"


class TestOnAMergedTicket:
    def test_nobody_answers_where_the_conversation_ended(self, office: SiteOffice):
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        source, target = opened(office), opened(office, message_id="2", author="c2")
        frappe.set_user(AGENT)
        merge_ticket(source, target)
        document = frappe.get_doc("HD Ticket", source)
        with pytest.raises(frappe.ValidationError, match=f"merged into ticket #{target}"):
            document.reply_via_agent("We are on it.", to=document.raised_by)
        assert replies(source) == []
