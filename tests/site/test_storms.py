"""A storm on a site: signed webhooks of X in, one parent ticket, one approved word for everybody, at its pace."""

from __future__ import annotations

import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import frappe
import pytest

from social_care import jobs
from social_care.api import storms
from social_care.core.errors import Retryable
from social_care.core.insight import Reading
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.engine.storming import tend
from social_care.sandbox.x import XSandbox
from tests.fakes import message
from tests.site.office import ACCOUNT, SiteOffice, make_user
from tests.site.test_approvals import as_user
from tests.site.test_jobs import in_other_workers
from tests.site.test_webhook import PATH, signed
from tests.site.test_with_sandbox import NAME, queued, x

__all__ = ["queued", "x"]

BOSS, TRAINEE = "boss@storms.example.com", "trainee@storms.example.com"
PEOPLE = 30
SETTINGS = {"storm_messages": 5, "storm_people": 3, "storm_minutes": 15, "storm_quiet_minutes": 120}


@pytest.fixture
def people(x: XSandbox) -> Any:
    make_user(BOSS, "Boss", "Agent", "Social Care Supervisor")
    make_user(TRAINEE, "Trainee", "Agent", "Social Care Supervisor", "Social Care Trainee")
    before = {field: frappe.db.get_single_value("Social Care Settings", field) for field in SETTINGS}
    frappe.db.set_single_value("Social Care Settings", dict(SETTINGS))  # Frappe 15 adds to what it is given
    frappe.db.commit()
    yield [x.add_user(f"person{number}", f"Person {number}") for number in range(PEOPLE)]
    frappe.set_user("Administrator")
    frappe.db.rollback()
    frappe.db.set_single_value("Social Care Settings", before)
    frappe.db.commit()


def push(x: XSandbox, post: Any, author: Any) -> None:
    """Push a post as X does, through the site's own web server code."""
    us = frappe.db.get_value("Social Account", NAME, ["external_id", "client_secret"], as_dict=True)
    body = {
        "for_user_id": us.external_id,
        "tweet_create_events": [
            {
                "id_str": post.id,
                "text": post.text,
                "user": {"id_str": author.id, "screen_name": author.handle, "name": author.name, "followers_count": 5},
                "entities": {"user_mentions": [{"id_str": us.external_id, "screen_name": "northwind", "indices": [0, 10]}]},
            }
        ],
    }
    secret = HelpdeskDesk().accounts.credentials(NAME)["client_secret"]

    def call() -> int:
        from frappe.app import application
        from werkzeug.test import Client

        given = signed(json.dumps(body).encode(), secret)
        given["headers"]["X-Frappe-Site-Name"] = os.environ["SOCIAL_CARE_SITE"]
        response = Client(application).open(f"{PATH}?account={quote(NAME)}", method="POST", **given)
        response.close()
        return response.status_code

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(call).result() == 200


def storm_of(x: XSandbox, people: list[Any], messages: int = 40, text: str = "") -> str:
    text = text or "@northwind the booking app is down again since this morning, what happened"
    for number in range(messages):
        author = people[number % len(people)]
        push(x, x.post(author, f"{text} {number}"), author)
    frappe.db.rollback()
    for payload in HelpdeskDesk().ledger.due(jobs.utc_now(), 1000):
        jobs.handle_payload(payload)
    frappe.db.commit()
    return frappe.get_all("Social Storm", {"account": NAME}, pluck="name")[0]


def minute(clock: dict[str, int]) -> None:
    """Let a minute pass as the scheduler sees it: all that is due is done."""
    clock["minutes"] += 1
    jobs.sweep()
    for part in HelpdeskDesk().outbox.due(jobs.utc_now(), 1000):
        jobs.deliver_part(part)
    frappe.db.rollback()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    from social_care.desks.helpdesk import times

    real, passed = times.utc_now, {"minutes": 0}

    def now() -> Any:
        return real() + timedelta(minutes=passed["minutes"])

    for place in ("social_care.jobs.utc_now", "social_care.api.storms.utc_now"):
        monkeypatch.setattr(place, now)
    monkeypatch.setattr("social_care.desks.helpdesk.desk.HelpdeskDesk.__init__.__defaults__", (now,))
    return passed


