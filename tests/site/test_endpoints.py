"""Who may call what: every endpoint as every kind of person. A new endpoint without a line in the table fails."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import frappe
import pytest
from frappe.handler import is_valid_http_method
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import social_care.api
from social_care.core.ports import Page
from tests.fakes import message
from tests.site.office import ACCOUNT, SiteOffice, make_user, replies
from tests.site.test_approvals import as_user

ROLES = {
    "guest": None,
    "customer": (),
    "colleague": ("Desk User",),
    "agent": ("Agent",),
    "trainee": ("Agent", "Social Care Trainee"),
    "supervisor": ("Agent", "Social Care Supervisor"),
    "owner": ("Social Care Owner",),
    "manager": ("System Manager",),
}
EVERYBODY = " ".join(ROLES)
TEAM = "agent trainee supervisor"
OWNERS = "owner manager"
ON_TICKETS = ("$ticket", "$part", "$profile")


@dataclass(frozen=True)
class Row:
    """Who may call an endpoint. given: its arguments; $ticket, $part (failed), $waiting (a record), $account, $payload."""

    who: str
    given: dict[str, Any]
    verb: str = "POST"


def may(who: str, verb: str = "POST", **given: Any) -> Row:
    return Row(who, given, verb)


LISTENING = f'{{"search_name": "s", "account": "{ACCOUNT}", "query": "x", "enabled": 1, "without_reposts": 1}}'

ENDPOINTS = {
    "accounts.check_account": may(OWNERS, account="$account"),
    "accounts.look": may(OWNERS, account="$account"),
    "accounts.poll_now": may(OWNERS, account="$account"),
    "accounts.refresh_templates": may(OWNERS, account="$account"),
    "accounts.register_webhook": may(OWNERS, account="$account"),
    "accounts.remove_webhook": may(OWNERS, account="$account"),
    "accounts.resume_sending": may(OWNERS, account="$account"),
    "answered_outside.record": may("agent supervisor", ticket="$ticket", attempt="a", link="https://example.com/answer"),
    "approvals.approve": may("supervisor", approval="$waiting"),
    "approvals.edit_and_approve": may("supervisor", approval="$waiting", text="Better."),
    "approvals.get_own": may(f"{TEAM} {OWNERS}", "GET"),
    "approvals.get_queue": may("supervisor", "GET"),
    "approvals.of_ticket": may(TEAM, "GET", ticket="$ticket"),
    "approvals.reject": may("supervisor", approval="$waiting", note="Kinder."),
    "approvals.withdraw": may("", approval="$waiting"),
    "composer.get_earlier_marks": may(TEAM, "GET", ticket="$ticket", skip=0),
    "composer.get_state": may(TEAM, ticket="$ticket"),
    "composer.get_unsent_text": may(TEAM, ticket="$ticket", reply="$reply"),
    "composer.preview": may(TEAM, ticket="$ticket", text="Hello.", way="public"),
    "composer.release": may(TEAM, ticket="$ticket", reply="$reply"),
    "composer.send": may(TEAM, ticket="$ticket", text="Hello.", way="public", attempt="a", seen=()),
    "composer.undo": may("", ticket="$ticket", reply="$reply"),
    "desk_page.get_boot": may(EVERYBODY.removeprefix("guest "), "GET"),
    "erasing.erase_person": may(OWNERS, profile="$profile"),
    "hand_off.ask": may(TEAM, ticket="$ticket", text="Here: {link}", way="private", attempt="a", seen=()),
    "hand_off.get_state": may(TEAM, ticket="$ticket"),
    "hand_off.preview": may(TEAM, ticket="$ticket", text="Here: {link}", way="private"),
    "hand_off.withdraw": may(TEAM, ticket="$ticket"),
    "identities.create_contact": may(TEAM, profile="$profile", name="Ada"),
    "identities.find_contacts": may(TEAM, "GET", text="Ada"),
    "identities.link_profile": may(TEAM, profile="$profile", contact="Nobody"),
    "identities.merge_profiles": may(TEAM, source="Nobody", target="Nobody"),
    "identities.profile_history": may(TEAM, "GET", profile="$profile"),
    "identities.suggest_contacts": may(TEAM, "GET", profile="$profile"),
    "identities.unlink_profile": may(TEAM, profile="$profile"),
    "insight.correct": may(TEAM, ticket="$ticket", about="urgency", value="Urgent"),
    "moderation.moderate": may("agent supervisor", message="$message", action="mute", reason="Spam."),
    "moderation.offers": may(EVERYBODY.removeprefix("guest "), "GET", message="$message"),
    "offered_files.fetch": may(EVERYBODY, "GET", token="none"),
    "people.who_is": may(TEAM, "GET", ticket="$ticket"),
    "routing.try_rule": may(f"supervisor {OWNERS}", rule='{"rule_name": "r", "words": "x", "verdict": "Collect"}'),
    "saved_replies.get_rendered_saved_reply": may(TEAM, "GET", ticket_id="$ticket", saved_reply_id="none"),
    "saved_replies.get_saved_replies": may(TEAM, "GET", ticket="$ticket"),
    "saved_replies.get_text": may(TEAM, "GET", ticket="$ticket", saved_reply="none"),
    "searching.describe_search": may(OWNERS, search=LISTENING),
    "searching.try_search": may(OWNERS, search=LISTENING),
    "settling.give_up_waiting": may(TEAM, message="$part"),
    "settling.handle_payload_again": may(OWNERS, payload="$payload"),
    "settling.open_ticket": may(TEAM, message="$part"),
    "settling.retry_message": may("agent supervisor", message="$part"),
    "settling.settle_message": may(TEAM, message="$part", sent=0),
    "signing_in.begin": may(OWNERS, account="$account", way="unknown"),
    "signing_in.choose": may(OWNERS, account="$account", identity="1"),
    "signing_in.come_back": may(EVERYBODY.removeprefix("guest "), "GET"),
    "storms.approve": may("supervisor", storm="$storm", text="We know.", per_minute=10),
    "storms.finish": may("supervisor", storm="$storm", note="Solved."),
    "storms.look": may(f"supervisor {OWNERS}", "GET", storm="$storm"),
    "storms.preview": may("supervisor", storm="$storm", text="We know."),
    "storms.stop": may("supervisor", storm="$storm"),
    "templates.list_templates": may(TEAM, "GET", ticket="$ticket"),
    "templates.refresh": may(TEAM, ticket="$ticket"),
    "templates.send": may(TEAM, ticket="$ticket", template="t", language="en"),
    "ticket_page.get_one": may(TEAM, "GET", name="$ticket"),
    "ticket_page.get_ticket_activities": may(TEAM, "GET", ticket="$ticket"),
    "webhooks.webhook": may(EVERYBODY, account="$account"),
}
"""By module and function in `social_care.api`. `withdraw` and `undo` are for the author of that very reply alone."""


def found() -> dict[str, Any]:
    """Return every whitelisted function of the package, by the name in the table."""
    endpoints = {}
    for module in pkgutil.walk_packages(social_care.api.__path__, "social_care.api."):
        for value in vars(importlib.import_module(module.name)).values():
            if callable(value) and getattr(value, "__module__", "") == module.name and _is_whitelisted(value):
                endpoints[f"{module.name.removeprefix('social_care.api.')}.{value.__name__}"] = value
    return endpoints


def _is_whitelisted(function: Any) -> bool:
    return any(function is one for one in frappe.whitelisted)


def test_every_endpoint_is_in_the_table(site: Any):
    assert sorted(found()) == sorted(ENDPOINTS), "add (or remove) the line of an endpoint in ENDPOINTS"


def test_nothing_else_is_whitelisted(site: Any):
    importlib.import_module("social_care.desks.helpdesk.ticket_extension")
    elsewhere = {
        f"{one.__module__}.{one.__name__}"
        for one in frappe.whitelisted
        if one.__module__.startswith("social_care.") and not one.__module__.startswith("social_care.api.")
    }
    place = "social_care.desks.helpdesk.ticket_extension."
    assert elsewhere == {place + "reply_via_agent", place + "create_communication_via_contact"}, (
        "endpoints stand in social_care.api, where this table finds them"
    )


def address(person: str) -> str:
    return "Guest" if person == "guest" else f"{person}@roles.example.com"


@pytest.fixture
def stage(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A ticket with a reply that failed and one that waits, an account, a payload, and one user of each kind."""
    office = SiteOffice(monkeypatch)
    frappe.local.role_permissions = {}  # of users of the same names, before they got their roles
    monkeypatch.setattr("social_care.jobs.enqueue", lambda *given, **named: None)
    for person, roles in ROLES.items():
        if roles is not None:
            make_user(address(person), person, *roles)
    office.platform.pages["search:s"] = [Page(body=b"", cursor="", more=False, count=0)]
    ticket = str(office.receive(message("1")).ticket)
    office.reply(ticket)
    part = replies(ticket)[0].name
    reply = frappe.db.get_value("Social Message", part, "reply")
    frappe.db.set_value("Social Message", part, "state", "Failed")
    frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Everything public")
    frappe.db.commit()
    office.reply(ticket, "<p>Another one.</p>")
    waiting = frappe.get_all("Social Approval", {"ticket": ticket}, pluck="name")[0]
    frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Nobody")
    payload = frappe.get_doc({"doctype": "Social Payload", "account": ACCOUNT, "sha256": "0" * 64, "state": "Parked"})
    payload.insert()
    frappe.db.commit()
    first = frappe.get_doc("Social Message", {"message_id": "1"})
    storm = frappe.get_doc({"doctype": "Social Storm", "account": ACCOUNT, "state": "Active", "began_at": first.creation})
    storm.update({"last_seen_at": first.creation, "campaign": "k"}).insert()
    frappe.db.commit()
    yield {
        "$ticket": ticket,
        "$part": part,
        "$waiting": waiting,
        "$reply": reply,
        "$account": ACCOUNT,
        "$payload": payload.name,
        "$storm": storm.name,
        "$message": first.name,
        "$profile": first.profile,
    }
    frappe.set_user("Administrator")
    frappe.local.request = None
    frappe.local.message_log = []


