"""Asking for contact details: from the agent's wish through the guest page to ticket, contact and e-mail."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import frappe
import pytest

from social_care import jobs_contact_requests
from social_care.api import approvals, composer, hand_off, identities
from social_care.core.contact_requests import ContactDetails, digest_of
from social_care.desks.helpdesk import contact_requests
from social_care.desks.helpdesk.times import to_site, utc_now
from tests.site.office import ACCOUNT, AGENT, SiteOffice, communications, make_user, replies, ticket
from tests.site.test_composer import ask, hold_over, opened, ways
from tests.site.test_mail import office as mailing_office
from tests.site.test_mail import queued

__all__ = ["mailing_office"]

TEXT = "Dear Jane, please leave your details: {link} Thank you."
GOOD = {"email": "jane@example.com", "phone": "+48 500 100 200", "preferred_time": "after six", "consent": "1"}
GONE = "This link does not work"


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    frappe.cache.delete_keys("rl:contact-details")
    return SiteOffice(monkeypatch)


@dataclass
class Answer:
    """What the site answered to a guest."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no field {name} in {self.text}"
        return found.group(1)


def _request(method: str, path: str, arguments: dict[str, Any]) -> Answer:
    from frappe.app import application
    from werkzeug.test import Client

    headers = {"X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"], **arguments.pop("headers", {})}
    response = Client(application).open(path, method=method, headers=headers, **arguments)
    answer = Answer(response.status_code, response.get_data(as_text=True), dict(response.headers))
    response.close()
    return answer


def visit(link: str, method: str = "GET", **arguments: Any) -> Answer:
    """Make one request as a guest does, in a thread of its own, where Frappe has a connection of its own."""
    address = urlsplit(link)
    frappe.db.commit()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_request, method, f"{address.path}?{address.query}", arguments).result()
    frappe.db.rollback()
    return answer


def fill_in(link: str, **values: str) -> Answer:
    """Open the page, fill it in and send it."""
    return visit(link, "POST", data={"shown": visit(link).hidden("shown"), **GOOD, **values})


def request_of(name: str) -> Any:
    return frappe.get_last_doc("Social Contact Request", {"ticket": name})


def ask_for_details(office: SiteOffice, name: str, text: str = TEXT, user: str = AGENT, **more: Any) -> str:
    """Ask, have the message delivered, and return the link in it."""
    given = {"attempt": frappe.generate_hash(), "seen": [], **more}
    reply = ask(hand_off.ask, name, text, "private", user=user, **given)["reply"]
    hold_over(reply)
    office.work()
    found = re.search(r"http\S+/contact-details\?key=\S+", replies(name)[-1].text)
    assert found
    return found.group()


def land() -> None:
    """Do what a worker does."""
    for name in frappe.get_all("Social Contact Request", {"state": "Answered"}, pluck="name"):
        jobs_contact_requests.land_contact_details(name)


def contact_of(name: str) -> Any:
    return frappe.get_doc("Contact", ticket(name).contact)


def test_the_same_attempt_asks_once(office: SiteOffice):
    name = opened(office)
    ask_for_details(office, name, attempt="a1")
    before = request_of(name).name
    with pytest.raises(frappe.ValidationError, match="taken over already"):
        ask(hand_off.ask, name, TEXT, "private", "a1", [])
    assert (request_of(name).name, request_of(name).state) == (before, "Asked"), "the link that was sent stopped working"


