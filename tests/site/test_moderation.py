"""Acting on a message from the ticket: who may do what, the record, the timeline, and muted people."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from social_care.api import moderation
from social_care.api.ticket_page import get_ticket_activities
from social_care.core.errors import Refused
from social_care.core.events import MessageDeleted, VisibilityChanged
from social_care.core.moderation import ModerationAction
from social_care.desks.helpdesk.times import utc_now
from tests.fakes import message
from tests.site.office import ACCOUNT, AGENT, SiteOffice, helpdesk_settings


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@pytest.fixture
def received(office: SiteOffice) -> tuple[str, str]:
    """A ticket and the name of its message."""
    ticket = office.receive(message("1", "Buy cheap bags")).ticket
    return ticket, named("1")


def named(message_id: str) -> str:
    return frappe.db.get_value("Social Message", {"message_id": message_id})


def as_user(user: str, call: Any, *arguments: Any) -> Any:
    frappe.set_user(user)
    try:
        return call(*arguments)
    finally:
        frappe.set_user("Administrator")


def with_roles(*roles: str) -> str:
    """Return a new user with these roles, who is an agent of Helpdesk."""
    name = f"test_{frappe.scrub(roles[-1])}@example.com"
    user = frappe.get_doc({"doctype": "User", "email": name, "first_name": roles[-1], "send_welcome_email": 0})
    for role in ("Agent", *roles):
        user.append("roles", {"role": role})
    user.insert(ignore_permissions=True)
    frappe.db.commit()
    return name


def offered(user: str, name: str) -> dict[str, str]:
    return {one["action"]: one["refusal"] for one in as_user(user, moderation.offers, name)}


def shown(ticket: str) -> str:
    return as_user(AGENT, get_ticket_activities, ticket)["communications"][0]["content"]


def record(name: str) -> Any:
    return frappe.get_last_doc("Social Moderation Action", {"message": name})


class TestWhoMayDoWhat:
    def test_an_agent_hides_and_a_supervisor_deletes(self, received: tuple[str, str]):
        ours = offered(AGENT, received[1])
        assert {action for action, why in ours.items() if not why} == {"hide", "like", "mute"}
        assert {ours["delete"], ours["block"]} == {"Only a supervisor may do that."}
        assert set(offered(with_roles("Social Care Supervisor"), received[1]).values()) == {""}

    def test_an_agent_cannot_delete_by_asking_the_endpoint(self, office: SiteOffice, received: tuple[str, str]):
        for action in ("delete", "block", "unblock"):
            with pytest.raises(frappe.PermissionError):
                as_user(AGENT, moderation.moderate, received[1], action, "spam")
        assert office.platform.moderated == []
        assert not frappe.db.count("Social Moderation Action", {"message": received[1]})

    def test_a_trainee_asks_a_colleague(self, received: tuple[str, str]):
        trainee = with_roles("Social Care Trainee")
        assert all(offered(trainee, received[1]).values())
        with pytest.raises(frappe.PermissionError):
            as_user(trainee, moderation.moderate, received[1], "hide", "spam")

    def test_who_is_no_agent_is_offered_nothing(self, received: tuple[str, str]):
        customer = "test_nobody@example.com"
        frappe.get_doc({"doctype": "User", "email": customer, "first_name": "No", "send_welcome_email": 0}).insert()
        assert offered(customer, received[1]) == {}
        with pytest.raises(frappe.PermissionError):
            as_user(customer, moderation.moderate, received[1], "like")

    def test_a_ticket_of_another_team_is_out_of_reach(self, received: tuple[str, str]):
        frappe.db.set_value("HD Ticket", received[0], {"agent_group": "Billing", "_assign": None})
        with helpdesk_settings(restrict_tickets_by_agent_group=1):
            frappe.clear_cache()
            assert offered(AGENT, received[1]) == {}
            with pytest.raises(frappe.PermissionError):
                as_user(AGENT, moderation.moderate, received[1], "like")
        frappe.clear_cache()

    def test_the_record_is_seen_with_its_message(self, received: tuple[str, str]):
        as_user(AGENT, moderation.moderate, received[1], "hide", "spam")
        name = record(received[1]).name
        assert as_user(AGENT, frappe.get_list, "Social Moderation Action") == [{"name": name}]
        frappe.db.set_value("HD Ticket", received[0], {"agent_group": "Billing", "_assign": None})
        with helpdesk_settings(restrict_tickets_by_agent_group=1):
            frappe.clear_cache()
            assert as_user(AGENT, frappe.get_list, "Social Moderation Action") == []
            seen = as_user(AGENT, frappe.has_permission, "Social Moderation Action", "read", name)
            assert not seen
        frappe.clear_cache()


class TestDoingIt:
    def test_it_is_done_recorded_and_shown(self, office: SiteOffice, received: tuple[str, str]):
        ticket, name = received
        assert as_user(AGENT, moderation.moderate, name, "hide", "<b>spam</b>") == {"state": "done", "error": ""}
        assert office.platform.moderated == [(ModerationAction.HIDE, "1")]
        made = record(name)
        assert (made.action, made.state, made.user, made.reason) == ("Hide", "Done", AGENT, "<b>spam</b>")
        assert made.profile == frappe.db.get_value("Social Message", name, "profile")
        assert frappe.db.get_value("Social Message", name, "hidden") == 1
        content = shown(ticket)
        who = frappe.get_cached_value("User", AGENT, "full_name")
        assert f"Hidden by {who}" in content
        assert "&lt;b&gt;spam&lt;/b&gt;" in content
        assert "unhide" in offered(AGENT, name)

    def test_without_a_reason_nothing_is_hidden(self, office: SiteOffice, received: tuple[str, str]):
        with pytest.raises(frappe.ValidationError, match="why"):
            as_user(AGENT, moderation.moderate, received[1], "hide", "  ")
        assert office.platform.moderated == []

    def test_an_action_that_does_not_exist(self, received: tuple[str, str]):
        with pytest.raises(frappe.ValidationError, match="burn"):
            as_user(AGENT, moderation.moderate, received[1], "burn", "x")

    def test_a_refusal_of_the_platform_is_told_and_recorded(self, office: SiteOffice, received: tuple[str, str]):
        office.platform.script = [Refused("Only answers can be hidden.")]
        fate = as_user(AGENT, moderation.moderate, received[1], "hide", "spam")
        assert fate == {"state": "failed", "error": "Only answers can be hidden."}
        assert record(received[1]).state == "Failed"
        assert "not done" in shown(received[0])

    def test_an_unknown_outcome_is_shown_as_unknown(self, office: SiteOffice, received: tuple[str, str]):
        office.platform.script = ["lost"]
        assert as_user(AGENT, moderation.moderate, received[1], "hide", "spam")["state"] == "unknown"
        assert "unknown whether it was done" in shown(received[0])
        office.receive(VisibilityChanged(message_id="1", hidden=True, at=utc_now()))
        assert "Hidden by" in shown(received[0])
        assert len(office.platform.moderated) == 1

    def test_our_own_deletion_is_not_the_authors(self, office: SiteOffice, received: tuple[str, str]):
        supervisor = with_roles("Social Care Supervisor")
        as_user(supervisor, moderation.moderate, received[1], "delete", "insult")
        office.receive(MessageDeleted(message_id="1"))
        content = shown(received[0])
        assert "Deleted on the platform by Social Care Supervisor" in content
        assert "Deleted by its author" not in content

    def test_a_deletion_by_the_author_stays_theirs(self, office: SiteOffice, received: tuple[str, str]):
        office.receive(MessageDeleted(message_id="1"))
        assert "Deleted by its author" in shown(received[0])
        assert offered(AGENT, received[1])["hide"]

    def test_what_is_hidden_on_the_platform_itself_is_shown(self, office: SiteOffice, received: tuple[str, str]):
        office.receive(VisibilityChanged(message_id="1", hidden=True, at=utc_now()))
        assert "Hidden on the platform." in shown(received[0])

    def test_our_own_reply_can_be_deleted(self, office: SiteOffice, received: tuple[str, str]):
        office.reply(received[0], "<p>Wrong ticket, sorry.</p>")
        office.work()
        as_user(with_roles("Social Care Supervisor"), moderation.moderate, named("p1"), "delete", "sent to the wrong one")
        contents = [one["content"] for one in as_user(AGENT, get_ticket_activities, received[0])["communications"]]
        assert sum("Deleted on the platform" in content for content in contents) == 1

    def test_a_worker_that_died_leaves_an_unknown(self, office: SiteOffice, received: tuple[str, str]):
        office.platform.script = ["crash"]
        with pytest.raises(SystemExit):
            as_user(AGENT, moderation.moderate, received[1], "hide", "spam")
        frappe.db.rollback()
        made = record(received[1])
        assert made.state == "Doing", "the wish was not recorded before the call"
        frappe.db.set_value(made.doctype, made.name, "lease_until", "2020-01-01 00:00:00")
        frappe.db.commit()
        frappe.call("social_care.jobs.sweep")
        assert record(received[1]).state == "Unknown"


class TestMuting:
    def test_a_muted_person_opens_no_ticket(self, office: SiteOffice, received: tuple[str, str]):
        as_user(AGENT, moderation.moderate, received[1], "mute")
        outcome = office.receive(message("2", "More bags", thread="t2"))
        assert (outcome.ticket, outcome.reason) == (None, "its author is muted")
        kept = frappe.get_doc("Social Message", named("2"))
        assert (kept.ticket, kept.reason) == (None, "its author is muted")
        assert "Author muted by" in shown(received[0])
        as_user(AGENT, moderation.moderate, received[1], "unmute")
        assert office.receive(message("3", "Sorry", thread="t3")).ticket


def test_what_the_account_may_do_is_kept(office: SiteOffice):
    office.desk.accounts.record_identity(ACCOUNT, "900", "northwind", ("read", "write"))
    assert office.desk.accounts.get(ACCOUNT).permissions == {"read", "write"}
