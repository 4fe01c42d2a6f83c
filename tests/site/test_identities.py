"""One person, several profiles: linked, merged and unmerged by agents, with nothing lost."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from social_care.api import identities
from social_care.core.events import Author
from social_care.desks.helpdesk import contacts
from tests.fakes import message
from tests.site.office import AGENT, SiteOffice, ticket


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@pytest.fixture
def two(office: SiteOffice) -> list[str]:
    """Two tickets of two profiles, which are one person."""
    return [office.receive(message(one, author=f"c{one}", thread=f"t{one}")).ticket for one in "12"]


def profile_of(name: str) -> str:
    return ticket(name).social_profile


def contact_of(name: str) -> str:
    return frappe.db.get_value("Social Profile", profile_of(name), "contact")


def contact(name: str, **more: Any) -> str:
    made = frappe.get_doc({"doctype": "Contact", "first_name": name, **more}).insert()
    frappe.db.commit()
    return made.name


def test_a_profile_is_linked_with_its_tickets_and_unlinked_again(two: list[str]):
    first, second = two
    before, target = contact_of(second), contact_of(first)
    frappe.set_user(AGENT)
    identities.link_profile(profile_of(second), target, "said so on the phone")
    frappe.set_user("Administrator")
    assert contact_of(second) == ticket(second).contact == target
    [step] = identities.profile_history(profile_of(second))
    assert (step["by"], step["from"], step["to"], step["reason"]) == (AGENT, before, target, "said so on the phone")
    for one in (before, target):
        said = frappe.get_all("Comment", {"reference_doctype": "Contact", "reference_name": one}, pluck="content")
        assert any("said so on the phone" in words for words in said)
    assert identities.unlink_profile(profile_of(second)) == before
    assert (ticket(second).contact, ticket(first).contact) == (before, target)
    assert len(identities.profile_history(profile_of(second))) == 2, "undoing is a step, too"


def test_all_profiles_of_a_contact_move_and_each_can_come_back(two: list[str], office: SiteOffice):
    first, second = two
    third = office.receive(message("3", author="c3", thread="t3")).ticket
    identities.link_profile(profile_of(third), contact_of(second))
    source, target = contact_of(second), contact_of(first)
    assert set(identities.merge_profiles(source, target)) == {profile_of(second), profile_of(third)}
    assert {ticket(one).contact for one in (first, second, third)} == {target}
    assert frappe.db.exists("Contact", source), "the other Contact stays"
    identities.unlink_profile(profile_of(third))
    assert [contact_of(one) for one in (first, second, third)] == [target, target, source]
    again = office.receive(message("4", author="c2", thread="t4")).ticket
    assert ticket(again).contact == target, "new tickets follow the link"


def test_frappes_own_merge_and_rename_of_contacts_keep_working(two: list[str]):
    first, second = two
    target = contact_of(first)
    frappe.rename_doc("Contact", contact_of(second), target, merge=True, force=True)
    assert contact_of(second) == ticket(second).contact == target
    renamed = frappe.rename_doc("Contact", target, "Ada Osei (customer)", force=True)
    assert contact_of(first) == contact_of(second) == ticket(first).contact == renamed
    alone = identities.unlink_profile(profile_of(second))
    assert alone != renamed, "a profile leaves a merged Contact for one of its own"
    assert (ticket(second).contact, ticket(first).contact) == (alone, renamed)


def test_suggestions_have_reasons_and_change_nothing(office: SiteOffice):
    mail = contact("Mail", email_ids=[{"email_id": "ada@example.com", "is_primary": 1}])
    phone = contact("Phone", phone_nos=[{"phone": "+48 500 100 200", "is_primary_phone": 1}])
    contact("Stranger", phone_nos=[{"phone": "+48 500 100 201"}], email_ids=[{"email_id": "eda@example.com"}])
    frappe.get_doc(
        {
            "doctype": "Social Profile",
            "platform": "facebook",
            "external_id": "9",
            "handle": "c1",
            "contact": contact("Handle"),
            "address": "c1.9@facebook.invalid",
        }
    ).insert()
    words = "Write to Ada@example.com or call 0500 100-200, booking 48500"
    name = office.receive(message("1", words)).ticket
    before = contact_of(name)
    found = identities.suggest_contacts(profile_of(name))
    assert [(one["contact"], one["strong"]) for one in found] == [(mail, True), (phone, True), ("Handle", False)]
    assert "ada@example.com" in found[0]["reason"]
    assert "another platform (Facebook)" in found[2]["reason"]
    assert contact_of(name) == before


def test_a_person_known_by_a_number_is_suggested_by_it(site: Any):
    phone = contact("Phone", phone_nos=[{"phone": "+48500100200"}])
    contacts.save_profile("whatsapp", Author(id="48500100200"))
    profile = frappe.db.get_value("Social Profile", {"external_id": "48500100200"})
    assert [one["contact"] for one in identities.suggest_contacts(profile)] == [phone]


@pytest.mark.parametrize("act", ["link_profile", "unlink_profile", "merge_profiles", "suggest_contacts"])
def test_only_agents_decide(two: list[str], act: str):
    profile, other = profile_of(two[0]), contact_of(two[1])
    given = {"merge_profiles": (contact_of(two[0]), other), "link_profile": (profile, other)}.get(act, (profile,))
    frappe.set_user("Guest")
    with pytest.raises(frappe.PermissionError):
        getattr(identities, act)(*given)
    frappe.set_user("Administrator")


def test_what_is_not_there_is_not_linked(two: list[str]):
    with pytest.raises(frappe.DoesNotExistError):
        identities.link_profile(profile_of(two[0]), "Nobody at all")
    with pytest.raises(frappe.DoesNotExistError):
        identities.link_profile("nobody", contact_of(two[0]))


def test_contacts_are_found_by_name_address_and_number(two: list[str]):
    made = contact("Ann Sought")
    document = frappe.get_doc("Contact", made)
    document.add_email("ann@sought.example", is_primary=1)
    document.add_phone("+48 500 600 700", is_primary_mobile_no=1)
    document.save()
    frappe.db.commit()
    frappe.set_user(AGENT)
    for text in ("sought", "ann@sought", "500 600"):
        [found] = identities.find_contacts(text)
        assert (found["contact"], found["email"], found["identities"]) == (made, "ann@sought.example", [])
    assert identities.find_contacts("a") == [], "one letter would list everybody"
    assert identities.find_contacts("nobody has this") == []


def test_a_contact_is_made_for_a_profile(two: list[str]):
    first, _ = two
    frappe.set_user(AGENT)
    made = identities.create_contact(profile_of(first), "Ann New", "ann@new.example", "+48500600700")
    assert contact_of(first) == ticket(first).contact == made
    assert frappe.db.get_value("Contact", made, ["email_id", "mobile_no"]) == ("ann@new.example", "+48500600700")
    with pytest.raises(frappe.ValidationError):
        identities.create_contact(profile_of(first), "Ann", "no address")
    with pytest.raises(frappe.ValidationError, match="name"):
        identities.create_contact(profile_of(first), " ")


def test_the_card_tells_the_steps_and_who_muted(two: list[str]):
    from social_care.api import moderation, people

    first, second = two
    frappe.set_user(AGENT)
    identities.link_profile(profile_of(second), contact_of(first), "same voice")
    moderation.moderate(frappe.db.get_value("Social Message", {"ticket": second}), "mute", "sells bags")
    card = people.who_is(second)
    assert [(one["by"], one["reason"]) for one in card["steps"]] == [("Agent One", "same voice")]
    assert [(one["said"], one["reason"]) for one in card["acts"]] == [("🔇 Author muted by Agent One", "sells bags")]
    assert [one["profile"] for one in card["others"]] == [profile_of(first)]
    assert card["contact"]["contact"] == contact_of(first)
    moderation.moderate(card["message"], "unmute")
    assert people.who_is(second)["acts"] == []
