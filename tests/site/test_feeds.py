"""Feeds and the inbound webhook on a real site: polled and answered outside; pushed, and answered once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.api import accounts, answered_outside, composer, ticket_page
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.sandbox.feed import FeedSandbox
from social_care.sandbox.inbound import InboundSandbox
from tests.site.conftest import AGENT
from tests.site.meta import handle
from tests.site.office import SiteOffice, make_user, replies, ticket
from tests.site.test_approvals import as_user

FORUM, SHOP = "Forum", "Shop"
LINK = "https://forum.example/t/lost-bag/1/2"


@pytest.fixture(autouse=True)
def this_machine_is_allowed(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(frappe.local.conf, "social_care_allow_loopback", 1)
    monkeypatch.setattr(jobs, "enqueue", lambda *given, **named: None)


@pytest.fixture
def forum(site: Any) -> Iterator[FeedSandbox]:
    with FeedSandbox() as sandbox:
        sandbox.publish("Lost bag", "Where is it?")
        fields = {"account_name": FORUM, "platform": "Feed", "feed_url": f"{sandbox.base_url}/feed.rss"}
        frappe.get_doc({"doctype": "Social Account", **fields}).insert()
        frappe.db.commit()
        accounts.check_account(FORUM)
        yield sandbox


@pytest.fixture
def shop(site: Any) -> Iterator[InboundSandbox]:
    with InboundSandbox() as sandbox:
        fields = {"account_name": SHOP, "platform": "Inbound", "webhook_secret": sandbox.secret}
        fields["inbound_reply_to"] = f"{sandbox.base_url}/replies"
        frappe.get_doc({"doctype": "Social Account", **fields}).insert()
        frappe.db.commit()
        accounts.check_account(SHOP)
        yield sandbox


def polled() -> str:
    """Visit the feed, handle what came, and return the ticket."""
    jobs.poll_feed(FORUM, "entries")
    handle()
    [name] = frappe.get_all("HD Ticket", {"social_account": FORUM}, pluck="name")
    return str(name)


def record(name: str, *, user: str = AGENT, **given: Any) -> bool:
    with as_user(user):
        values = {"ticket": name, "attempt": "a1", "link": LINK, "note": "We answered in the forum."}
        return answered_outside.record(**(values | given))


def test_an_entry_becomes_a_ticket_that_is_answered_outside(forum: FeedSandbox):
    name = polled()
    before = ticket(name)
    assert (before.subject, before.first_responded_on) == ("Lost bag Where is it?", None)
    with as_user(AGENT):
        state = composer.get_state(name)
    assert [way["possible"] for way in state["ways"]] == [False, False, False]
    assert "/entries/entry-1" in state["ways"][0]["reason"]
    assert state["permalink"].endswith("/entries/entry-1")
    with pytest.raises(frappe.ValidationError):
        SiteOffice.reply(None, name)  # type: ignore[arg-type]
    assert replies(name) == []

    assert record(name, afterwards="waiting")
    after = ticket(name)
    assert after.first_responded_on is not None
    assert after.status_category == "Paused"
    [answer] = frappe.get_all("Social Message", {"direction": "Out"}, ["*"])
    assert (answer.author_user, answer.permalink, answer.text) == (AGENT, LINK, "We answered in the forum.")
    assert (answer.audience, answer.state) == ("Public", None)
    assert not record(name), "the same record was made twice"
    with as_user(AGENT):
        shown = [one["content"] for one in ticket_page.get_ticket_activities(name)["communications"]]
    assert any("recorded by" in one and LINK in one for one in shown)


def test_an_entry_that_changes_is_a_version_and_the_clock_runs_on(forum: FeedSandbox):
    name = polled()
    forum.clock.advance(60)
    forum.edit("entry-1", "Where is my bag?")
    assert polled() == name
    message = frappe.get_doc("Social Message", {"message_id": "entry-1"})
    assert message.text == "Lost bag\n\nWhere is my bag?"
    assert "Where is it?" in message.versions
    assert ticket(name).first_responded_on is None
    assert polled() == name
    assert frappe.get_doc("Social Message", {"message_id": "entry-1"}).versions == message.versions


def test_a_record_can_resolve_the_ticket(forum: FeedSandbox):
    name = polled()
    record(name, afterwards="resolved")
    assert ticket(name).status_category == "Resolved"


def test_trainees_ask_a_colleague(forum: FeedSandbox):
    name = polled()
    make_user("learner@example.com", "Lena Learner", "Agent", "Social Care Trainee", agent=True)
    with pytest.raises(frappe.PermissionError):
        record(name, user="learner@example.com")
    assert ticket(name).first_responded_on is None
    frappe.db.set_value("Social Account", FORUM, "approval_policy", "Nobody")
    with pytest.raises(frappe.PermissionError):
        record(name, user="learner@example.com")


@pytest.mark.parametrize("given", [{"link": "javascript:alert(1)"}, {"link": "", "note": ""}, {"afterwards": "burnt"}])
def test_what_is_no_answer_is_refused(forum: FeedSandbox, given: dict[str, str]):
    name = polled()
    with pytest.raises(frappe.ValidationError):
        record(name, **given)
    assert ticket(name).first_responded_on is None


def test_a_feed_that_is_gone_is_told(forum: FeedSandbox):
    frappe.db.set_value("Social Account", FORUM, "owner_user", "agent@example.com")
    forum.fault("status", status=410)
    jobs.poll_feed(FORUM, "entries")
    account = frappe.get_doc("Social Account", FORUM)
    assert "gone for good" in account.last_error
    assert account.token_state == "Gone"
    told = frappe.get_all("Notification Log", {"document_type": "Social Account"}, pluck="subject")
    assert told
    assert all(one.startswith(f"{FORUM}: The feed is gone") for one in told), told
    asked = len(forum.requests)
    jobs.poll_feed(FORUM, "entries")
    assert len(forum.requests) == asked, "it was asked again"


def test_a_feed_that_moved_is_told(forum: FeedSandbox):
    frappe.db.set_value("Social Account", FORUM, "feed_url", f"{forum.base_url}/old")
    frappe.db.commit()
    forum.move("/old", "/feed.atom")
    polled()
    account = frappe.get_doc("Social Account", FORUM)
    assert f"{forum.base_url}/feed.atom" in account.polling_note


def test_this_machine_is_not_asked_unless_the_site_says_so(forum: FeedSandbox):
    frappe.local.conf.pop("social_care_allow_loopback")
    forum.requests.clear()
    jobs.poll_feed(FORUM, "entries")
    assert "private network" in frappe.db.get_value("Social Account", FORUM, "last_error")
    assert forum.requests == []


# --- the inbound webhook --------------------------------------------------------------------------------------------------
def push(body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Make one request in a thread of its own, where Frappe has a connection of its own."""

    def call() -> tuple[int, str]:
        from frappe.app import application
        from werkzeug.test import Client

        given = {"X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"], "Content-Type": "application/json", **headers}
        path = f"/api/method/social_care.api.webhook?account={SHOP}"
        response = Client(application).open(path, method="POST", data=body, headers=given)
        answer = (response.status_code, response.get_data(as_text=True))
        response.close()
        return answer

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call).result()
    frappe.db.rollback()
    return answer


