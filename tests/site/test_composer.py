"""What the panel of the ticket page asks: every endpoint, what it gives, and to whom it gives nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import frappe
import pytest

from social_care.api import composer, desk_page, people, saved_replies
from social_care.core.errors import Refused
from social_care.desks.helpdesk.times import to_site, utc_now
from tests.fakes import message
from tests.site.office import AGENT, SiteOffice, communications, replies, ticket


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@contextmanager
def acting(user: str) -> Iterator[None]:
    """Do something as a user, in a request of its own: committed at its end, or rolled back."""
    frappe.set_user(user)
    try:
        yield
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        raise
    finally:
        frappe.set_user("Administrator")
        frappe.local.message_log = []


def ask(method: Callable[..., Any], *arguments: Any, user: str = AGENT, **named: Any) -> Any:
    with acting(user):
        return method(*arguments, **named)


def opened(office: SiteOffice, message_id: str = "1", text: str = "My flight is late", **more: Any) -> str:
    name = office.receive(message(message_id, text, **more)).ticket
    assert name
    return name


def send(name: str, text: str = "We are on it.", way: str = "public", user: str = AGENT, **more: Any) -> Any:
    given = {"attempt": frappe.generate_hash(), "seen": [], **more}
    return ask(composer.send, name, text, way, user=user, **given)


def hold_over(reply: str) -> None:
    """Let the time to undo be over."""
    before = to_site(datetime.now(timezone.utc) - timedelta(seconds=1))
    for part in frappe.get_all("Social Message", {"reply": reply, "state": "Queued"}, pluck="name"):
        frappe.db.set_value("Social Message", part, "next_attempt", before)
    frappe.db.commit()


def ways(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {way["name"]: way for way in state["ways"]}


def colleague(name: str = "colleague@example.com") -> str:
    user = frappe.get_doc({"doctype": "User", "email": name, "first_name": "Colleague", "send_welcome_email": 0})
    user.update({"roles": [{"role": "Agent"}]}).insert(ignore_permissions=True)
    frappe.get_doc({"doctype": "HD Agent", "user": name, "agent_name": "Colleague", "is_active": 1}).insert()
    frappe.db.commit()
    return name


class TestState:
    def test_it_tells_how_the_customer_can_be_answered(self, office: SiteOffice):
        state = ask(composer.get_state, opened(office))
        assert state is not None
        public, private, email = (ways(state)[one] for one in ("public", "private", "email"))
        assert (state["way"], state["who"], state["platform"]) == ("public", "@c1", "Fake")
        assert (public["possible"], public["limit"], public["unit"], public["handle"]) == (True, 50, "characters", "@c1")
        assert public["files"] == {"count": 1, "largest": {"image/png": 1000}}
        assert (private["possible"], private["limit"]) == (True, 500)
        assert (email["possible"], email["reason"]) == (False, "No e-mail address of this customer is known.")
        assert state["undo_seconds"] == 8

    def test_it_says_why_something_is_not_possible(self, office: SiteOffice):
        name = opened(office)
        office.connector.forbidden = "The author allows no answers."
        state = ask(composer.get_state, name)
        assert {way["reason"] for way in state["ways"][:2]} == {"The author allows no answers."}

    def test_a_private_conversation_goes_on_privately(self, office: SiteOffice):
        name = opened(office)
        office.reply(name, "<p>Please write to us.</p>", user=AGENT)
        frappe.db.set_value("HD Ticket", name, "social_reply_audience", "Private")
        send(name, way="private")
        office.receive(message("2", "Here I am", thread="dm:c1", private=True))
        state = ask(composer.get_state, name)
        targets = {
            way: frappe.db.get_value("Social Message", ways(state)[way]["target"], "message_id")
            for way in ("public", "private")
        }
        assert targets == {"public": "1", "private": "2"}
        assert state["way"] == "private"

    def test_a_ticket_by_e_mail_has_no_panel(self, site: Any):
        made = frappe.get_doc({"doctype": "HD Ticket", "subject": "Hello", "raised_by": "c@example.com"}).insert()
        assert ask(composer.get_state, str(made.name)) is None
        assert ask(people.who_is, str(made.name)) is None

    def test_a_known_address_allows_e_mail(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        name = opened(office)
        contact = frappe.get_doc("Contact", ticket(name).contact)
        contact.add_email("jane@example.com", is_primary=True)
        contact.save()
        assert ways(ask(composer.get_state, name))["email"]["reason"] == "No outgoing e-mail account is set up."
        monkeypatch.setattr("social_care.desks.helpdesk.panel.can_send_email", lambda: True)
        email = ways(ask(composer.get_state, name))["email"]
        assert (email["possible"], email["address"]) == (True, "jane@example.com")

    def test_another_message_can_be_chosen(self, office: SiteOffice):
        name = opened(office, "1", "Where is my bag?")
        opened(office, "2", "And my coat?")
        marks = {one["text"]: one for one in ask(composer.get_state, name)["messages"]}
        assert [one["answerable"] for one in marks.values()] == [True, True]
        older = marks["Where is my bag?"]["message"]
        chosen = ask(composer.get_state, name, target=older)
        assert (chosen["target"], ways(chosen)["public"]["target"]) == (older, older)
        elsewhere = opened(office, "3", thread="other", author="c9")
        newest = ask(composer.get_state, elsewhere, target=older)
        assert newest["target"] is None, "a message of another ticket was taken"

    def test_marks_tell_audience_files_and_what_may_be_acted_on(self, office: SiteOffice):
        name = opened(office)
        send(name)
        [reply, message] = ask(composer.get_state, name)["messages"]
        assert (message["audience"], message["incoming"], message["acts"]) == ("public", True, [message["message"]])
        assert (reply["incoming"], reply["answerable"], reply["acts"]) == (False, False, []), "it is not out yet"
        hold_over(frappe.db.get_value("Social Message", reply["message"], "reply"))
        office.work()
        [reply, message] = ask(composer.get_state, name)["messages"]
        assert reply["acts"] == [reply["message"]]
        frappe.db.set_value("Social Message", message["message"], "deleted_at", frappe.utils.now())
        [_, message] = ask(composer.get_state, name)["messages"]
        assert (message["answerable"], message["acts"]) == (False, [])

    def test_marks_of_older_messages_come_on_demand(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("social_care.desks.helpdesk.marks.MOST", 2)
        for number in range(5):
            name = opened(office, str(number), f"word {number}", sent_at=utc_now() + timedelta(seconds=number))
        state = ask(composer.get_state, name)
        seen, more = [one["text"] for one in state["messages"]], state["earlier"]
        while more:
            found = ask(composer.get_earlier_marks, name, skip=len(seen))
            seen, more = seen + [one["text"] for one in found["messages"]], found["earlier"]
        assert seen == [f"word {number}" for number in (4, 3, 2, 1, 0)]


class TestPreview:
    @pytest.mark.parametrize("text", ["Hello\n\nthere", "One sentence here. " * 6, "Tom & Jerry <b> 1 < 2", "  a   b  "])
    def test_the_preview_is_what_is_sent(self, office: SiteOffice, text: str):
        name = opened(office)
        shown = ask(composer.preview, name, text, "public")
        answer = send(name, text)
        assert [part["text"] for part in shown["parts"]] == [row.text for row in replies(name)]
        assert " ".join(part["text"] for part in shown["parts"]).startswith(text.strip()[:20].replace("   ", " ")), (
            "words changed"
        )
        assert shown["parts"][-1]["length"] == len(shown["parts"][-1]["text"])
        hold_over(answer["reply"])
        for _ in shown["parts"]:
            office.work()
        assert office.sent() == [part["text"] for part in shown["parts"]]

    def test_it_stores_nothing(self, office: SiteOffice):
        name = opened(office)
        ask(composer.preview, name, "Hello", "private")
        assert replies(name) == []
        assert len(communications(name)) == 1

    def test_it_refuses_as_sending_would(self, office: SiteOffice):
        name = opened(office)
        assert ask(composer.preview, name, "long " * 400, "private")["refusal"].startswith("The reply is too long")
        assert ask(composer.preview, name, "", "public")["refusal"] == "The reply is empty."

    def test_it_warns(self, office: SiteOffice):
        shown = ask(composer.preview, opened(office), "http://a.example ada@example.com", "public")
        assert "A link costs more." in shown["warnings"]
        assert any("an e-mail address: ada@example.com" in warning for warning in shown["warnings"])
        assert shown["cost"] == pytest.approx(0.01)

    def test_files_have_their_limits(self, office: SiteOffice):
        name = opened(office)
        with acting(AGENT):
            file = frappe.get_doc({"doctype": "File", "file_name": "a.txt", "content": "x", "is_private": 1}).insert()
        refusal = ask(composer.preview, name, "See this", "public", files=[file.name])["refusal"]
        assert refusal == f"Fake does not take {file.file_name} (text/plain)."


class TestSending:
    def test_a_reply_waits_and_is_sent(self, office: SiteOffice):
        name = opened(office)
        answer = send(name)
        office.work()
        assert office.sent() == [], "a reply was sent before its time to undo was over"
        assert ask(composer.get_state, name)["replies"][0]["undo_until"]
        hold_over(answer["reply"])
        ask(composer.release, name, answer["reply"])
        office.work()
        assert office.sent() == ["We are on it."]
        assert [row.state for row in replies(name)] == ["Sent"]
        assert ticket(name).first_responded_on

    def test_undo(self, office: SiteOffice):
        name = opened(office)
        answer = send(name)
        assert ask(composer.undo, name, answer["reply"]) is True
        hold_over(answer["reply"])
        office.work()
        assert office.sent() == []
        assert [row.state for row in replies(name)] == ["Cancelled"]
        assert not ticket(name).social_delivery_state
        assert ask(composer.get_state, name)["replies"] == []
        with acting(AGENT):
            from social_care.api.ticket_page import get_ticket_activities

            assert len(get_ticket_activities(name)["communications"]) == 1, "the page shows what was taken back"
        assert send(name)["reply"], "the same words may be sent after they were taken back"

    def test_too_late_to_undo(self, office: SiteOffice):
        name = opened(office)
        answer = send(name)
        hold_over(answer["reply"])
        office.work()
        assert ask(composer.undo, name, answer["reply"]) is False
        assert [row.state for row in replies(name)] == ["Sent"]

    def test_only_its_author_takes_a_reply_back(self, office: SiteOffice):
        name = opened(office)
        answer = send(name)
        other = colleague()
        with pytest.raises(frappe.PermissionError, match="Only its author"):
            ask(composer.undo, name, answer["reply"], user=other)
        assert ask(composer.get_state, name, user=other)["replies"][0]["undo_until"] is None

    def test_the_same_attempt_is_carried_out_once(self, office: SiteOffice):
        name = opened(office)
        send(name, attempt="a1")
        with pytest.raises(frappe.ValidationError, match="taken over already"):
            send(name, attempt="a1")
        assert len(replies(name)) == 1

    def test_no_time_to_undo(self, office: SiteOffice, site: Any):
        site.db.set_single_value("Social Care Settings", "undo_seconds", 0)
        site.db.commit()
        try:
            name = opened(office)
            assert send(name)["undo_seconds"] == 0
            office.work()
            assert office.sent() == ["We are on it."]
        finally:
            site.db.set_single_value("Social Care Settings", "undo_seconds", 8)
            site.db.commit()

    def test_the_audience_of_the_panel_wins(self, office: SiteOffice):
        name = opened(office)
        send(name, way="private")
        assert [row.audience for row in replies(name)] == ["Private"]
        assert not ticket(name).social_reply_audience, "the ticket's own setting stays as it is"

    def test_a_refusal_leaves_nothing(self, office: SiteOffice):
        name = opened(office)
        office.connector.forbidden = "The author allows no answers."
        with pytest.raises(frappe.ValidationError, match="allows no answers"):
            send(name, attempt="a1")
        assert replies(name) == []
        office.connector.forbidden = ""
        assert send(name, attempt="a1")["reply"], "after a refusal the same attempt may be made again"

    def test_resolving_waits_for_the_confirmation(self, office: SiteOffice):
        name = opened(office)
        answer = send(name, resolve=True)
        assert ticket(name).status == "Open"
        hold_over(answer["reply"])
        office.work()
        assert ticket(name).status_category == "Resolved"

    def test_a_failed_reply_resolves_nothing(self, office: SiteOffice):
        name = opened(office)
        office.platform.script = [Refused("No.")]
        hold_over(send(name, resolve=True)["reply"])
        office.work()
        assert ticket(name).status == "Open"

    def test_nobody_answers_a_message_of_another_ticket(self, office: SiteOffice):
        name, other = opened(office), opened(office, "2", thread="t2", author="c2")
        target = ways(ask(composer.get_state, other))["public"]["target"]
        with pytest.raises(frappe.ValidationError, match="nothing to answer"):
            send(name, target=target)

    @pytest.fixture
    def mailed(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[dict[str, str]]]:
        """The ticket of a customer with a real address, and the e-mails that Helpdesk is asked to send from it."""
        name = opened(office)
        contact = frappe.get_doc("Contact", ticket(name).contact)
        contact.add_email("jane@example.com", is_primary=True)
        contact.save()
        frappe.db.set_value("HD Ticket", name, "raised_by", "jane@example.com")
        frappe.db.commit()
        given: list[dict[str, str]] = []
        monkeypatch.setattr(
            "helpdesk.helpdesk.doctype.hd_ticket.hd_ticket.HDTicket.reply_via_agent",
            lambda self, message, from_email, to, cc, bcc, attachments: given.append({"message": message, "to": to}),
        )
        return name, given

    def test_e_mail_goes_to_the_real_address(self, mailed: tuple[str, list[dict[str, str]]]):
        name, given = mailed
        assert send(name, way="email", resolve=True, attempt="a1") == {"reply": None, "waits": False}
        with pytest.raises(frappe.ValidationError, match="not sent again"):
            send(name, way="email", attempt="a1")
        assert given == [{"message": "<p>We are on it.</p>", "to": "jane@example.com"}]
        assert replies(name) == []
        assert ticket(name).status_category == "Resolved"

    def test_an_e_mail_that_left_is_not_sent_again_because_its_ticket_cannot_be_resolved(
        self, mailed: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
    ):
        name, given = mailed

        def refuse(document: Any) -> None:
            raise frappe.MandatoryError("[HD Ticket, 1]: Resolution")

        monkeypatch.setattr("social_care.desks.helpdesk.mailing.resolve", refuse)
        assert send(name, way="email", resolve=True, attempt="a1") == {"reply": None, "waits": False}
        with pytest.raises(frappe.ValidationError, match="not sent again"):
            send(name, way="email", resolve=True, attempt="a1")
        assert len(given) == 1, "Helpdesk may send at once: the customer got it twice"


class TestConfirming:
    def test_a_colleague_was_faster(self, office: SiteOffice):
        name = opened(office)
        seen = ask(composer.get_state, name)["seen"]
        send(name, "I have it.", user=colleague())
        answer = send(name, seen=seen)
        assert answer == {"meanwhile": [{"author": "Colleague", "text": "I have it."}], "personal": []}
        assert len(replies(name)) == 1, "a reply was sent that had to be confirmed first"
        assert send(name, seen=seen, confirmed=True)["reply"]

    def test_what_was_seen_needs_no_confirmation(self, office: SiteOffice):
        name = opened(office)
        send(name, "I have it.", user=colleague())
        assert send(name, seen=ask(composer.get_state, name)["seen"])["reply"]

    def test_own_answers_need_no_confirmation(self, office: SiteOffice):
        name = opened(office)
        send(name)
        assert send(name, "And one more thing.")["reply"]

    def test_personal_data_in_public(self, office: SiteOffice):
        name = opened(office)
        answer = send(name, "Your card 4111 1111 1111 1111")
        assert "a card number" in answer["personal"][0]
        assert replies(name) == []
        assert send(name, "Your card 4111 1111 1111 1111", way="private")["reply"], "in private nobody else reads it"


class TestPeople:
    def test_who_is_it(self, office: SiteOffice):
        first = opened(office, thread="a", text="First")
        second = opened(office, "2", thread="b")
        frappe.db.set_value(
            "Social Profile", {"external_id": "c1"}, {"display_name": "Ada", "followers": 1234, "verified": "Yes"}
        )
        person = ask(people.who_is, second)
        assert (person["name"], person["handle"], person["followers"], person["verified"]) == ("Ada", "@c1", 1234, True)
        assert person["known_since"]
        assert [one["ticket"] for one in person["earlier"]] == [first]

    def test_e_mail_tickets_of_the_contact_are_shown(self, office: SiteOffice):
        name = opened(office)
        contact = frappe.get_doc("Contact", ticket(name).contact)
        contact.add_email("jane@example.com", is_primary=True)
        contact.save()
        made = frappe.get_doc({"doctype": "HD Ticket", "subject": "By mail", "raised_by": "jane@example.com"}).insert()
        assert [one["subject"] for one in ask(people.who_is, name)["earlier"]] == ["By mail"]
        assert str(made.name) == ask(people.who_is, name)["earlier"][0]["ticket"]

    def test_an_avatar_comes_over_https_only(self, office: SiteOffice):
        name = opened(office)
        for address, shown in (("https://a.example/p.png", "https://a.example/p.png"), ("javascript:alert(1)", "")):
            frappe.db.set_value("Social Profile", {"external_id": "c1"}, "avatar_url", address)
            assert ask(people.who_is, name)["avatar"] == shown


class TestSavedReplies:
    @pytest.fixture
    def saved(self, site: Any) -> Iterator[str]:
        text = "<p>Dear {{ customer_first_name }} ({{ customer_handle }}),</p>"
        text += "<p>ticket {{ ticket_number }}, {{ agent_initials }}.</p>"
        made = site.get_doc({"doctype": "HD Saved Reply", "title": "Sorry", "message": text, "scope": "Global"}).insert()
        site.db.commit()
        yield made.name
        site.delete_doc("HD Saved Reply", made.name, force=True)
        site.db.commit()

    def test_variables_are_filled_in(self, office: SiteOffice, saved: str):
        name = opened(office)
        frappe.db.set_value("Social Profile", {"external_id": "c1"}, "display_name", "Ada <b> Osei")
        assert {"name": saved, "title": "Sorry"} in ask(saved_replies.get_saved_replies, name)
        assert ask(saved_replies.get_text, name, saved) == f"Dear Ada (@c1),\nticket {name}, AO."
        in_the_box = ask(saved_replies.get_rendered_saved_reply, name, saved)
        assert f"Dear Ada (@c1),</p><p>ticket {name}, AO." in in_the_box

    def test_a_personal_one_is_its_owner_s(self, office: SiteOffice, saved: str):
        frappe.db.set_value("HD Saved Reply", saved, {"scope": "Personal", "owner": "Administrator"})
        frappe.db.commit()
        name = opened(office)
        assert saved not in [one["name"] for one in ask(saved_replies.get_saved_replies, name)]
        with pytest.raises(frappe.PermissionError):
            ask(saved_replies.get_text, name, saved)


CALLS: tuple[tuple[Callable[..., Any], tuple[Any, ...]], ...] = (
    (composer.get_state, ()),
    (composer.preview, ("Hello", "public")),
    (composer.send, ("Hello", "public", "a1", [])),
    (composer.get_unsent_text, ("REPLY",)),
    (composer.undo, ("REPLY",)),
    (composer.release, ("REPLY",)),
    (people.who_is, ()),
    (saved_replies.get_saved_replies, ()),
    (saved_replies.get_text, ("Sorry",)),
    (saved_replies.get_rendered_saved_reply, ("Sorry",)),
)


class TestPermissions:
    @pytest.mark.parametrize(("method", "more"), CALLS, ids=lambda one: getattr(one, "__name__", ""))
    @pytest.mark.parametrize("who", ["another team", "no agent", "Guest"])
    def test_who_may_not_see_the_ticket_gets_nothing(
        self, office: SiteOffice, method: Callable[..., Any], more: tuple[Any, ...], who: str
    ):
        name = opened(office)
        reply = send(name)["reply"]
        user = {"another team": colleague(), "no agent": "Guest", "Guest": "Guest"}[who]
        if who == "no agent":
            values = {"email": "reader@example.com", "first_name": "R", "send_welcome_email": 0}
            user = frappe.get_doc({"doctype": "User", **values}).insert().name
        frappe.db.set_value("HD Ticket", name, {"agent_group": "Billing", "_assign": None})
        frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 1)
        frappe.clear_cache()
        before = [dict(row) for row in replies(name)]
        try:
            with pytest.raises(frappe.PermissionError):
                ask(method, name, *(reply if one == "REPLY" else one for one in more), user=user)
        finally:
            frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 0)
            frappe.db.commit()
        assert [dict(row) for row in replies(name)] == before

    def test_a_reply_of_another_ticket_is_out_of_reach(self, office: SiteOffice):
        name, other = opened(office), opened(office, "2", thread="t2", author="c2")
        reply = send(other)["reply"]
        for method in (composer.undo, composer.release, composer.get_unsent_text):
            with pytest.raises(frappe.PermissionError):
                ask(method, name, reply)

    def test_conversations_of_other_teams_are_not_listed(self, office: SiteOffice):
        name, secret = opened(office, thread="a"), opened(office, "2", thread="b")
        frappe.db.set_value("HD Ticket", secret, {"agent_group": "Billing", "_assign": None})
        frappe.db.set_value("HD Ticket", name, "_assign", f'["{AGENT}"]')
        frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 1)
        frappe.clear_cache()
        try:
            assert ask(people.who_is, name)["earlier"] == []
        finally:
            frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 0)
            frappe.db.commit()

    def test_the_page_s_files_are_named_to_agents_only(self, site: Any):
        boot = ask(desk_page.get_boot)
        assert boot["script"].startswith("/assets/social_care/js/ticket_page/main.js?v=")
        assert ask(desk_page.get_boot, user="Guest") is None
