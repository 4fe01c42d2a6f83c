"""With the real connector and the sandbox of YouTube: a comment, its ticket, the answer from it, and the day's units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.api import accounts as accounts_api
from social_care.connectors.youtube.days import next_reset
from social_care.desks.helpdesk import health
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import to_site, utc_now
from social_care.sandbox.youtube import Comment, YouTubeSandbox
from tests.site.conftest import AGENT
from tests.site.office import replies, ticket

NAME = "Northwind on YouTube"


@pytest.fixture
def youtube(site: Any) -> Iterator[YouTubeSandbox]:
    with YouTubeSandbox() as sandbox:
        team = sandbox.add_channel("northwind", "Northwind Air")
        sandbox.add_channel("ada", "Ada Osei")
        sandbox.add_video(team, "Oslo in the snow")
        keys = sandbox.credentials(team)
        frappe.get_doc(
            {
                "doctype": "Social Account",
                "account_name": NAME,
                "platform": "YouTube",
                "api_base_url": sandbox.base_url,
                "client_id": keys.client_id,
                "client_secret": keys.client_secret,
                "refresh_token": keys.refresh_token,
            }
        ).insert()
        frappe.db.commit()
        yield sandbox


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing reaches the queue; the test does what workers would."""
    asked: list[str] = []
    monkeypatch.setattr(frappe, "enqueue", lambda method, **named: asked.append(method.rsplit(".", 1)[1]))
    return asked


def connect() -> None:
    assert accounts_api.check_account(NAME)["problems"] == []


def poll() -> None:
    jobs.poll_feed(NAME, "mentions")
    for payload in HelpdeskDesk().ledger.due(jobs.utc_now()):
        jobs.handle_payload(payload)
    frappe.db.commit()


def comment(youtube: YouTubeSandbox, text: str, **more: Any) -> Comment:
    return youtube.comment("ada", next(iter(youtube.state.videos)), text, **more)


def answer(name: str, text: str) -> Any:
    frappe.set_user(AGENT)
    ticket(name).reply_via_agent(f"<p>{text}</p>", to=frappe.db.get_value("HD Ticket", name, "raised_by"))
    frappe.db.commit()
    frappe.set_user("Administrator")
    [reply] = replies(name)
    return reply


def tickets() -> list[str]:
    return frappe.get_all("HD Ticket", {"social_account": NAME}, pluck="name")


def used() -> int:
    return sum(frappe.get_all("Social Allowance", pluck="used"))


def test_a_comment_its_ticket_and_the_answer(youtube: YouTubeSandbox, queued: list[str]):
    connect()
    mine = comment(youtube, "Where is my bag? It was at 1:02.")
    poll()
    [name] = tickets()
    shown = ticket(name)
    assert (shown.social_platform, shown.social_audience, shown.social_handle) == ("YouTube", "Public", "@ada")
    assert mine.id in shown.social_permalink
    before = youtube.used
    assert used() == before, "what we counted is not what YouTube counted"
    reply = answer(name, "In Oslo.")
    jobs.deliver_part(reply.name)
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert [(one.text, one.parent) for one in youtube.comments_by("northwind")] == [("In Oslo.", mine.id)]
    assert used() - before == youtube.used - before == 50
    assert ticket(name).first_responded_on is not None
    poll()
    assert len(replies(name)) == 1, "our own answer came back as a second one"


def test_a_lost_answer_is_settled_by_looking(youtube: YouTubeSandbox, queued: list[str]):
    connect()
    comment(youtube, "Where is my bag?")
    poll()
    [name] = tickets()
    reply = answer(name, "In Oslo.")
    youtube.fault("reset_after", "POST /youtube/v3/comments")
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Unknown"
    jobs.reconcile_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert len(youtube.comments_by("northwind")) == 1


def test_at_the_reserve_reading_waits_and_says_until_when(youtube: YouTubeSandbox, queued: list[str]):
    connect()
    frappe.db.set_value("Social Account", NAME, "youtube_reserve_units", 9_999)
    poll()
    comment(youtube, "Where is my bag?")
    poll()
    assert tickets() == []
    note, error = frappe.db.get_value("Social Account", NAME, ["polling_note", "last_error"])
    reset = next_reset(utc_now())
    assert "kept for answers" in note
    assert f"{to_site(reset):%Y-%m-%d %H:%M}" in note, "in the site's own time"
    assert not error
    waits = frappe.db.get_value("Social Cursor", f"{NAME}:mentions", "next_poll_at")
    assert abs(waits - to_site(reset)) < timedelta(seconds=5)
    frappe.db.set_value("Social Account", NAME, "last_success", to_site(utc_now() - timedelta(hours=10)))
    findings = health.check_account(NAME, utc_now(), feeds=("mentions",))
    assert [one.what for one in findings if one.bad] == [], "waiting for the new day is no fault"
    assert any(note in one.what for one in findings)


def test_an_answer_without_units_is_held_and_not_lost(youtube: YouTubeSandbox, queued: list[str]):
    connect()
    comment(youtube, "Where is my bag?")
    poll()
    [name] = tickets()
    frappe.db.sql("update `tabSocial Allowance` set used = 9990")
    frappe.db.commit()
    reply = answer(name, "In Oslo.")
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    held = replies(name)[0]
    assert held.state == "Queued"
    waits = frappe.db.get_value("Social Message", held.name, "next_attempt")
    assert abs(waits - to_site(next_reset(utc_now()))) < timedelta(seconds=5)
    assert "used up for today" in held.error
    frappe.db.sql("update `tabSocial Allowance` set day = '2000-01-01'")
    frappe.db.sql("update `tabSocial Message` set next_attempt = null where name = %s", reply.name)
    frappe.db.commit()
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert used() == 50, "a new day begins at zero"


def test_tokens_are_renewed_and_kept(youtube: YouTubeSandbox, queued: list[str]):
    connect()
    accounts = HelpdeskDesk().accounts
    first = accounts.credentials(NAME)["access_token"]
    assert accounts.get(NAME).token_expires_at > utc_now()
    youtube.expire("northwind")
    comment(youtube, "Where is my bag?")
    poll()
    assert len(tickets()) == 1
    assert accounts.credentials(NAME)["access_token"] != first
