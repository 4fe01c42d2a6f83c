"""The Helpdesk desk keeps the desk contract, on a real site."""

from typing import Any

import pytest

from social_care.core.accounts import Account
from social_care.desks.helpdesk.desk import HelpdeskDesk
from tests.desks.contract import DeskContract
from tests.fakes import US, StillClock


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def desk(site: Any, clock: StillClock):
    return HelpdeskDesk(clock)


class TestHelpdeskDesk(DeskContract):
    @pytest.fixture
    def account(self, site: Any, desk: HelpdeskDesk) -> Account:
        fields = {"account_name": "Northwind on X", "platform": "X", "external_id": US, "handle": "northwind"}
        site.get_doc({"doctype": "Social Account", **fields}).insert()
        site.db.commit()
        return desk.accounts.get("Northwind on X")

    def close_ticket(self, desk: HelpdeskDesk, ticket: str) -> None:
        import frappe

        document = frappe.get_doc("HD Ticket", ticket)
        document.status = "Closed"
        document.save()
        frappe.db.commit()

    def merge_tickets(self, desk: HelpdeskDesk, source: str, target: str) -> None:
        import frappe
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        merge_ticket(source, target)
        frappe.db.commit()

    def profile_of(self, desk: HelpdeskDesk, account: Account, author_id: str) -> str:
        import frappe

        return str(frappe.db.get_value("Social Profile", {"external_id": author_id}))

    def body_of(self, desk: HelpdeskDesk, payload_id: str) -> bytes:
        import frappe

        from social_care.desks.helpdesk.ledger import read_body

        return read_body(*frappe.db.get_value("Social Payload", payload_id, ["body", "body_encoding"]))

    def profile_fields(self, desk: HelpdeskDesk, account: Account, external_id: str) -> tuple:
        import frappe

        return frappe.db.get_value("Social Profile", {"external_id": external_id}, ["handle", "display_name", "followers"])

    def first_response(self, desk: HelpdeskDesk, ticket: str) -> object:
        import frappe

        return frappe.db.get_value("HD Ticket", ticket, "first_responded_on")

    def notes_of(self, desk: HelpdeskDesk, name: str) -> str:
        import frappe

        assert frappe.db.get_value("Communication", {"social_message": name}, "content") == "<p>We have called her.</p>"
        return str(frappe.db.get_value("Social Message", name, "notes"))
