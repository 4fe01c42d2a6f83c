"""Approved templates on a real site, with the real connector and the sandboxed WhatsApp: listing, sending, refusing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import frappe
import pytest

from social_care import jobs, jobs_keeping
from social_care.api import accounts as account_api
from social_care.api import templates as api
from social_care.api import ticket_page
from social_care.desks.helpdesk import attempts, rows
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.sandbox.whatsapp import Customer, WhatsAppSandbox
from tests.site.conftest import AGENT
from tests.site.office import communications, replies, ticket

NAME = "Northwind on WhatsApp"
VALUES = {"body.1": "Ada", "body.2": "Elm Road 4"}
SENT_TEXT = "Hello Ada, your bag comes to Elm Road 4."


class Office:
    """The site, connected to the sandbox."""

    def __init__(self, sandbox: WhatsAppSandbox, ada: Customer) -> None:
        self.sandbox = sandbox
        self.ada = ada

    def work(self) -> None:
        """Let WhatsApp push, and do all that is due."""
        self.sandbox.flush()
        frappe.db.rollback()
        desk = HelpdeskDesk()
        for payload_id in desk.ledger.due(utc_now()):
            jobs.handle_payload(payload_id)
        for part in desk.outbox.due(utc_now()):
            jobs.deliver_part(part)
        frappe.db.commit()

    def hear(self, text: str) -> str:
        """Let Ada write; return her ticket."""
        self.sandbox.write(self.ada, text)
        self.work()
        return frappe.get_all("HD Ticket", {"social_account": NAME}, pluck="name", order_by="creation desc")[0]


def call_site(method: str, url: str, body: bytes = b"", headers: Any = None) -> tuple[int, bytes]:
    """Call the site as a platform does, through Frappe's own WSGI application."""
    from frappe.app import application
    from werkzeug.test import Client

    def call() -> tuple[int, bytes]:
        told = {"X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"], "Content-Type": "application/json", **(headers or {})}
        response = Client(application).open(url, method=method, data=body or None, headers=told)
        answer = response.status_code, response.get_data()
        response.close()
        return answer

    with ThreadPoolExecutor(1) as pool:  # where Frappe has a connection of its own
        return pool.submit(call).result()


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(frappe, "enqueue", lambda *_, **__: None)
    for module in ("pushing", "meta.webhooks"):
        monkeypatch.setattr(f"social_care.sandbox.{module}.call_address", call_site)
    with WhatsAppSandbox() as sandbox:
        made = Office(sandbox, sandbox.add_customer("4915112345678", "Ada Osei"))
        fields = {
            "account_name": NAME,
            "platform": "WhatsApp",
            "external_id": sandbox.state.number_id,
            "handle": "northwind",
        }
        own = {**sandbox.credentials(), **sandbox.account_options(), "webhook_secret": "verify-token"}
        frappe.get_doc({"doctype": "Social Account", **fields, **own}).insert()
        frappe.db.commit()
        sandbox.configure_webhook(f"/api/method/social_care.api.webhook?account={quote(NAME)}", "verify-token")
        account_api.register_webhook(NAME)
        sandbox.add_template("bag_found", "Hello {{1}}, your bag comes to {{2}}.")
        sandbox.add_template("sale", "Fly again!", category="MARKETING")
        sandbox.add_template("draft", "Hello.", status="PENDING")
        yield made


@pytest.fixture
def as_agent() -> Iterator[None]:
    yield
    frappe.set_user("Administrator")


def send(name: str, template: str, values: Any = None, attempt: str = "") -> dict[str, Any]:
    """Send a template as the agent does."""
    frappe.set_user(AGENT)
    try:
        found = api.send(name, template, "en_US", values, attempt)
        frappe.db.commit()
        return found
    except Exception:
        frappe.db.rollback()
        raise
    finally:
        frappe.set_user("Administrator")