class TestAsking:
    def test_the_text_is_in_the_customers_language(self, office: SiteOffice):
        name = opened(office)
        frappe.db.set_value("HD Ticket", name, "social_language", "pl-PL")
        frappe.db.set_value("Social Profile", {"external_id": "c1"}, "display_name", "Ada Osei")
        text = ask(hand_off.get_state, name)["texts"]["private"]
        assert text.startswith("Dzień dobry Ada"), text
        assert "{link}" in text
        assert "{expires}" not in text

    def test_a_text_of_the_site_is_used_as_it_is(self, office: SiteOffice, site: Any):
        site.db.set_single_value("Social Care Settings", {"hand_off_text": "Hi {first_name}! Till {expires}: {link}"})
        site.db.commit()
        try:
            name = opened(office)
            frappe.db.set_value("Social Profile", {"external_id": "c1"}, "display_name", "")
            assert re.fullmatch(r"Hi! Till \w+ \d+, 20\d\d: \{link\}", ask(hand_off.get_state, name)["texts"]["private"])
        finally:
            site.db.set_single_value("Social Care Settings", {"hand_off_text": ""})
            site.db.commit()

    def test_a_private_message_carries_the_link_and_only_its_digest_is_kept(self, office: SiteOffice):
        name = opened(office)
        link = ask_for_details(office, name)
        [sent] = office.sent()
        assert sent == TEXT.replace("{link}", link)
        request, token = request_of(name), link.partition("key=")[2]
        assert (request.state, request.asked_by, request.token_digest) == ("Asked", AGENT, digest_of(token))
        assert not [one for one in request.as_dict().values() if token in str(one)], "the token itself was kept"
        assert request.profile == ticket(name).social_profile
        days = (request.expires_at - request.asked_at).days
        assert days == 7
        shown = ask(hand_off.get_state, name)["request"]
        assert (shown["state"], shown["delivery"]) == ("asked", "Sent")

    def test_without_the_mark_nothing_is_sent(self, office: SiteOffice):
        name = opened(office)
        with pytest.raises(frappe.ValidationError, match=r"needs \{link\}"):
            ask(hand_off.ask, name, "Please leave your details.", "private", "a1", [])
        assert (replies(name), frappe.get_all("Social Contact Request")) == ([], [])

    def test_the_public_word_has_the_platforms_address_and_no_link_of_ours(self, office: SiteOffice):
        name = opened(office)
        without = ask(hand_off.get_state, name)["texts"]["public"]
        assert without.endswith("write us a private message.")
        office.connector.private_link = lambda account: f"https://fake.example/write?to={account.external_id}"  # type: ignore[attr-defined]
        assert ask(hand_off.get_state, name)["texts"]["public"].endswith("https://fake.example/write?to=900")
        answer = ask(hand_off.ask, name, "Please write to us: {link}", "public", "a1", [])
        assert answer["reply"]
        assert [(one.audience, one.text) for one in replies(name)] == [("Public", "Please write to us.")]
        assert frappe.get_all("Social Contact Request") == []

    def test_nobody_publishes_a_one_time_link(self, office: SiteOffice):
        name = opened(office)
        link = ask_for_details(office, name)
        with pytest.raises(frappe.ValidationError, match="one customer only"):
            ask(composer.send, name, f"See {link}", "public", "a2", [])
        assert "one customer only" in ask(composer.preview, name, f"See {link}", "public")["refusal"]

    def test_a_refused_message_leaves_no_request(self, office: SiteOffice):
        name = opened(office)
        office.connector.forbidden = "The author allows no answers."
        with pytest.raises(frappe.ValidationError, match="allows no answers"):
            ask(hand_off.ask, name, TEXT, "private", "a1", [])
        assert frappe.get_all("Social Contact Request") == []

    def test_the_preview_stores_nothing_and_has_the_length(self, office: SiteOffice):
        name = opened(office)
        shown = ask(hand_off.preview, name, TEXT, "private")
        link = ask_for_details(office, name)
        assert shown["parts"][0]["length"] == len(TEXT.replace("{link}", link))

    def test_asked_anew_the_first_link_is_useless(self, office: SiteOffice):
        name = opened(office)
        first, second = ask_for_details(office, name), ask_for_details(office, name)
        assert visit(first).status == 404
        assert visit(second).status == 200
        assert ask(hand_off.withdraw, name) is True
        assert visit(second).status == 404
        assert ask(hand_off.withdraw, name) is False

    def test_a_trainees_message_waits_for_approval(self, office: SiteOffice):
        make_user("tina@example.com", "Tina", "Agent", "Social Care Trainee", agent=True)
        make_user("bea@example.com", "Bea", "Agent", "Social Care Supervisor", agent=True)
        frappe.db.set_value("Social Account", ACCOUNT, "approval_policy", "Trainees")
        frappe.db.commit()
        name = opened(office)
        link = ask_for_details(office, name, user="tina@example.com")
        assert office.sent() == []
        assert ask(hand_off.get_state, name)["request"]["delivery"] == "Awaiting Approval"
        record = frappe.get_all("Social Approval", {"ticket": name}, pluck="name")[0]
        ask(approvals.approve, record, user="bea@example.com")
        office.work()
        assert office.sent() == [TEXT.replace("{link}", link)]


