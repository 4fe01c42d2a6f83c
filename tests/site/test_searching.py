"""A Social Search in the form, tried on X's sandbox, and what its hits open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.api.searching import describe_search, try_search
from social_care.api.settling import open_ticket
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.sandbox.x import XSandbox
from tests.site.test_with_sandbox import NAME, queued, x

__all__ = ["queued", "x"]


def search(**fields: Any) -> dict[str, Any]:
    given = {"doctype": "Social Search", "search_name": "bags", "account": NAME, "enabled": 1, "without_reposts": 1}
    return given | {"opens": "Ticket", "all_of": "lost\nbag"} | fields


def found_by(**fields: Any) -> list[Any]:
    """Save a search, visit its feed, handle what it brought; return the messages."""
    frappe.db.set_value("Social Account", NAME, "receive_searches", 1)
    frappe.get_doc(search(**fields)).insert()
    frappe.db.commit()
    jobs.poll_feed(NAME, "search:bags")
    for payload in HelpdeskDesk().ledger.due(jobs.utc_now()):
        jobs.handle_payload(payload)
    frappe.db.commit()
    return frappe.get_all("Social Message", {"account": NAME}, ["name", "text", "ticket", "reason"], order_by="text")


def test_a_search_is_tried_before_it_is_saved(x: XSandbox, queued: list[str]):
    x.post("ada", "They lost my bag <b>again</b>")
    x.post("ada", "My bag is here")
    x.post("northwind", "We never lost a bag")
    plan = describe_search(search(followers_at_least=0))
    assert (plan["query"], plan["price"]) == ("lost bag -is:retweet", "0.40")
    found = try_search(search())
    assert [(hit["author"], hit["text"], hit["why"]) for hit in found["hits"]] == [
        ("northwind", "We never lost a bag", "It is the account's own message."),
        ("ada", "They lost my bag <b>again</b>", ""),
    ]
    assert all(hit["sent_at"] and hit["link"].startswith("https://") for hit in found["hits"])
    assert HelpdeskDesk().accounts.get(NAME).spent == Decimal(found["cost"]) > 0
    for doctype in ("Social Search", "Social Message", "Social Payload", "Social Cursor", "HD Ticket"):
        assert not frappe.get_all(doctype, {"account" if doctype != "HD Ticket" else "social_account": NAME}), doctype


def test_what_is_checked_after_fetching_is_said(x: XSandbox, queued: list[str]):
    x.post("ada", "They lost my bag")
    found = try_search(search(followers_at_least=1_000_000))
    assert found["left"] == ["followers"]
    assert "followers" in found["hits"][0]["why"]


def test_by_hand_takes_the_place_of_the_words(x: XSandbox, queued: list[str]):
    assert describe_search(search(query='"my bag"', languages="xx"))["query"] == '"my bag"'


def test_collect_only_makes_no_ticket(x: XSandbox, queued: list[str]):
    x.post("ada", "They lost my bag")
    [kept] = found_by(opens="Collect Only")
    assert (kept.ticket, kept.reason) == (None, "Collected by the search “bags”.")
    assert not frappe.get_all("HD Ticket", {"social_account": NAME})
    assert open_ticket(kept.name), "a collected message can become a ticket"


def test_a_rule_says_which_hits_become_tickets(x: XSandbox, queued: list[str]):
    frappe.get_doc({"doctype": "Social Routing Rule", "rule_name": "Angry", "words": "never again", "position": 1}).insert()
    x.post("ada", "They lost my bag. Never again!")
    x.post("ada", "They lost my bag, and found it")
    found = found_by(opens="Ticket Where a Rule Says So")
    assert [bool(one.ticket) for one in found] == [False, True]


def test_a_search_of_before_goes_on_as_it_was(x: XSandbox, queued: list[str]):
    """As the columns of a row are that was stored before there were parts."""
    x.post("ada", "They lost my bag")
    [kept] = found_by(query="lost bag", all_of=None, opens=None)
    assert kept.ticket


@pytest.mark.parametrize(
    "fields",
    [
        {"all_of": ""},
        {"all_of": "", "none_of": "late"},
        {"all_of": "@no.such@handle"},
        {"languages": "Polish"},
        {"all_of": "!"},
    ],
)
def test_what_cannot_be_looked_for_is_refused(x: XSandbox, fields: dict[str, str]):
    with pytest.raises(frappe.ValidationError):
        frappe.get_doc(search(**fields)).insert()
    with pytest.raises(frappe.ValidationError):
        try_search(search(**fields))


def test_nothing_is_asked_when_the_budget_does_not_reach(x: XSandbox, queued: list[str]):
    frappe.db.set_value("Social Account", NAME, "monthly_budget", 0.1)
    with pytest.raises(frappe.ValidationError, match="budget"):
        try_search(search())


def test_a_search_needs_an_account_that_can_be_searched(x: XSandbox):
    with pytest.raises(frappe.ValidationError, match="Choose an account"):
        try_search(search(account=None))
    frappe.get_doc({"doctype": "Social Account", "account_name": "Acme on WhatsApp", "platform": "WhatsApp"}).insert()
    with pytest.raises(frappe.ValidationError, match="cannot be searched"):
        frappe.get_doc(search(account="Acme on WhatsApp", query="late")).insert()
