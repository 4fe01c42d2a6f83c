"""No e-mail leaves for an address that we made up, whoever asks for it; all other e-mail goes its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest

from tests.fakes import message
from tests.site.office import AGENT, SiteOffice, helpdesk_settings, ticket

MADE_UP = "c1.c1@x.invalid"


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteOffice]:
    """A site that can send e-mail, in so far as that it writes an Email Queue."""
    frappe.flags.mute_emails = False
    sender = {
        "doctype": "Email Account",
        "email_account_name": "Support",
        "email_id": "support@example.com",
        "enable_outgoing": 1,
        "default_outgoing": 1,
        "smtp_server": "127.0.0.1",
        "smtp_port": 1,
        "no_smtp_authentication": 1,
        "awaiting_password": 1,
        "password": "x",
    }
    account = frappe.get_doc(sender)
    account.flags.ignore_validate = True
    account.insert()
    frappe.db.commit()
    yield SiteOffice(monkeypatch)
    frappe.flags.mute_emails = True
    frappe.db.rollback()
    frappe.delete_doc("Email Account", account.name, force=True)
    frappe.db.commit()


def queued() -> list[tuple[str, set[str]]]:
    """Return state and recipients of every queued e-mail."""
    return [
        (row.status, set(frappe.get_all("Email Queue Recipient", {"parent": row.name}, pluck="recipient")))
        for row in frappe.get_all("Email Queue", ["name", "status"])
    ]


def opened(office: SiteOffice) -> str:
    name = office.receive(message("1")).ticket
    assert name
    return name


def test_no_acknowledgement(office: SiteOffice):
    with helpdesk_settings(send_acknowledgement_email=1):
        opened(office)
    assert queued() == []


def test_no_request_for_feedback(office: SiteOffice):
    with helpdesk_settings(enable_email_ticket_feedback=1):
        closed = ticket(opened(office))
        closed.status = "Closed"
        closed.save()
        frappe.db.commit()
    assert queued() == []


def test_whatever_is_sent_to_a_made_up_address_stays_here(office: SiteOffice):
    frappe.sendmail(recipients=[MADE_UP], subject="Hello", message="Hello")
    [(status, recipients)] = queued()
    assert (status, recipients) == ("Error", set())


def test_at_once_means_never_too(office: SiteOffice):
    frappe.sendmail(recipients=[f"Jane <{MADE_UP}>"], subject="Hello", message="Hello", now=True)
    [(status, recipients)] = queued()
    assert (status, recipients) == ("Error", set())


def test_others_still_get_theirs(office: SiteOffice):
    frappe.sendmail(recipients=[AGENT, MADE_UP], cc=["x@y.invalid", "boss@example.com"], subject="Hello", message="Hello")
    [(status, recipients)] = queued()
    assert (status, recipients) == ("Not Sent", {AGENT, "boss@example.com"})


def test_a_notification_of_frappe_is_stopped(office: SiteOffice):
    rule = frappe.get_doc(
        {
            "doctype": "Notification",
            "name": "Tell the customer",
            "subject": "We have it",
            "document_type": "HD Ticket",
            "event": "New",
            "channel": "Email",
            "message": "Thank you.",
            "recipients": [{"receiver_by_document_field": "raised_by"}],
            "enabled": 1,
        }
    ).insert()
    frappe.db.commit()
    try:
        opened(office)
    finally:
        rule.delete()
        frappe.db.commit()
    assert all(MADE_UP not in recipients for _, recipients in queued())


def test_a_reply_sends_no_e_mail(office: SiteOffice):
    name = opened(office)
    office.reply(name)
    office.work()
    assert queued() == []
    assert office.sent() == ["We are on it."]


def test_an_e_mail_to_a_real_address_leaves_as_e_mail(office: SiteOffice):
    name = opened(office)
    office.reply(name, "<p>As promised, by mail.</p>", to="jane@example.com")
    [(_, recipients)] = queued()
    assert recipients == {"jane@example.com"}
    assert office.sent() == []