def test_forty_messages_of_thirty_people(x: XSandbox, people: list[Any], queued: list[str], clock: dict[str, int]):
    storm = storm_of(x, people)
    kept = frappe.get_doc("Social Storm", storm)
    assert kept.state == "Active"
    tickets = frappe.get_all("HD Ticket", {"social_account": NAME}, ["name", "subject"], order_by="creation")
    parents = [one.name for one in tickets if one.subject.startswith("Storm: ")]
    assert parents == [kept.ticket]
    assert len(tickets) == 5, "four came before the storm, and have tickets of their own"
    figures = storms.look(storm)
    assert (figures["messages"], figures["people"], figures["left"]) == (40, PEOPLE, 36)
    assert frappe.db.count("Notification Log", {"for_user": BOSS, "document_type": "Social Storm"}) == 1
    assert frappe.db.get_value("HD Ticket", kept.ticket, "raised_by").endswith(".invalid")

    with as_user(TRAINEE), pytest.raises(frappe.PermissionError):
        storms.approve(storm, "We know of it.", 10)
    with as_user(BOSS):
        planned = storms.preview(storm, "We know of the outage and work on it.")
        assert planned["parts"][0].startswith("@person")
        assert planned["people"] == PEOPLE
        storms.approve(storm, "We know of the outage and work on it.", 10)
    frappe.db.commit()
    sent = []
    for _ in range(2):
        minute(clock)
        sent.append(len(x.posts_by("northwind")))
    assert 0 < sent[0] <= 11
    assert sent[1] - sent[0] <= 11
    with as_user(BOSS):
        taken = storms.stop(storm)
    frappe.db.commit()
    assert taken
    for _ in range(3):
        minute(clock)
    assert len(x.posts_by("northwind")) == sent[1], "it went on after it was stopped"
    with as_user(BOSS):
        storms.approve(storm, "We know of the outage and work on it.", 60)
    frappe.db.commit()
    for _ in range(4):
        minute(clock)
    answered = Counter(post.text.split()[0] for post in x.posts_by("northwind"))
    assert answered == {f"@{person.handle}": 1 for person in people}
    assert storms.look(storm)["sent"] == PEOPLE
    assert not frappe.get_all("HD Ticket", {"social_account": NAME, "first_responded_on": ["is", "set"]})
    assert not frappe.get_all("Communication", {"reference_name": kept.ticket, "sent_or_received": "Sent"})

    with as_user(BOSS):
        storms.finish(storm, release=1)
    frappe.db.commit()
    minute(clock)
    assert storms.look(storm)["left"] == 0
    assert frappe.db.count("HD Ticket", {"social_account": NAME}) == 5 + 36


def test_a_wave_of_spam_waits_for_a_person(x: XSandbox, people: list[Any], queued: list[str], clock: dict[str, int]):
    links = "https://a.example/1 https://b.example/2 https://c.example/3"
    text = f"@northwind earn crypto guaranteed profit dm me now {links}"
    storm = storm_of(x, people[:12], messages=12, text=text)
    assert frappe.db.get_value("Social Storm", storm, ["state", "ticket"]) == ("Quarantine", None)
    reason = frappe.get_all("Social Message", {"storm": storm, "ticket": ["is", "not set"]}, pluck="reason")[0]
    assert reason.startswith("Held in quarantine")
    with as_user(BOSS):
        with pytest.raises(frappe.ValidationError):
            storms.approve(storm, "We know.", 10)
        storms.finish(storm, note="A botnet.")
    frappe.db.commit()
    minute(clock)
    assert x.posts_by("northwind") == []
    assert storms.look(storm)["left"] == 8


