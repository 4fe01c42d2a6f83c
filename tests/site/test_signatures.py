"""Initials of agents, and what automatic messages say instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest

from social_care.desks.helpdesk.desk import HelpdeskDesk
from tests.fakes import message
from tests.site.office import ACCOUNT, AGENT, SiteOffice, make_user

MARY, MAX = "mary@example.com", "max@example.com"


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteOffice]:
    made = SiteOffice(monkeypatch)
    frappe.db.set_value("Social Account", ACCOUNT, "signature", "^{initials}")
    for email, name in ((MARY, "Mary Kay"), (MAX, "Max Kern")):
        make_user(email, name, agent=True)
    frappe.db.commit()
    yield made
    frappe.set_user("Administrator")
    frappe.db.rollback()
    frappe.db.delete("HD Agent", {"name": ["in", [MARY, MAX]]})
    frappe.db.commit()


def initials(user: str) -> str:
    return HelpdeskDesk().team.member(user).initials


def test_two_of_the_same_initials(office: SiteOffice):
    assert (initials(MARY), initials(MAX)) == ("MK", "MKE")


def test_a_reply_is_signed_by_its_author(office: SiteOffice):
    name = office.receive(message("1")).ticket
    office.reply(name, user=MAX)
    office.work()
    assert office.sent() == ["We are on it. ^MKE"]


def test_initials_by_hand(office: SiteOffice):
    def set_by_hand(user: str, chosen: str) -> None:
        document = frappe.get_doc("User", user)
        document.social_initials = chosen
        document.save()

    set_by_hand(MAX, "MK")
    assert (initials(MARY), initials(MAX)) == ("MKA", "MK")
    with pytest.raises(frappe.ValidationError, match="Max Kern has these"):
        set_by_hand(MARY, "mk")
    with pytest.raises(frappe.ValidationError, match="letters and digits"):
        set_by_hand(AGENT, "^MK!")
