"""Facebook, Instagram and WhatsApp on a real site: signed webhooks through the real endpoint, one case of two audiences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import frappe
import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care import jobs
from social_care.api import settling, ticket_page
from tests.site.meta import (
    ANA_PRIVATE,
    FACEBOOK,
    GRAPH,
    INSTAGRAM,
    NOW,
    NUMBER,
    ON_INSTAGRAM,
    PAGE,
    VERIFY_TOKEN,
    WHATSAPP,
    MetaAccount,
    comment,
    handle,
    on_tickets,
    private,
    shown,
    stored,
    whatsapp,
    word,
)
from tests.site.office import SiteOffice, replies, ticket

NOTE = "We have sent you a message."


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def page(site: Any, graph: responses.RequestsMock) -> MetaAccount:
    FACEBOOK.insert(public_note=NOTE)
    return FACEBOOK


@pytest.fixture(params=[FACEBOOK, ON_INSTAGRAM, WHATSAPP], ids=lambda one: one.platform)
def account(request: pytest.FixtureRequest, site: Any) -> MetaAccount:
    request.param.insert()
    return request.param


def first_word(account: MetaAccount, *, us: str = "") -> dict[str, Any]:
    """Return an entry with one private word, for this account or for another one of the app."""
    if account is WHATSAPP:
        return whatsapp(word(1), us=us or NUMBER)
    return private(us or account.us, "m_1", "Hello")


def answer(name: str, html: str, *, audience: str = "", to: str | None = None) -> None:
    """Answer as Helpdesk's reply box does, and let the workers send it."""
    frappe.db.set_value("HD Ticket", name, "social_reply_audience", audience)
    frappe.db.commit()
    SiteOffice.reply(None, name, html, **({"to": to} if to else {}))  # type: ignore[arg-type]
    deliver()


def deliver() -> None:
    for _ in range(3):
        for part in frappe.get_all("Social Message", {"state": "Queued"}, pluck="name", order_by="creation"):
            jobs.deliver_part(part)


class TestEndpoint:
    def test_a_signed_body_becomes_a_ticket(self, account: MetaAccount):
        [payload] = account.deliver(first_word(account))
        assert payload.state == "Done", payload.note
        assert len(on_tickets()) == 1

    @pytest.mark.parametrize("headers", [{}, {"X-Hub-Signature-256": "sha256=00"}, {"X-Hub-Signature-256": "é"}])
    def test_unsigned_and_wrongly_signed_bodies_are_refused(self, account: MetaAccount, headers: dict[str, str]):
        body = {"object": account.product, "entry": [first_word(account)]}
        assert account.post(body, headers=headers) == (403, "refused")
        assert account.post(body, secret=VERIFY_TOKEN) == (403, "refused"), "the verify token must not sign"
        assert handle() == []
        assert frappe.db.get_value("Social Account", account.name, "refused_webhooks") == 2

    def test_a_replayed_body_is_kept_once_and_a_repeated_event_is_ignored_with_the_reason(self, account: MetaAccount):
        body = {"object": account.product, "entry": [first_word(account)]}
        assert account.post(body) == account.post(body) == (200, "ok")
        assert len(handle()) == 1
        account.post(json.dumps(body, indent=1).encode())
        assert "handled already" in handle()[-1].note
        assert len(on_tickets()) == 1

    def test_a_foreign_account_is_ignored_with_the_reason(self, account: MetaAccount):
        [payload] = account.deliver(first_word(account, us="42"))
        assert (payload.state, on_tickets()) == ("Done", [])
        assert f"another {account.platform} account" in payload.note

    def test_another_product_is_ignored_with_the_reason(self, account: MetaAccount):
        assert account.post({"object": "user", "entry": [first_word(account)]}) == (200, "ok")
        [payload] = handle()
        assert (payload.state, on_tickets()) == ("Done", [])
        assert "another product" in payload.note

    def test_the_app_secret_can_be_changed(self, account: MetaAccount):
        document = frappe.get_doc("Social Account", account.name)
        document.client_secret, document.previous_webhook_secret = "new-secret", "app-secret"
        document.save()
        frappe.db.commit()
        body = {"object": account.product, "entry": [first_word(account)]}
        assert account.post(body) == (200, "ok"), "the old secret still counts while Meta changes over"
        assert account.post({**body, "again": 1}, secret="new-secret") == (200, "ok")
        document.previous_webhook_secret = ""
        document.save()
        frappe.db.commit()
        assert account.post({**body, "again": 2}) == (403, "refused")

    def test_metas_question_is_answered(self, account: MetaAccount):
        asked = "&hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
        assert account.call("GET", asked + VERIFY_TOKEN) == (200, "1158201444")
        assert account.call("GET", asked + "app-secret")[0] == 403
        assert account.call("GET")[0] == 403