def test_several_workers_make_one_storm_and_one_reply_each(people: list[Any], monkeypatch: pytest.MonkeyPatch):
    """On the database: workers who meet at the beginning of a storm, and at its holding replies."""
    office = SiteOffice(monkeypatch)
    account = office.desk.accounts.get(ACCOUNT)

    def receive(worker: int) -> None:
        mine = Office(HelpdeskDesk(), office.connector, account, jobs.utc_now)
        for number in range(6):
            reading = Reading(campaign="k")
            event = message(f"{worker}-{number}", author=f"p{worker}{number}", thread=f"t{worker}{number}", reading=reading)
            until_free(lambda event=event: handle_event(event, mine))

    def send(worker: int) -> None:
        desk, load = HelpdeskDesk(), lambda _: office.connector
        for name in desk.storms.astir():
            until_free(lambda name=name: tend(name, desk=desk, load_connector=load, clock=jobs.utc_now))

    assert in_other_workers(receive, 4) == [None] * 4
    [storm] = frappe.get_all("Social Storm", {"account": ACCOUNT}, pluck="name")
    figures = storms.look(storm)
    own = frappe.db.count("HD Ticket", {"social_account": ACCOUNT, "subject": ["not like", "Storm:%"]})
    assert frappe.db.count("HD Ticket", {"social_account": ACCOUNT}) == own + 1, "two parents"
    assert (frappe.db.count("Social Message", {"account": ACCOUNT}), figures["left"]) == (24, 24 - own)
    with as_user(BOSS):
        storms.approve(storm, "We know.", 600)
    frappe.db.commit()
    assert in_other_workers(send, 4) == [None] * 4
    targets = frappe.get_all("Social Message", {"account": ACCOUNT, "direction": "Out"}, pluck="target")
    assert len(targets) == len(set(targets)) == figures["people"]


def until_free(work: Any) -> Any:
    """Do what a payload's retry does: again while the database is busy."""
    while True:
        try:
            return work()
        except Retryable:
            frappe.db.rollback()


def settle(x: XSandbox, people: list[Any]) -> None:
    """Have what was received handled."""
    frappe.db.rollback()
    for payload in HelpdeskDesk().ledger.due(jobs.utc_now(), 1000):
        jobs.handle_payload(payload)
    frappe.db.commit()


def test_a_threat_of_law_keeps_its_ticket_linked_to_the_storm(x: XSandbox, people: list[Any], queued: list[str]):
    storm = storm_of(x, people, 8)
    words = "@northwind the booking app is down again since this morning, what happened, my lawyer will sue you 8"
    push(x, x.post(people[9], words), people[9])
    settle(x, people)
    own = frappe.db.get_value("Social Message", {"author_handle": "person9"}, ["*"], as_dict=True)
    assert own.urgent, "insight does not find it urgent"
    assert (own.storm, bool(own.ticket)) == (storm, True), "it was folded into the storm, or not counted in it"
    assert storms.look(storm)["messages"] == 9
    parent = frappe.db.get_value("Social Storm", storm, "ticket")
    assert f"#{parent}." in own.notes, f"its ticket is not linked to the storm: {own.notes}"


def test_what_a_supervisor_ended_rests(x: XSandbox, people: list[Any], queued: list[str], clock: dict[str, int]):
    storm = storm_of(x, people, 8)
    frappe.set_user(BOSS)
    storms.finish(storm, note="", release=True)
    frappe.set_user("Administrator")
    minute(clock)
    assert not frappe.get_all("Social Message", {"storm": storm, "ticket": ["is", "not set"]}), "not all was released"
    storm_of(x, people, 7, "@northwind the booking app is down again since this morning, what happened")
    assert frappe.db.count("Social Storm", {"account": NAME}) == 1, "it began again with no more messages than it had"
    assert frappe.db.get_value("Social Storm", storm, "ended_by") == BOSS
