"""Routing rules on a site: what they decide, and how they are tried before they count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import frappe
import pytest

from social_care.api.routing import try_rule
from social_care.api.settling import open_ticket
from social_care.core.events import Author, MessageEdited
from tests.fakes import message
from tests.site.office import SiteOffice


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@pytest.fixture
def team(site: Any, agent: str) -> str:
    return frappe.get_doc({"doctype": "HD Team", "team_name": "Lost and Found", "users": [{"user": agent}]}).insert().name


def add_rule(name: str, **fields: Any) -> Any:
    return frappe.get_doc({"doctype": "Social Routing Rule", "rule_name": name, **fields}).insert()


def test_the_lowest_position_that_fits_decides(office: SiteOffice, team: str):
    add_rule("Later", words="flight", priority="Low", position=20)
    add_rule("Bags", words="bag*\nluggage", team=team, priority="High", tags="Bags, Lost", position=5)
    add_rule("Off", enabled=0, priority="Urgent", position=1)
    ticket = frappe.get_doc("HD Ticket", office.receive(message("1", "My bags missed the flight")).ticket)
    assert (ticket.agent_group, ticket.priority) == (team, "High")
    assert set(ticket.get("_user_tags").strip(",").split(",")) == {"Bags", "Lost"}
    office.receive(message("1", "My two bags missed the flight", cls=MessageEdited, revision="2"))
    frappe.db.rollback()
    kept = frappe.db.get_value("Social Message", {"ticket": ticket.name}, ["text", "notes"], as_dict=True)
    assert (kept.text, "Routed by the rule “Bags”" in kept.notes) == ("My two bags missed the flight", True)


def test_an_ignored_message_is_kept_with_the_reason(office: SiteOffice):
    add_rule("Jobs", words="hiring", verdict="Ignore", reason="applications go elsewhere")
    assert office.receive(message("1", "Are you hiring?")).ticket is None
    kept = frappe.get_last_doc("Social Message", {"message_id": "1"})
    assert (kept.ticket, kept.reason) == (None, "Ignored by the rule “Jobs”: applications go elsewhere")


def test_tags_of_a_profile_are_its_lists(office: SiteOffice):
    add_rule("VIPs", lists="VIP, Press", priority="Urgent")
    known = replace(message("1"), author=Author(id="c1", handle="ann"))
    office.receive(known)
    frappe.get_last_doc("Social Profile", {"external_id": "c1"}).add_tag("Vip")
    frappe.db.commit()
    elsewhere = replace(message("2", thread="t2"), author=Author(id="c1", handle="ann"))
    assert frappe.db.get_value("HD Ticket", office.receive(elsewhere).ticket, "priority") == "Urgent"


def test_a_rule_is_tried_before_it_is_saved(office: SiteOffice):
    for number, text in enumerate(("a refund please", "hello", "REFUNDS!")):
        office.receive(message(str(number), text, author=f"c{number}"))
    found = try_rule({"rule_name": "Refunds", "words": "refund*", "verdict": "Collect"})
    assert (found["tried"], found["fitting"]) == (3, 2)
    assert [one["text"] for one in found["messages"]] == ["REFUNDS!", "a refund please"]
    assert not frappe.db.exists("Social Routing Rule", {"rule_name": "Refunds"})


@pytest.mark.parametrize(
    "fields",
    [{"verdict": "Ignore", "reason": "all"}, {"verdict": "Collect"}, {"languages": "Polish"}, {"languages": "pl, p1"}],
)
def test_mistakes_are_refused(site: Any, fields: dict[str, str]):
    with pytest.raises(frappe.ValidationError):
        add_rule("Wrong", **fields)


def test_only_those_who_write_rules_try_them(site: Any, agent: str):
    frappe.set_user(agent)
    with pytest.raises(frappe.PermissionError):
        try_rule({"words": "x"})


def test_an_agent_opens_a_ticket_for_a_message_that_was_kept(office: SiteOffice, agent: str):
    add_rule("Jobs", words="hiring", verdict="Collect")
    office.receive(message("1", "Are you hiring?"))
    kept = frappe.db.get_value("Social Message", {"message_id": "1"})
    ticket = open_ticket(kept)
    frappe.db.commit()
    assert frappe.db.get_value("Social Message", kept, ["ticket", "reason"]) == (ticket, "")
    with pytest.raises(frappe.ValidationError, match="changed meanwhile"):
        open_ticket(kept)
    frappe.set_user("Guest")
    with pytest.raises(frappe.PermissionError):
        open_ticket(kept)
