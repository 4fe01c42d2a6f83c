"""A help desk at work on the test site: customers write on a fake platform, an agent answers from the ticket page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe

from social_care.core.events import MessageReceived
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine.delivery import deliver, reconcile
from social_care.engine.intake import handle_event
from social_care.engine.office import Office
from social_care.engine.outcomes import Outcome
from social_care.engine.sweeping import find_work
from tests.fakes import US, FakeConnector, FakePlatform

ACCOUNT = "Northwind on X"
AGENT = "agent@example.com"


class SiteConnector(FakeConnector):
    """The fake platform under the name of a real one, since a site knows only real ones."""

    platform = "x"


class SiteOffice:
    """Everything of one account, done in this process."""

    def __init__(self, monkeypatch: Any) -> None:
        fields = {"account_name": ACCOUNT, "platform": "X", "external_id": US, "handle": "northwind"}
        frappe.get_doc({"doctype": "Social Account", **fields}).insert()
        frappe.db.commit()
        self.desk = HelpdeskDesk()
        self.platform = FakePlatform()
        self.connector = SiteConnector()
        monkeypatch.setattr("social_care.connectors.registry.load", lambda platform: self.connector)
        monkeypatch.setattr("social_care.jobs.connect", self.platform.connect)

    def receive(self, event: MessageReceived | Any) -> Outcome:
        """Handle one event as a worker would."""
        account = self.desk.accounts.get(ACCOUNT)
        return handle_event(event, Office(self.desk, self.connector, account, utc_now))

    def reply(self, ticket: str, html: str = "<p>We are on it.</p>", *, user: str = AGENT, **arguments: Any) -> Any:
        """Answer as Helpdesk's reply box does: through `run_doc_method`, in a request of its own."""
        from frappe.handler import run_doc_method

        given = {"message": html, "to": frappe.db.get_value("HD Ticket", ticket, "raised_by"), "attachments": []}
        frappe.set_user(user)
        frappe.local.request = frappe._dict(method="POST")
        try:
            run_doc_method("reply_via_agent", dt="HD Ticket", dn=ticket, args=json.dumps(given | arguments))
            frappe.db.commit()
        except Exception:
            frappe.db.rollback()
            raise
        finally:
            frappe.local.request = None
            frappe.set_user("Administrator")

    def work(self) -> None:
        """Do all that is due."""
        work = find_work(self.desk, utc_now)
        for part in work.reconcile:
            reconcile(part, desk=self.desk, connect=self.platform.connect, clock=utc_now)
        for part in work.deliver:
            deliver(part, desk=self.desk, connect=self.platform.connect, clock=utc_now)

    def sent(self) -> list[str]:
        """Return the texts that the platform holds."""
        return [text for _, text in self.platform.posts]


@contextmanager
def helpdesk_settings(**values: Any) -> Iterator[None]:
    """Let Helpdesk have other settings for a while; commits, as the office does."""
    before = {field: frappe.db.get_single_value("HD Settings", field) for field in values}
    frappe.db.set_single_value("HD Settings", values)
    frappe.db.commit()
    try:
        yield
    finally:
        frappe.db.rollback()
        frappe.db.set_single_value("HD Settings", before)
        frappe.db.commit()


def make_user(email: str, name: str, *roles: str, agent: bool = False) -> None:
    """Make a user with these roles, who is an HD Agent where wanted; without the jobs that Frappe queues for new users."""
    first, _, last = name.partition(" ")
    user = frappe.get_doc(
        {"doctype": "User", "email": email, "first_name": first, "last_name": last, "send_welcome_email": 0}
    )
    user.flags.no_welcome_mail = True
    for role in roles:
        user.append("roles", {"role": role})
    before = frappe.flags.in_install
    frappe.flags.in_install = True
    try:
        user.insert(ignore_permissions=True)
        if agent:
            frappe.get_doc({"doctype": "HD Agent", "user": email, "agent_name": name, "is_active": 1}).insert()
    finally:
        frappe.flags.in_install = before


def ticket(name: str) -> Any:
    """Return the document of a ticket as it is stored now."""
    return frappe.get_doc("HD Ticket", name)


def communications(name: str) -> list[Any]:
    """Return the Communications of a ticket, oldest first."""
    return frappe.get_all(
        "Communication",
        {"reference_doctype": "HD Ticket", "reference_name": name},
        [
            "name",
            "content",
            "sent_or_received",
            "delivery_status",
            "social_message",
            "sender",
            "sender_full_name",
            "recipients",
        ],
        order_by="creation",
    )


def replies(name: str) -> list[Any]:
    """Return the outgoing parts of a ticket, in order."""
    fields = ["name", "state", "text", "part", "of_parts", "audience", "target", "error", "message_id"]
    return frappe.get_all("Social Message", {"ticket": name, "direction": "Out"}, fields, order_by="creation, part")
