"""A ticket that somebody deleted takes no message with it, and stops no other."""

from __future__ import annotations

from typing import Any

import frappe
import pytest
from frappe.model.delete_doc import delete_dynamic_links

from social_care.core.events import Author, DeliveryReported, Fate, MessageDeleted, MessageEdited, ReactionChanged
from tests.fakes import US, message
from tests.site.office import SiteOffice, communications, replies


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


def delete(ticket: str) -> None:
    frappe.delete_doc("HD Ticket", ticket, force=True)
    frappe.db.commit()


def test_what_comes_later_in_its_conversation_is_kept(office: SiteOffice):
    gone = office.receive(message("1")).ticket
    delete(gone)
    own = office.receive(message("p1", "Answered in the app", author=US, parent_id="1"))
    other = office.receive(message("2", "Me too", author="c2", parent_id="1", addresses_us=False))
    assert (own.ticket, other.ticket) == (None, None), "a word went to a ticket that is not there"
    anew = office.receive(message("3", "Hello?"))
    assert len(communications(anew.ticket)) == 3, "what was said meanwhile is shown as context"


def test_nobody_gets_the_number_of_a_deleted_ticket(office: SiteOffice):
    gone = office.receive(message("1", "My card ends in 4711")).ticket
    office.reply(gone)
    delete(gone)
    others = office.receive(message("2", author="c2", thread="t2")).ticket
    again = office.receive(message("3", "It still does"))
    assert again.ticket != others, "a customer's word went to the ticket of somebody else"
    assert len(communications(others)) == 1
    delete_dynamic_links("HD Ticket", gone)  # a job of Frappe's, some time after the deletion
    assert len(communications(others)) == 1, "a customer's word was taken from its ticket"


def test_signs_of_its_messages_are_kept(office: SiteOffice):
    gone = office.receive(message("1")).ticket
    delete(gone)
    office.receive(message("1", "Edited", revision="2", cls=MessageEdited))
    office.receive(ReactionChanged(message_id="1", author=Author(id="c1"), reaction="❤"))
    office.receive(MessageDeleted(message_id="1"))
    stored = office.desk.tickets.find_message("Northwind on X", "1")
    assert (stored.text, stored.deleted) == ("Edited", True)


def test_a_reply_that_is_under_way_has_a_fate(office: SiteOffice):
    gone = office.receive(message("1")).ticket
    office.reply(gone)
    part = replies(gone)[0].name
    office.platform.script = ["lost"]
    office.work()
    delete(gone)
    frappe.db.sql("update `tabSocial Message` set next_attempt = now() - interval 1 day where state = 'Unknown'")
    frappe.db.commit()
    office.work()
    assert frappe.db.get_value("Social Message", part, "state") == "Sent"
    reported = DeliveryReported(message_id="p1", fate=Fate.FAILED, reason="Not delivered.")
    office.receive(reported)
    assert frappe.db.get_value("Social Message", part, "state") == "Failed"


def test_a_message_is_not_deleted_while_a_reply_needs_it(office: SiteOffice):
    made = office.receive(message("1")).ticket
    office.reply(made)
    (target,) = frappe.get_all("Social Message", {"message_id": "1"}, pluck="name")
    with pytest.raises(frappe.LinkExistsError):
        frappe.delete_doc("Social Message", target)
    frappe.db.rollback()
    office.work()
    assert [one.state for one in replies(made)] == ["Sent"]