def test_an_attempt_of_which_the_answer_was_lost_is_not_sent_twice(
    office: Office, as_agent: None, monkeypatch: pytest.MonkeyPatch
):
    name = office.hear("Where is my bag?")
    frappe.set_user(AGENT)
    api.refresh(name)
    first = send(name, "bag_found", {"body.1": "Ada", "body.2": "Oslo"}, attempt="a1")
    monkeypatch.setattr(attempts, "said", lambda reply: rows.new_name())  # long after a double click
    again = send(name, "bag_found", {"body.1": "Ada", "body.2": "Bergen"}, attempt="a1")
    assert again == {"text": first["text"], "warnings": []}, "the agent is not told what was taken over"
    assert frappe.db.count("Social Message", {"ticket": name, "direction": "Out"}) == 1
    send(name, "bag_found", {"body.1": "Ada", "body.2": "Bergen"}, attempt="a2")
    assert frappe.db.count("Social Message", {"ticket": name, "direction": "Out"}) == 2


def test_templates_are_fetched_and_listed_for_a_ticket(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    frappe.set_user(AGENT)
    before = api.list_templates(name)
    assert (before["templates"], before["fetched_at"]) == ([], None)
    listed = api.refresh(name)
    assert listed["fetched_at"] is not None
    found = {one["name"]: one for one in listed["templates"]}
    assert sorted(found) == ["bag_found", "draft", "sale"]
    bag = found["bag_found"]
    assert (bag["category"], bag["refusal"], bag["text"]) == (
        "utility",
        "",
        "Hello {{body.1}}, your bag comes to {{body.2}}.",
    )
    assert [one["key"] for one in bag["variables"]] == ["body.1", "body.2"]
    assert "not approved" in found["draft"]["refusal"]
    assert "charges" in found["sale"]["remark"]
    assert json.loads(frappe.as_json(listed)), "the page gets it as JSON"


def test_a_template_is_sent_when_the_window_is_closed(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    jobs.refresh_old_templates()
    frappe.db.sql("update `tabSocial Thread` set reply_until = '2020-01-01'")
    frappe.db.commit()
    frappe.set_user(AGENT)
    with pytest.raises(frappe.ValidationError, match="choose one"):
        ticket(name).reply_via_agent("<p>Too late</p>", to=frappe.db.get_value("HD Ticket", name, "raised_by"))
    frappe.db.rollback()
    told = send(name, "bag_found", json.dumps(VALUES))
    assert told["text"] == SENT_TEXT
    assert "charges" in told["warnings"][0]
    assert ticket(name).first_responded_on is None, "the clock stopped before anything was sent"
    office.work()
    office.sandbox.read(office.ada)
    office.work()
    [reply] = replies(name)
    assert (reply.state, frappe.db.get_value("Social Message", reply.name, "receipt")) == ("Sent", "Read")
    assert office.sandbox.sent_to(office.ada)[0].text == SENT_TEXT
    assert SENT_TEXT in communications(name)[-1].content
    assert ticket(name).first_responded_on is not None
    frappe.set_user(AGENT)
    shown = ticket_page.get_ticket_activities(name)["communications"][-1]["content"]
    assert "sent, read" in shown
    assert "Template bag_found (utility, en_US)" in shown


def test_a_failure_after_acceptance_is_shown(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    jobs.refresh_old_templates()
    send(name, "bag_found", VALUES)
    office.sandbox.refuse(131049, later=True)
    office.work()
    office.work()
    [reply] = replies(name)
    assert reply.state == "Failed"
    frappe.set_user(AGENT)
    shown = ticket_page.get_ticket_activities(name)["communications"][-1]["content"]
    assert "at least a day" in shown
    assert frappe.get_all("HD Notification", {"reference_ticket": name, "user_to": AGENT})


@pytest.mark.parametrize(
    ("template", "values", "sentence"),
    [
        ("bag_found", {"body.1": "Ada"}, "needs a value for body.2"),
        ("draft", None, "not approved"),
        ("none", None, "no such template"),
        ("sale", ["x"], "by the name of their blank"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_nothing_stored(
    office: Office, as_agent: None, template: str, values: Any, sentence: str
):
    name = office.hear("Where is my bag?")
    jobs.refresh_old_templates()
    with pytest.raises(frappe.ValidationError, match=sentence):
        send(name, template, values and json.dumps(values))
    assert replies(name) == []
    assert len(communications(name)) == 1


def test_a_double_click_sends_once(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    jobs.refresh_old_templates()
    send(name, "bag_found", VALUES)
    with pytest.raises(frappe.ValidationError, match="a moment ago"):
        send(name, "bag_found", VALUES)
    send(name, "bag_found", {**VALUES, "body.2": "Oak Lane 1"})
    assert len(replies(name)) == 2


def test_stop_is_respected_and_stands_on_the_ticket(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    jobs.refresh_old_templates()
    assert office.hear("STOP") == name
    with pytest.raises(frappe.ValidationError, match="does not want marketing"):
        send(name, "sale")
    send(name, "bag_found", VALUES)
    frappe.set_user(AGENT)
    refusals = {one["name"]: one["refusal"] for one in api.list_templates(name)["templates"]}
    assert "does not want marketing" in refusals["sale"]
    assert refusals["bag_found"] == ""
    activities = ticket_page.get_ticket_activities(name)["communications"]
    assert any("does not want marketing messages any more" in one["content"] for one in activities)


def test_the_teams_own_stop_words(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    frappe.db.set_value("Social Account", NAME, "stop_words", "Basta,  no mas\nStopp")
    frappe.db.commit()
    desk = HelpdeskDesk()
    for word, unwanted in (("stop", False), ("No más", False), ("¡no MAS!", True)):
        assert office.hear(word) == name
        assert bool(desk.tickets.unwanted(NAME, office.ada.user_id)) == unwanted, word


def test_a_reviewed_template_is_fetched_within_the_hour(office: Office):
    office.hear("Hello")
    jobs.refresh_old_templates()
    [bag] = [one for one in office.sandbox.state.templates.values() if one.name == "bag_found"]
    office.sandbox.review_template(bag, "PAUSED")
    office.work()
    assert HelpdeskDesk().templates.fetched_at(NAME) is None
    jobs.refresh_old_templates()
    frappe.db.rollback()
    assert frappe.db.get_value("Social Template", {"template_name": "bag_found"}, "status") == "paused"


def test_only_agents_see_and_send_templates(office: Office, as_agent: None):
    name = office.hear("Where is my bag?")
    frappe.set_user("Guest")
    for ask in (lambda: api.list_templates(name), lambda: api.send(name, "sale", "en_US")):
        with pytest.raises(frappe.PermissionError):
            ask()
    frappe.set_user(AGENT)
    for ask in (lambda: account_api.refresh_templates(NAME), lambda: account_api.register_webhook(NAME)):
        with pytest.raises(frappe.PermissionError):
            ask()


def test_a_ticket_without_a_platform_has_no_templates(office: Office, as_agent: None):
    made = frappe.get_doc({"doctype": "HD Ticket", "subject": "By e-mail", "raised_by": "ada@example.com"}).insert()
    assert api.list_templates(str(made.name)) == {"account": None, "fetched_at": None, "templates": []}
    with pytest.raises(frappe.ValidationError, match="nobody to write to"):
        send(str(made.name), "sale")


def test_a_subscription_is_made_kept_and_its_loss_told(office: Office):
    lines = account_api.register_webhook(NAME)
    assert "account=Northwind%20on%20WhatsApp" in " ".join(lines)
    assert office.sandbox.subscribed
    frappe.get_doc("User", "Administrator").add_roles("Social Care Owner")
    office.sandbox.webhooks.uninstall(office.sandbox.state.waba_id)
    jobs_keeping.keep_account_connected(NAME)
    assert office.sandbox.subscribed, "the app was not subscribed again"
    told = frappe.get_all("Notification Log", {"document_name": NAME}, pluck="subject")
    assert any("not subscribed" in one for one in told)


def test_every_push_was_signed_and_taken(office: Office):
    office.hear("Hello")
    assert [one.status for one in office.sandbox.deliveries] == [200]
    assert frappe.db.get_value("Social Account", NAME, "refused_webhooks") == 0
    office.sandbox.webhooks._secret = "somebody else"
    office.sandbox.write(office.ada, "Forged")
    office.work()
    assert office.sandbox.deliveries[-1].status == 403
    assert frappe.get_all("Social Payload", {"body": ["like", "%Forged%"]}) == []