class TestBatches:
    def test_every_entry_change_and_message_counts(self, site: Any):
        for one in (FACEBOOK, ON_INSTAGRAM, WHATSAPP):
            one.insert()
        changes = comment(1)["changes"] + comment(2, "Mine too", who="71002")["changes"]
        both = {"id": PAGE, "time": NOW, "changes": changes, "messaging": private(PAGE, "m_1", "Hi")["messaging"]}
        FACEBOOK.deliver(both, private(PAGE, "m_2", "Hello", who="7300"))
        ON_INSTAGRAM.deliver(private(INSTAGRAM, "d_1", "Hi"), private(INSTAGRAM, "d_2", "Hello", who="7301"))
        WHATSAPP.deliver(whatsapp(word(1), word(2, who="48500100300")), whatsapp(word(3, "And?")))
        expected = [["500_1"], ["500_2"], ["d_1"], ["d_2"], ["m_1"], ["m_2"], ["wamid.1", "wamid.3"], ["wamid.2"]]
        assert on_tickets() == expected

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_any_order_repetition_and_split_ends_with_the_same_tickets(self, page: MetaAccount, data: st.DataObject):
        entries = [
            comment(1, at=NOW - 90),
            comment(2, "Mine too", who="71002", at=NOW - 80),
            comment(3, "We are looking into it.", who=PAGE, parent=1, at=NOW - 70),
            comment(4, "Mine, too!", who="71002", parent=1, at=NOW - 60),
            private(PAGE, "m_1", "Hi", at=NOW - 50),
            private(PAGE, "m_2", "How can we help?", is_echo=True, at=NOW - 40),
            private(PAGE, "m_1", is_deleted=True, at=NOW - 30),
        ]
        shuffled = data.draw(st.permutations(entries)) + data.draw(st.lists(st.sampled_from(entries), max_size=3))
        cut = data.draw(st.integers(1, len(shuffled) - 1))
        page.deliver(*shuffled[:cut])
        page.deliver(*shuffled[cut:])
        assert on_tickets() == [["500_1", "500_3"], ["500_2", "500_4"], ["m_1", "m_2"]]
        assert stored("m_1").deleted_at
        for message_id in ("500_3", "m_2"):
            own = stored(message_id)
            assert not own.is_context, f"{message_id} is the team's answer"
            assert ticket(own.ticket).first_responded_on
            assert own.ticket in frappe.get_all("Communication", {"social_message": own.name}, pluck="reference_name")
        assert not stored("500_4").is_context
        assert not ticket(stored("500_2").ticket).first_responded_on
        for doctype in ("Social Message", "Social Thread", "Social Payload"):
            frappe.db.delete(doctype)
        frappe.db.commit()


