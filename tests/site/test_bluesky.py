"""A mention polled from the sandbox's Bluesky becomes a ticket, and the reply from the ticket page is posted once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.api.accounts import check_account
from social_care.api.searching import try_search
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.sandbox.bluesky import BlueskySandbox
from tests.site.conftest import AGENT
from tests.site.office import replies, ticket

NAME = "Northwind on Bluesky"
SEND = "POST /xrpc/com.atproto.repo.createRecord"


@pytest.fixture
def sky(site: Any, queued: list[str]) -> Iterator[BlueskySandbox]:
    with BlueskySandbox() as sandbox:
        team = sandbox.add_user("northwind.example", "Northwind Air")
        sandbox.add_user("ada.example.com", "Ada Osei", followers=4800)
        given = {"doctype": "Social Account", "account_name": NAME, "platform": "Bluesky", "receive_direct_messages": 1}
        frappe.get_doc(given | sandbox.credentials(team) | {"api_base_url": sandbox.base_url}).insert()
        frappe.db.commit()
        yield sandbox


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing reaches the queue: this process does what workers do, when a test says so."""
    asked: list[str] = []
    monkeypatch.setattr(frappe, "enqueue", lambda method, **named: asked.append(method.rsplit(".", 1)[1]))
    return asked


def poll(*feeds: str) -> None:
    for feed in feeds or ("mentions",):
        jobs.poll_feed(NAME, feed)
    for payload in frappe.get_all("Social Payload", {"account": NAME, "state": "Received"}, pluck="name"):
        jobs.handle_payload(payload)
    frappe.db.rollback()


def answer(name: str, text: str) -> Any:
    frappe.set_user(AGENT)
    ticket(name).reply_via_agent(f"<p>{text}</p>", to=frappe.db.get_value("HD Ticket", name, "raised_by"))
    frappe.db.commit()
    frappe.set_user("Administrator")
    return replies(name)[-1]


def the_ticket() -> str:
    (name,) = frappe.get_all("HD Ticket", {"social_account": NAME}, pluck="name")
    return str(name)


def test_a_mention_becomes_a_ticket_and_the_reply_is_posted_once(sky: BlueskySandbox) -> None:
    found = check_account(NAME)
    assert (found["handle"], list(found["problems"])) == ("northwind.example", [])
    post = sky.post("ada.example.com", "@northwind.example where is my bag?")
    poll()
    name = the_ticket()
    assert ticket(name).social_platform == "Bluesky"
    assert frappe.db.get_value("Social Profile", {"external_id": sky.state.user("ada.example.com").did}, "followers") == 4800
    reply = answer(name, "In Oslo, sorry.")
    sky.fault("reset_after", SEND)
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Unknown"
    assert ticket(name).first_responded_on is None, "the clock stopped without a confirmation"
    jobs.reconcile_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    (sent,) = sky.posts_by("northwind.example")
    assert sent.value["text"] == "In Oslo, sorry."
    assert sent.value["reply"]["parent"] == post.ref
    assert ticket(name).first_responded_on is not None
    poll()
    assert the_ticket() == name


def test_a_part_keeps_its_key_from_attempt_to_attempt(sky: BlueskySandbox) -> None:
    """What the database keeps of the first attempt's time gives the same key each time, so a second post is impossible."""
    check_account(NAME)
    sky.post("ada.example.com", "@northwind.example where is my bag?")
    poll()
    name = the_ticket()
    reply = answer(name, "In Bergen.")
    sky.fault("reset_after", SEND)
    sky.fault("reset_before", "GET /xrpc/com.atproto.repo.getRecord", times=2)
    jobs.deliver_part(reply.name)
    for _ in range(4):
        frappe.db.sql("update `tabSocial Message` set next_attempt = null where name = %s", reply.name)
        frappe.db.commit()
        jobs.reconcile_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert [one.value["text"] for one in sky.posts_by("northwind.example")] == ["In Bergen."]


def test_sessions_are_kept_encrypted_and_renewed(sky: BlueskySandbox) -> None:
    check_account(NAME)
    before = HelpdeskDesk().accounts.credentials(NAME)["access_token"]
    assert frappe.db.get_value("Social Account", NAME, "access_token") == "*" * 10
    sky.expire_sessions()
    sky.post("ada.example.com", "@northwind.example hello")
    poll()
    assert the_ticket()
    assert HelpdeskDesk().accounts.credentials(NAME)["access_token"] != before
    assert sum(one.path.endswith("createSession") for one in sky.requests) == 1


def test_a_private_message_is_answered_privately(sky: BlueskySandbox) -> None:
    check_account(NAME)
    sky.dm("ada.example.com", "northwind.example", "my booking is KX7F2Q")
    poll("direct_messages")
    name = the_ticket()
    reply = answer(name, "Thank you, Ada.")
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert [one["text"] for one in sky.messages_with("ada.example.com", "northwind.example")] == [
        "my booking is KX7F2Q",
        "Thank you, Ada.",
    ]


def test_a_search_made_of_parts_is_tried_in_the_form_and_finds_tickets(sky: BlueskySandbox) -> None:
    check_account(NAME)
    sky.add_user("ben.example.net", "Ben Ward")
    sky.post("ada.example.com", "Lost my bag with Northwind")
    sky.post("ben.example.net", "Lost my bag with Northwind, too")
    search = {"doctype": "Social Search", "search_name": "bags", "account": NAME, "enabled": 1, "opens": "Ticket"}
    search |= {"all_of": "lost\nmy bag", "followers_at_least": 1000}
    found = try_search(search)
    assert (found["query"], found["cost"], found["left"]) == ('lost "my bag"', "", ["followers"])
    assert [(hit["author"], bool(hit["why"])) for hit in found["hits"]] == [
        ("ben.example.net", True),
        ("ada.example.com", False),
    ]
    frappe.db.set_value("Social Account", NAME, "receive_searches", 1)
    frappe.get_doc(search).insert()
    frappe.db.commit()
    poll("search:bags")
    assert ticket(the_ticket()).social_followers == 4800