class TestThePage:
    def test_looking_uses_nothing_up_and_shows_nothing_of_the_customer(self, office: SiteOffice):
        name = opened(office)
        frappe.db.set_value("Social Profile", {"external_id": "c1"}, "display_name", "Ada Osei")
        link = ask_for_details(office, name)
        previewed = visit(link, headers={"User-Agent": "facebookexternalhit/1.1"})
        assert (previewed.status, request_of(name).state) == (200, "Asked"), "a messenger's preview is no visit"
        visit(link, "HEAD")
        assert request_of(name).state == "Asked"
        for _ in range(2):
            answer = visit(link)
            assert answer.status == 200
            assert "@northwind" in answer.text
            shown = answer.text.replace(re.split("[/=]", link)[-1], "")  # a random token may hold any two letters
            assert not [one for one in ("Ada", "c1", "My flight is late", f"#{name}") if one in shown]
        assert (request_of(name).state, bool(request_of(name).opened_at)) == ("Opened", True)

    def test_its_headers(self, office: SiteOffice):
        headers = visit(ask_for_details(office, opened(office))).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    @pytest.mark.parametrize(
        ("known", "accepted", "language", "words"),
        [
            ("pl", "sr", "pl", "Adres e-mail"),
            ("", "sr,en;q=0.5", "sr", "Адреса е-поште"),
            ("xx", "de", "en", "E-mail address"),
        ],
    )
    def test_its_language(self, office: SiteOffice, known: str, accepted: str, language: str, words: str):
        name = opened(office)
        frappe.db.set_value("HD Ticket", name, "social_language", known)
        answer = visit(ask_for_details(office, name), headers={"Accept-Language": accepted})
        assert f'<html lang="{language}">' in answer.text
        assert words in answer.text

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"email": "jane@"}, "This is no e-mail address"),
            ({"email": "Jane <jane@example.com>"}, "This is no e-mail address"),
            ({"email": "a@example.com, b@example.com"}, "This is no e-mail address"),
            ({"email": "c1.c1@x.invalid"}, "This is no e-mail address"),
            ({"email": "a" * 140 + "@example.com"}, "This is no e-mail address"),
            ({"phone": "12"}, "This is no phone number"),
            ({"phone": "call me"}, "This is no phone number"),
            ({"email": "", "phone": ""}, "An e-mail address or a phone number is needed"),
            ({"consent": ""}, "only if you agree"),
            ({"shown": "another"}, "has changed meanwhile"),
            ({"leave_empty": "spam"}, "filled in by a program"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_lost(self, office: SiteOffice, values: dict[str, str], words: str):
        name = opened(office)
        link = ask_for_details(office, name)
        answer = fill_in(link, **values)
        assert answer.status == 422
        assert words in answer.text
        assert 'value="after six"' in answer.text, "what was typed has to stay"
        assert request_of(name).state == "Opened"
        assert fill_in(link).status == 200, "a mistake must not use the link up"

    def test_what_is_typed_stays_text(self, office: SiteOffice):
        name = opened(office)
        link = ask_for_details(office, name)
        evil = '"><script>alert(1)</script>'
        assert "<script" not in fill_in(link, email=evil, preferred_time=evil).text
        assert fill_in(link, preferred_time=evil).status == 200
        land()
        assert "<script" not in communications(name)[-1].content

    @pytest.mark.parametrize("key", ["", "x", "a" * 43, "ключ", "%00", "a" * 5000])
    def test_an_unknown_token_says_the_same_as_a_used_one(self, office: SiteOffice, key: str):
        link = ask_for_details(office, opened(office))
        fill_in(link)
        used = visit(link)
        unknown = visit(f"http://x/contact-details?key={key}")
        assert (used.status, unknown.status) == (404, 404)
        strip = re.compile(r'nonce="[^"]*"')
        assert strip.sub("", used.text) == strip.sub("", unknown.text)
        assert GONE in used.text

    def test_time_is_over(self, office: SiteOffice):
        name = opened(office)
        link = ask_for_details(office, name)
        shown = visit(link).hidden("shown")
        frappe.db.set_value(
            "Social Contact Request", request_of(name).name, "expires_at", to_site(utc_now() - timedelta(seconds=1))
        )
        assert visit(link).status == 404
        assert visit(link, "POST", data={**GOOD, "shown": shown}).status == 404
        assert ask(hand_off.get_state, name)["request"]["state"] == "expired"
        jobs_contact_requests.sweep()
        assert (request_of(name).state, request_of(name).email) == ("Expired", None)

    def test_too_many_answers_to_one_link(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        link = ask_for_details(office, opened(office))
        statuses = [visit(link, "POST", data={"email": "wrong"}).status for _ in range(21)]
        assert statuses == [422] * 20 + [429]
        assert visit(link).status == 200, "looking is still possible"

    def test_too_many_visits_from_one_address(self, office: SiteOffice):
        statuses = [visit(f"http://x/contact-details?key={n}").status for n in range(61)]
        assert statuses == [404] * 60 + [429]
        elsewhere = visit("http://x/contact-details?key=1", headers={"X-Forwarded-For": "203.0.113.9"})
        assert elsewhere.status == 404


class TestTheAnswer:
    def test_it_lands_on_ticket_and_contact_once(self, office: SiteOffice):
        name = opened(office)
        link = ask_for_details(office, name)
        before = len(communications(name))
        answer = fill_in(link)
        assert (answer.status, "Thank you" in answer.text) == (200, True)
        assert fill_in_again(link) == 404, "a link was used twice"
        request = request_of(name)
        assert (request.state, request.email, request.phone) == ("Answered", "jane@example.com", "+48500100200")
        assert request.consent_text.startswith("I agree that the team stores")
        assert request.answered_at
        land()
        land()
        [shown] = communications(name)[before:]
        assert (shown.sent_or_received, shown.sender, shown.social_message) == ("Received", "c1.c1@x.invalid", None)
        for words in ("jane@example.com", "+48500100200", "after six", "I agree that the team"):
            assert words in shown.content
        contact = contact_of(name)
        assert (contact.email_id, contact.phone) == ("jane@example.com", "+48500100200")
        assert ticket(name).raised_by == "c1.c1@x.invalid", "automatic e-mails must not begin to leave"
        told = ask(hand_off.get_state, name)["request"]
        assert (told["state"], told["email"], told["elsewhere"]) == ("answered", "jane@example.com", [])

    def test_of_two_answers_at_once_the_first_counts(self, office: SiteOffice):
        name = opened(office)
        ask_for_details(office, name)
        request = request_of(name).name
        taken = [
            contact_requests.record_answer(request, ContactDetails(email=f"{n}@example.com"), "Yes.", utc_now())
            for n in "ab"
        ]
        assert (taken, request_of(name).email) == ([True, False], "a@example.com")

    def test_an_answer_whose_job_was_lost_lands_by_the_sweep(self, office: SiteOffice, monkeypatch: pytest.MonkeyPatch):
        name = opened(office)
        fill_in(ask_for_details(office, name))
        queued_jobs: list[str] = []
        monkeypatch.setattr(jobs_contact_requests, "enqueue", lambda job, request: queued_jobs.append(request))
        jobs_contact_requests.sweep()
        assert queued_jobs == [request_of(name).name]
        land()
        jobs_contact_requests.sweep()
        assert len(queued_jobs) == 1, "it was landed already"

    def test_nothing_that_is_known_is_overwritten(self, office: SiteOffice):
        name = opened(office)
        contact = contact_of(name)
        contact.add_email("old@example.com", is_primary=True)
        contact.add_phone("+48111222333", is_primary_phone=True)
        contact.save()
        fill_in(ask_for_details(office, name))
        land()
        contact = contact_of(name)
        assert (contact.email_id, contact.phone) == ("old@example.com", "+48111222333")
        assert [one.email_id for one in contact.email_ids] == ["old@example.com", "jane@example.com"]
        assert [one.phone for one in contact.phone_nos] == ["+48111222333", "+48500100200"]

    def test_what_another_contact_has_is_suggested_only(self, office: SiteOffice):
        other = frappe.get_doc(
            {"doctype": "Contact", "first_name": "Jane", "email_ids": [{"email_id": "Jane@example.com", "is_primary": 1}]}
        )
        other.insert()
        name = opened(office)
        fill_in(ask_for_details(office, name))
        land()
        contact = contact_of(name)
        assert contact.name != other.name
        assert (contact.email_ids, [one.phone for one in contact.phone_nos]) == ([], ["+48500100200"])
        assert ask(hand_off.get_state, name)["request"]["elsewhere"] == [other.name]
        [suggested] = ask(identities.suggest_contacts, ticket(name).social_profile)
        assert (suggested["contact"], suggested["strong"]) == (other.name, True)

    def test_a_merged_ticket_leads_on(self, office: SiteOffice):
        name, other = opened(office), opened(office, "2", thread="t2")
        link = ask_for_details(office, name)
        from helpdesk.helpdesk.doctype.hd_ticket.api import merge_ticket

        merge_ticket(source=name, target=other)
        frappe.db.commit()
        fill_in(link)
        land()
        assert "jane@example.com" in communications(other)[-1].content

    def test_a_request_goes_with_the_contact_to_which_its_profile_was_moved(self, office: SiteOffice):
        name = opened(office)
        fill_in(ask_for_details(office, name))
        land()
        other = frappe.get_doc({"doctype": "Contact", "first_name": "Jane"}).insert()
        identities.link_profile(ticket(name).social_profile, other.name)
        frappe.delete_doc("Contact", other.name, force=True)
        assert frappe.get_all("Social Contact Request") == []

    @pytest.mark.parametrize("doctype", ["HD Ticket", "Contact", "Social Profile"])
    def test_erasing_takes_the_request_along(self, office: SiteOffice, doctype: str):
        name = opened(office)
        fill_in(ask_for_details(office, name))
        land()
        which = {"HD Ticket": name, "Contact": ticket(name).contact, "Social Profile": ticket(name).social_profile}[doctype]
        frappe.delete_doc(doctype, which, force=True)
        assert frappe.get_all("Social Contact Request") == []


class TestEmail:
    @pytest.fixture
    def office(self, mailing_office: SiteOffice) -> Iterator[SiteOffice]:
        frappe.cache.delete_keys("rl:contact-details")
        return mailing_office

    def test_it_is_offered_afterwards_and_goes_to_that_address_only(self, office: SiteOffice):
        name = opened(office)
        assert ways(ask(composer.get_state, name))["email"]["possible"] is False
        fill_in(ask_for_details(office, name))
        land()
        email = ways(ask(composer.get_state, name))["email"]
        assert (email["possible"], email["address"]) == (True, "jane@example.com")
        assert queued() == [], "an e-mail left although nobody wrote one"
        ask(composer.send, name, "As promised, by e-mail.", "email", "a1", [], confirmed=True)
        assert queued() == [("Not Sent", {"jane@example.com"})]
        assert len(office.sent()) == 1, "the e-mail went out on the platform, too"

    def test_the_address_of_this_ticket_comes_first(self, office: SiteOffice):
        name = opened(office)
        contact = contact_of(name)
        contact.add_email("old@example.com", is_primary=True)
        contact.save()
        fill_in(ask_for_details(office, name))
        land()
        assert ways(ask(composer.get_state, name))["email"]["address"] == "jane@example.com"

    def test_later_tickets_get_no_automatic_e_mails(self, office: SiteOffice):
        from tests.site.office import helpdesk_settings

        fill_in(ask_for_details(office, opened(office)))
        land()
        with helpdesk_settings(send_acknowledgement_email=1, enable_email_ticket_feedback=1):
            later = ticket(opened(office, "9", thread="t9"))
            assert later.raised_by == "jane@example.com"
            later.status = "Closed"
            later.save()
            frappe.db.commit()
        assert queued() == []


def fill_in_again(link: str) -> int:
    return visit(link, "POST", data={**GOOD, "shown": digest_of("whatever")}).status


def test_in_the_sandbox_of_x(site: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest):
    """The same with the real connector: Ada gets a direct message with a link that works."""
    from social_care import jobs
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.sandbox.x import XSandbox
    from tests.browser.conftest import BrowserOffice

    frappe.cache.delete_keys("rl:contact-details")
    with XSandbox() as x:
        office = BrowserOffice(site, x)
        name = office.ticket()
        assert ask(hand_off.get_state, name)["texts"]["public"].endswith(
            f"https://x.com/messages/compose?recipient_id={office.team.id}"
        )
        reply = ask(hand_off.ask, name, TEXT, "private", "a1", [])["reply"]
        hold_over(reply)
        for part in HelpdeskDesk().outbox.due(utc_now()):
            jobs.deliver_part(part)
        [told] = [dm.text for dm in x.dms_between(office.team, office.ada)]
        link = re.search(r"http\S+/contact-details\?key=\S+", told)
        assert link
        assert fill_in(link.group()).status == 200
        land()
        assert "jane@example.com" in communications(name)[-1].content