def is_let_in(person: str, name: str, row: Row, stage: dict[str, str]) -> bool:
    """Call an endpoint as a request would; tell whether the person was let in, whatever came of it."""
    given = {key: stage.get(value, value) for key, value in row.given.items()}
    path = f"/api/method/social_care.api.{name}"
    query = {key: str(value) for key, value in given.items()}
    with as_user(address(person)):
        frappe.local.request = Request(EnvironBuilder(path, method=row.verb, query_string=query).get_environ())
        frappe.local.form_dict = frappe._dict(given)
        try:
            function = found()[name]
            frappe.is_whitelisted(function)
            is_valid_http_method(function)
            frappe.call(function, **({} if name == "webhooks.webhook" else given))
        except (frappe.PermissionError, frappe.AuthenticationError):
            return False
        except frappe.ValidationError:
            return True  # let in, and told that it cannot be done (any more)
        finally:
            frappe.db.rollback()
            frappe.local.message_log = []
    return True


@pytest.mark.parametrize("name", ENDPOINTS)
def test_who_may_call(stage: dict[str, str], name: str):
    row = ENDPOINTS[name]
    let_in = {person for person in ROLES if is_let_in(person, name, row, stage)}
    assert let_in == set(row.who.split()), f"{name} lets in {sorted(let_in)}"


