"""A team without members: the ticket is made all the same, and everybody can see that nobody got it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest

from social_care.desks.helpdesk import health
from social_care.desks.helpdesk.times import utc_now
from social_care.engine.outcomes import Action
from tests.fakes import message
from tests.site.office import ACCOUNT, SiteOffice

TEAM = "Deserted Team"


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteOffice]:
    team = frappe.get_doc({"doctype": "HD Team", "team_name": TEAM}).insert(ignore_mandatory=True)
    rule = frappe.get_doc("Assignment Rule", team.assignment_rule)
    made = SiteOffice(monkeypatch)
    frappe.db.set_value("Social Account", ACCOUNT, "team", TEAM)
    frappe.db.commit()
    yield made
    frappe.db.rollback()
    frappe.db.delete("HD Ticket", {"agent_group": TEAM})
    team.reload().delete(force=True)
    frappe.db.delete("Assignment Rule", {"name": rule.name})
    frappe.db.commit()
    frappe.clear_cache(doctype="Assignment Rule")


def test_the_ticket_is_made_and_says_that_nobody_got_it(office: SiteOffice):
    opened = office.receive(message("1"))
    assert opened.action is Action.OPEN
    office.receive(message("2", "Are you there?"))
    assert frappe.db.get_value("HD Ticket", opened.ticket, "agent_group") == TEAM
    assert not frappe.db.exists("ToDo", {"reference_type": "HD Ticket", "reference_name": opened.ticket})
    said = frappe.get_all("HD Ticket Activity", {"ticket": opened.ticket, "action": ["like", "%nobody%"]})
    assert len(said) == 1, "it should be said once, not at each message"


def test_the_doctor_names_the_team(office: SiteOffice):
    assert any(TEAM in finding.what and finding.bad for finding in health.check_account(ACCOUNT, utc_now(), feeds=()))


def test_other_faults_of_a_rule_are_not_hidden(office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
    from social_care.desks.helpdesk.assignment import SocialAssignmentRule

    def fail(*_: Any) -> None:
        raise IndexError("another fault")

    monkeypatch.setattr(SocialAssignmentRule, "get_user", fail)
    with pytest.raises(IndexError, match="another fault"):
        office.receive(message("3"))
