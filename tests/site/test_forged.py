"""What agents may write in Helpdesk leads to no message that they may not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest
from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

from social_care.api import composer
from tests.fakes import message
from tests.site.office import AGENT, SiteOffice, communications

SECRET = "My card ends in 4711"


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@pytest.fixture
def elsewhere(office: SiteOffice) -> Iterator[tuple[str, str]]:
    """A ticket of the agent's, and another one, of which Helpdesk's restriction lets him see nothing."""
    mine = office.receive(message("1")).ticket
    theirs = office.receive(message("2", SECRET, author="c2", thread="t2", private=True)).ticket
    for team, user, ticket in (("Mine", AGENT, mine), ("Theirs", "Administrator", theirs)):
        frappe.get_doc({"doctype": "HD Team", "team_name": team, "users": [{"user": user}]}).insert()
        frappe.db.set_value("HD Ticket", ticket, "agent_group", team)
    frappe.get_doc("User", AGENT).add_roles("Inbox User", "Agent Manager")  # who may write Communications
    frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 1)
    frappe.db.set_single_value("HD Settings", "do_not_restrict_tickets_without_an_agent_group", 0)
    frappe.db.commit()
    yield mine, theirs
    frappe.db.rollback()
    frappe.set_user("Administrator")
    frappe.get_doc("User", AGENT).remove_roles("Inbox User", "Agent Manager")
    frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 0)
    frappe.db.commit()


def forged(ticket: str, social_message: str) -> Any:
    return frappe.get_doc(
        {
            "doctype": "Communication",
            "communication_type": "Communication",
            "sent_or_received": "Received",
            "reference_doctype": "HD Ticket",
            "reference_name": ticket,
            "subject": "x",
            "content": "x",
            "social_message": social_message,
        }
    )


def test_a_message_of_another_team_is_not_pulled_to_a_ticket_of_ones_own(elsewhere: tuple[str, str]):
    mine, theirs = elsewhere
    (shown,) = communications(theirs)
    frappe.set_user(AGENT)
    assert not frappe.has_permission("HD Ticket", "read", theirs)
    with pytest.raises(frappe.PermissionError):
        forged(mine, shown.social_message).insert()
    frappe.db.rollback()
    state = composer.get_state(mine, shown.social_message)
    assert SECRET not in frappe.as_json(state)


def test_a_communication_of_another_team_is_not_moved(elsewhere: tuple[str, str]):
    mine, theirs = elsewhere
    (shown,), (own,) = communications(theirs), communications(mine)
    frappe.set_user(AGENT)
    moved = frappe.get_doc("Communication", shown.name)
    moved.reference_name = mine
    with pytest.raises(frappe.PermissionError):
        moved.save()
    turned = frappe.get_doc("Communication", own.name)
    turned.social_message = shown.social_message
    with pytest.raises(frappe.PermissionError):
        turned.save()


def test_merging_ones_own_tickets_works(office: SiteOffice, elsewhere: tuple[str, str]):
    mine, _theirs = elsewhere
    other = office.receive(message("3", author="c3", thread="t3")).ticket
    frappe.db.set_value("HD Ticket", other, "agent_group", "Mine")
    frappe.db.commit()
    frappe.set_user(AGENT)
    merge_ticket(other, mine)
    assert {one.social_message for one in communications(other)} <= {one.social_message for one in communications(mine)}


def test_a_ticket_is_not_given_to_a_person_of_another_team(elsewhere: tuple[str, str]):
    mine, theirs = elsewhere
    stranger = frappe.db.get_value("HD Ticket", theirs, "social_profile")
    frappe.set_user(AGENT)
    given = frappe.get_doc("HD Ticket", mine)
    own = given.social_profile
    given.social_profile = stranger
    with pytest.raises(frappe.PermissionError):
        given.save()
    with pytest.raises(frappe.PermissionError):
        frappe.get_doc({"doctype": "HD Ticket", "subject": "x", "raised_by": AGENT, "social_profile": stranger}).insert()
    split = {"doctype": "HD Ticket", "subject": "x", "raised_by": AGENT, "social_profile": own}
    assert frappe.get_doc(split).insert().social_profile == own, "a ticket of somebody whom the agent sees"