def deliver() -> None:
    for part in frappe.get_all("Social Message", {"state": "Queued"}, pluck="name", order_by="creation"):
        jobs.deliver_part(part)


def test_a_signed_message_becomes_a_ticket_and_its_reply_is_posted_once(shop: InboundSandbox):
    body = json.dumps({"messages": [shop.write("Where is my bag?")]}).encode()
    assert push(body, {**shop.headers_for(body), "webhook-signature": "v1,AAAA"}) == (403, "refused")
    assert push(body, shop.headers_for(body)) == (200, "ok")
    assert push(body, shop.headers_for(body)) == (200, "ok"), "senders repeat what they did not see answered"
    handle()
    [name] = frappe.get_all("HD Ticket", {"social_account": SHOP}, pluck="name")
    SiteOffice.reply(None, str(name), "<p>It is on its way.</p>")  # type: ignore[arg-type]
    assert ticket(name).first_responded_on is None
    deliver()
    deliver()
    [reply] = shop.replies
    assert (reply["text"], reply["in_reply_to"]["id"]) == ("It is on its way.", "m1")
    [part] = replies(str(name))
    assert (part.state, part.message_id) == ("Sent", "r1")
    assert ticket(name).first_responded_on is not None


def test_a_lost_answer_is_settled_by_the_message_coming_back(shop: InboundSandbox):
    body = json.dumps({"messages": [shop.write("Where is my bag?")]}).encode()
    push(body, shop.headers_for(body))
    handle()
    [name] = frappe.get_all("HD Ticket", {"social_account": SHOP}, pluck="name")
    SiteOffice.reply(None, str(name), "<p>It is on its way.</p>")  # type: ignore[arg-type]
    shop.fault("reset_after", "POST /replies")
    deliver()
    assert replies(str(name))[0].state == "Unknown"
    echo = {"id": "r1", "audience": "public", "thread_id": "m1", "ours": True, "text": "x"}
    echo["reply_id"] = shop.replies[0]["key"]
    body = json.dumps({"messages": [echo]}).encode()
    assert push(body, shop.headers_for(body)) == (200, "ok")
    handle()
    [part] = replies(str(name))
    assert (part.state, part.message_id) == ("Sent", "r1")
    assert len(shop.replies) == 1


def test_a_wrong_message_is_parked_with_its_place(shop: InboundSandbox):
    good = {"id": "g", "audience": "public", "text": "Hello"}
    body = json.dumps({"messages": [{"id": "w", "audience": "all", "text": "x"}, good]}).encode()
    push(body, shop.headers_for(body))
    [payload] = handle()
    assert payload.state == "Parked"
    assert "messages[0].audience: has to be one of public, private" in payload.note
    assert len(frappe.get_all("HD Ticket", {"social_account": SHOP})) == 1


def test_the_form_shows_steps_and_address(shop: InboundSandbox):
    found = accounts.look(SHOP)
    assert found["webhook"].endswith("account=Shop")
    assert not [step for step in found["steps"] if step["bad"]], found["steps"]


def test_accounts_hold_what_the_connectors_need(forum: FeedSandbox, shop: InboundSandbox):
    desk = HelpdeskDesk()
    assert desk.accounts.get(FORUM).receive >= {"entries"}
    assert desk.accounts.get(FORUM).options["feed_first_days"] == "7"
    assert desk.accounts.get(SHOP).options["inbound_limit"] == "10000"
    assert desk.accounts.credentials(SHOP)["webhook_secret"] == shop.secret