@pytest.mark.parametrize("name", [name for name, row in ENDPOINTS.items() if set(ON_TICKETS) & set(row.given.values())])
def test_tickets_of_other_teams_are_out_of_reach(stage: dict[str, str], name: str):
    before = frappe.db.get_single_value("HD Settings", "restrict_tickets_by_agent_group")
    frappe.db.set_value("HD Ticket", stage["$ticket"], {"agent_group": "Billing", "_assign": None})
    frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", 1)
    frappe.db.commit()
    frappe.clear_cache()
    try:
        assert not is_let_in("agent", name, ENDPOINTS[name], stage)
    finally:
        frappe.db.set_single_value("HD Settings", "restrict_tickets_by_agent_group", before)
        frappe.db.commit()


def test_realtime_events_tell_nothing(stage: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """Rooms of tickets can be joined by every agent: what is sent there are names, no words of anybody."""
    said: list[tuple[Any, Any]] = []
    monkeypatch.setattr(frappe, "publish_realtime", lambda event, *given, **named: said.append((event, named)))
    is_let_in("supervisor", "approvals.approve", ENDPOINTS["approvals.approve"], stage)
    assert {event for event, _ in said} >= {"social_approvals", "helpdesk:ticket-update"}
    for event, named in said:
        if event in ("social_approvals", "helpdesk:ticket-update"):
            assert set(named.get("message") or {}) <= {"ticket_id"}, f"{event} tells {named}"
            assert str(named["room"]).startswith(("open_doc:HD Ticket/", "doctype:Social Approval"))