class TestOneCase:
    def test_a_comment_a_private_reply_and_the_answer_stay_on_one_ticket(self, page: MetaAccount, graph: Any):
        page.deliver(comment(1))
        [[_]] = on_tickets()
        name = stored("500_1").ticket
        hint = ticket_page.get_ticket_activities(name)["communications"][0]["content"]
        assert "One private reply is possible until" in hint
        graph.post(f"{GRAPH}/{PAGE}/messages", json={"recipient_id": ANA_PRIVATE, "message_id": "m_1"})
        graph.post(f"{GRAPH}/500_1/comments", json={"id": "500_9"})
        answer(name, "<p>Which bag is it?</p>", audience="Private")
        page.deliver(private(PAGE, "m_2", "The red one", at=NOW + 60))
        assert on_tickets() == [["500_1", "500_9", "m_1", "m_2"]]
        assert [words for _, words in shown(name)][-1] == "<p>The red one</p>"
        assert ticket(name).social_reply_until == stored("m_2").sent_at + frappe.utils.datetime.timedelta(hours=24)
        graph.replace("POST", f"{GRAPH}/{PAGE}/messages", json={"recipient_id": ANA_PRIVATE, "message_id": "m_3"})
        answer(name, "<p>Thank you.</p>")
        assert [part.audience for part in replies(name)] == ["Private", "Public", "Private"]

    def test_the_public_note_is_said_once_and_stops_no_clock(self, page: MetaAccount, graph: Any):
        page.deliver(comment(1))
        name = stored("500_1").ticket
        graph.post(f"{GRAPH}/{PAGE}/messages", status=500, json={"error": {"code": 2}})
        graph.get(f"{GRAPH}/{PAGE}/conversations", json={"data": []})
        notes = graph.post(f"{GRAPH}/500_1/comments", json={"id": "500_9"})
        answer(name, "<p>Which bag is it?</p>", audience="Private")
        assert [part.state for part in replies(name)] == ["Unknown"]
        assert notes.call_count == 0, "nobody knows whether the private reply arrived"
        settling.settle_message(replies(name)[0].name, 1)
        frappe.db.commit()
        before = ticket(name).first_responded_on
        deliver()
        assert [(part.state, part.text) for part in replies(name)] == [("Sent", "Which bag is it?"), ("Sent", NOTE)]
        assert notes.call_count == 1
        assert ticket(name).first_responded_on == before
        page.deliver(comment(9, NOTE, who=PAGE, parent=1, at=NOW + 5))
        assert len(replies(name)) == 2, "the note's echo is the note"
        assert f"<p>{NOTE}</p>" in [words for _, words in shown(name)]

    def test_the_private_reply_is_refused_before_anything_is_stored_when_it_is_used(self, page: MetaAccount, graph: Any):
        page.deliver(comment(1))
        name = stored("500_1").ticket
        graph.post(f"{GRAPH}/{PAGE}/messages", json={"recipient_id": ANA_PRIVATE, "message_id": "m_1"})
        graph.post(f"{GRAPH}/500_1/comments", json={"id": "500_9"})
        answer(name, "<p>Which bag is it?</p>", audience="Private")
        assert frappe.db.get_value("Social Thread", stored("500_1").thread, "private_reply_used") == 1
        before = len(replies(name))
        with pytest.raises(frappe.ValidationError, match="sent already"):
            answer(name, "<p>And your name?</p>", audience="Private")
        assert len(replies(name)) == before
        hints = "".join(one["content"] for one in ticket_page.get_ticket_activities(name)["communications"])
        assert "sent already" in hints

    @pytest.mark.parametrize("used_elsewhere", [False, True])
    def test_a_private_reply_that_failed_may_be_tried_again_unless_meta_says_no(
        self, page: MetaAccount, graph: Any, used_elsewhere: bool
    ):
        page.deliver(comment(1))
        name = stored("500_1").ticket
        code = 10900 if used_elsewhere else 100
        graph.post(f"{GRAPH}/{PAGE}/messages", status=400, json={"error": {"code": code}})
        answer(name, "<p>Which bag is it?</p>", audience="Private")
        [part] = replies(name)
        assert part.state == "Failed"
        assert stored("500_1").private_reply_used == int(used_elsewhere)
        if used_elsewhere:
            with pytest.raises(frappe.ValidationError, match="sent already"):
                settling.retry_message(part.name)
        else:
            settling.retry_message(part.name)
            assert stored("500_1").private_reply_used == 1

    def test_an_instagram_comment_and_its_private_answer(self, site: Any, graph: Any):
        ON_INSTAGRAM.insert(instagram_login="Facebook")
        value = {"id": "9001", "from": {"id": "71", "username": "ana"}, "text": "Lost!", "media": {"id": "700"}}
        ON_INSTAGRAM.deliver({"id": INSTAGRAM, "time": NOW, "changes": [{"field": "comments", "value": value}]})
        name = stored("9001").ticket
        graph.post(f"{GRAPH}/me/messages", json={"recipient_id": "71", "message_id": "d_1"})
        answer(name, "<p>Which bag is it?</p>", audience="Private")
        ON_INSTAGRAM.deliver(private(INSTAGRAM, "d_2", "The red one", who="71", at=NOW + 60))
        assert on_tickets() == [["9001", "d_1", "d_2"]]

    def test_whatsapp_stays_on_its_ticket_and_a_late_failure_opens_the_clock_again(self, site: Any, graph: Any):
        WHATSAPP.insert()
        WHATSAPP.deliver(whatsapp(word(1)))
        name = stored("wamid.1").ticket
        graph.post(f"{GRAPH}/{NUMBER}/messages", json={"messages": [{"id": "wamid.o1"}]})
        answer(name, "<p>Which bag is it?</p>")
        assert ticket(name).first_responded_on
        failed = {"id": "wamid.o1", "status": "failed", "timestamp": str(NOW + 9), "recipient_id": "48500100200"}
        failed["errors"] = [{"code": 131047}]  # type: ignore[assignment]
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, "statuses": [failed]}
        WHATSAPP.deliver({"id": "800", "changes": [{"field": "messages", "value": value}]})
        assert [part.state for part in replies(name)] == ["Failed"]
        assert not ticket(name).first_responded_on, "nobody has answered this customer"
        WHATSAPP.deliver(whatsapp(word(2, "Hello?", at=NOW + 20)))
        assert on_tickets() == [["wamid.1", "wamid.2", "wamid.o1"]]


