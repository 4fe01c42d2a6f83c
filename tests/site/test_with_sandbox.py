"""With the real connector and the sandbox of X: a killed worker, an emptied queue, deletions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.sandbox.x import XSandbox
from tests.site.conftest import AGENT
from tests.site.office import replies, ticket

NAME = "Killed on X"
WORKER = """
import os, frappe
frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=".")
frappe.connect()
frappe.set_user("Administrator")
from social_care import jobs
jobs.{job}
"""


@pytest.fixture
def x(site: Any) -> Iterator[XSandbox]:
    with XSandbox() as sandbox:
        team = sandbox.add_user("northwind", "Northwind Air")
        sandbox.add_user("ada", "Ada Osei")
        keys = sandbox.credentials(team)
        frappe.get_doc(
            {
                "doctype": "Social Account",
                "account_name": NAME,
                "platform": "X",
                "external_id": team.id,
                "handle": "northwind",
                "api_base_url": sandbox.base_url,
                "auth_method": "OAuth 1.0a",
                "client_id": keys.consumer_key,
                "client_secret": keys.consumer_secret,
                "access_token": keys.access_token,
                "access_token_secret": keys.access_token_secret,
            }
        ).insert()
        frappe.db.commit()
        yield sandbox


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing reaches the queue: it is as if Redis had been emptied."""
    asked: list[str] = []
    monkeypatch.setattr(frappe, "enqueue", lambda method, **named: asked.append(method.rsplit(".", 1)[1]))
    return asked


def start_worker(job: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, "-c", WORKER.format(job=job)], env=environment)  # noqa: S603


def wait_until(condition: Callable[[], bool], what: str, *, within_s: float = 30) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"it did not happen within {within_s} s: {what}"
        time.sleep(0.02)


def opened(x: XSandbox) -> str:
    x.post("ada", "@northwind NW204 is late. Why?")
    jobs.poll_feed(NAME, "mentions")
    work = HelpdeskDesk().ledger.due(jobs.utc_now())
    for payload in work:
        jobs.handle_payload(payload)
    frappe.db.commit()
    return frappe.get_all("HD Ticket", {"social_account": NAME}, pluck="name")[0]


def answer(name: str, text: str) -> Any:
    frappe.set_user(AGENT)
    ticket(name).reply_via_agent(f"<p>{text}</p>", to=frappe.db.get_value("HD Ticket", name, "raised_by"))
    frappe.db.commit()
    frappe.set_user("Administrator")
    [reply] = replies(name)
    return reply


def test_a_worker_killed_between_sending_and_recording(x: XSandbox, queued: list[str]):
    name = opened(x)
    reply = answer(name, "Fog in Bergen.")
    x.fault("slow", "POST /2/tweets", seconds=20)
    worker = start_worker(f"deliver_part({reply.name!r})")
    try:
        wait_until(lambda: bool(x.posts_by("northwind")), "X takes the post while the worker still waits for the answer")
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    assert worker.returncode == -signal.SIGKILL
    frappe.db.rollback()
    assert replies(name)[0].state == "Sending"
    assert ticket(name).first_responded_on is None, "the clock stopped without a confirmation"

    queued.clear()
    jobs.sweep()
    assert "deliver_part" not in queued, "a part that may have been sent was queued again"
    frappe.db.sql("update `tabSocial Message` set lease_until = '2000-01-01' where name = %s", reply.name)
    frappe.db.commit()
    queued.clear()
    jobs.sweep()
    assert queued == ["reconcile_part"], "the sweeper did not find the part of a dead worker"
    jobs.reconcile_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert [post.text for post in x.posts_by("northwind")] == ["Fog in Bergen."], "the reply was posted twice"
    assert ticket(name).first_responded_on is not None


def test_it_is_shown_as_unknown_until_it_is_settled(x: XSandbox, queued: list[str]):
    from social_care.api.ticket_page import get_ticket_activities

    name = opened(x)
    reply = answer(name, "Fog in Bergen.")
    x.fault("reset_after", "POST /2/tweets")
    jobs.deliver_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Unknown"
    frappe.set_user(AGENT)
    shown = get_ticket_activities(name)["communications"][-1]
    assert "Unknown" in shown["content"]
    assert shown["delivery_status"] != "Sent"
    frappe.set_user("Administrator")
    jobs.reconcile_part(reply.name)
    frappe.db.rollback()
    assert replies(name)[0].state == "Sent"
    assert len(x.posts_by("northwind")) == 1


def test_an_emptied_queue_loses_nothing(x: XSandbox, queued: list[str]):
    x.post("ada", "@northwind hello?")
    jobs.poll_feed(NAME, "mentions")
    assert "handle_payload" in queued
    queued.clear()  # and Redis forgot it
    jobs.sweep()
    assert queued == ["handle_payload"]
    payload = frappe.get_all("Social Payload", {"account": NAME}, pluck="name")[0]
    jobs.handle_payload(payload)
    name = frappe.get_all("HD Ticket", {"social_account": NAME}, pluck="name")[0]
    reply = answer(name, "Hello, Ada.")
    queued.clear()
    jobs.sweep()
    assert queued == ["deliver_part"]
    jobs.deliver_part(reply.name)
    assert [post.text for post in x.posts_by("northwind")] == ["Hello, Ada."]


def test_a_deleted_post_is_noticed_once_a_day(x: XSandbox, queued: list[str]):
    name = opened(x)
    [post] = x.posts_by("ada")
    jobs.look_for_deleted()
    spent = HelpdeskDesk().accounts.get(NAME).spent
    assert frappe.get_all("Social Message", {"ticket": name}, pluck="deleted_at") == [None]
    x.delete(post)
    jobs.look_for_deleted()
    frappe.db.rollback()
    assert frappe.db.get_value("Social Message", {"ticket": name}, "deleted_at") is not None
    assert HelpdeskDesk().accounts.get(NAME).spent > spent, "looking costs money and was not counted"
    frappe.set_user(AGENT)
    with pytest.raises(frappe.ValidationError, match="deleted"):
        ticket(name).reply_via_agent("<p>Hello</p>", to=frappe.db.get_value("HD Ticket", name, "raised_by"))
    frappe.set_user("Administrator")