class TestNativeReplies:
    @pytest.mark.parametrize("one", [FACEBOOK, ON_INSTAGRAM], ids=lambda one: one.platform)
    def test_an_answer_from_metas_own_app_is_an_agents_reply_and_reopens_nothing(self, site: Any, one: MetaAccount):
        one.insert()
        one.deliver(private(one.us, "m_1", "Hello"))
        name = stored("m_1").ticket
        closed = ticket(name)
        closed.status = "Closed"
        closed.save()
        frappe.db.commit()
        one.deliver(private(one.us, "m_2", "Solved by phone.", is_echo=True, app_id=26390203743090, at=NOW + 5))
        assert ticket(name).status == "Closed"
        assert ticket(name).last_agent_response
        assert shown(name)[-1] == ("Sent", "<p>Solved by phone.</p>")
        hints = ticket_page.get_ticket_activities(name)["communications"][-1]["content"]
        assert "Answered by the team outside of the help desk" in hints

    def test_whatsapps_own_app_too(self, site: Any):
        WHATSAPP.insert()
        WHATSAPP.deliver(whatsapp(word(1)))
        echo = {"from": "48221000000", "to": "48500100200", "id": "wamid.e", "timestamp": str(NOW + 5), "type": "text"}
        echo["text"] = {"body": "Solved by phone."}  # type: ignore[assignment]
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, "message_echoes": [echo]}
        WHATSAPP.deliver({"id": "800", "changes": [{"field": "smb_message_echoes", "value": value}]})
        name = stored("wamid.1").ticket
        assert shown(name)[-1] == ("Sent", "<p>Solved by phone.</p>")
        assert ticket(name).first_responded_on
