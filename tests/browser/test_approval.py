"""A trainee's reply waits, and a supervisor decides in the ticket; templates where one may not write freely."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice, WhatsAppOffice
from tests.browser.test_ticket_page import both_widths, shoot, show, write


@dataclass(frozen=True)
class Team:
    """The office, and the addresses of a trainee and two supervisors."""

    office: BrowserOffice
    tina: str
    bea: str
    bob: str


@pytest.fixture
def team(office: BrowserOffice) -> Team:
    """An office with a trainee and two supervisors."""
    office.setting(undo_seconds=0)
    tina = office.add_colleague("Tina Test", "Social Care Trainee")
    bea = office.add_colleague("Bea Test", "Social Care Supervisor")
    bob = office.add_colleague("Bob Test", "Social Care Supervisor")
    return Team(office, tina, bea, bob)


def asked(team: Team, sign_in: Callable[..., Any], text: str = "We r on it.") -> tuple[str, Any, Any]:
    """Have the trainee answer; return the ticket, her page and her panel."""
    ticket = team.office.ticket()
    page = sign_in(team.tina)
    panel = show(page, ticket)
    write(panel, text)
    expect(panel.get_by_text("A supervisor has to approve this first. Its author is in training.")).to_be_visible()
    panel.get_by_role("button", name="Send publicly").click()
    expect(panel.get_by_text("A reply waits for approval")).to_be_visible()
    return ticket, page, panel


class TestApproval:
    def test_it_waits_and_is_approved_by_keyboard(self, team: Team, sign_in: Callable[..., Any]):
        ticket, _page, panel = asked(team, sign_in)
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel).to_contain_text("Your reply waits for approval.")
        expect(panel).to_contain_text("May approve: Bea Test, Bob Test")
        team.office.deliver()
        assert team.office.x.posts_by(team.office.team) == [], "a trainee published without approval"
        page = sign_in(team.bea)
        bea = show(page, ticket)
        expect(bea.get_by_text("A reply waits for approval")).to_be_visible()
        page.keyboard.press("Shift+A")
        waiting = bea.get_by_role("region", name="A reply that waits for approval")
        expect(waiting).to_be_focused()
        expect(waiting).to_contain_text("We r on it.")
        shoot(page, "approval")
        page.keyboard.press("a")
        expect(waiting).to_be_hidden()
        team.office.deliver()
        assert [post.text for post in team.office.x.posts_by(team.office.team)] == ["We r on it. ^AO"]

    def test_it_is_changed_and_approved(self, team: Team, sign_in: Callable[..., Any]):
        ticket, _page, _panel = asked(team, sign_in)
        page = sign_in(team.bea)
        bea = show(page, ticket)
        page.keyboard.press("Shift+A")
        expect(bea.get_by_role("region", name="A reply that waits for approval")).to_be_focused()
        page.keyboard.press("e")
        expect(bea.get_by_label("Reply", exact=True)).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.type("We are on it, Ada.")
        page.keyboard.press("Control+Enter")
        expect(bea.get_by_text("A reply waits for approval")).to_be_hidden()
        team.office.deliver()
        assert [post.text for post in team.office.x.posts_by(team.office.team)] == ["We are on it, Ada. ^AO"]

    def test_it_is_rejected_and_the_author_learns_why(self, team: Team, sign_in: Callable[..., Any]):
        ticket, tinas, panel = asked(team, sign_in)
        page = sign_in(team.bea, size="phone")
        bea = show(page, ticket)
        bea.get_by_role("button", name=re.compile("^Answer on")).click()
        bea.get_by_role("button", name="Reject").click()
        bea.get_by_role("button", name="Reject").last.click()
        expect(bea.get_by_text("Please fill in: What should the author do better?")).to_be_visible()
        shoot(page, "reject")
        page.keyboard.type("Say sorry first.")
        bea.get_by_role("button", name="Reject").last.click()
        expect(bea.get_by_text("A reply waits for approval")).to_be_hidden()
        assert team.office.states() == ["Rejected"]
        tinas.reload()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel).to_contain_text("Bea Test did not approve your reply: Say sorry first.")
        panel.get_by_role("button", name="Write it anew").click()
        expect(panel.get_by_label("Your answer")).to_have_value("We r on it.")
        panel.get_by_label("Your answer").fill("Sorry, Ada! We are on it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_text("did not approve your reply")).to_be_hidden()
        assert team.office.states() == ["Rejected", "Awaiting Approval"]

    def test_it_is_rejected_on_the_page_of_approvals_by_keyboard(self, team: Team, sign_in: Callable[..., Any]):
        asked(team, sign_in)
        page = sign_in(team.bea)
        page.goto("/app/social-approvals")
        expect(page.locator(".social-approvals > li")).to_contain_text("We r on it.")
        page.locator(".social-approvals").get_by_role("button", name="Reject").click()
        note = page.locator(".modal.show textarea")
        note.fill("Say sorry first.")
        note.press("Control+Enter")
        expect(page.locator(".social-approvals > li")).to_have_count(0)
        assert team.office.states() == ["Rejected"]

    def test_who_is_slower_is_told(self, team: Team, sign_in: Callable[..., Any]):
        ticket, _page, _panel = asked(team, sign_in)
        beas, bobs = sign_in(team.bea), sign_in(team.bob)
        panels = [show(page, ticket) for page in (beas, bobs)]
        for panel in panels:
            panel.get_by_role("button", name=re.compile("^Answer on")).click()
            expect(panel.get_by_role("button", name="Approve", exact=True)).to_be_visible()
        panels[0].get_by_role("button", name="Approve", exact=True).click()
        expect(panels[0].get_by_role("button", name="Approve", exact=True)).to_be_hidden()
        panels[1].get_by_role("button", name="Approve", exact=True).click()
        expect(panels[1].get_by_text("Bea Test was faster: this reply is approved already.")).to_be_visible()
        expect(panels[1].get_by_role("button", name="Approve", exact=True)).to_be_hidden()
        assert team.office.states() == ["Queued"]

    def test_it_is_withdrawn(self, team: Team, sign_in: Callable[..., Any]):
        _ticket, _page, panel = asked(team, sign_in)
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        panel.get_by_role("button", name="Withdraw").click()
        expect(panel.get_by_label("Your answer")).to_have_value("We r on it.")
        assert team.office.states() == ["Cancelled"]

    def test_a_trainee_moderates_nothing(self, team: Team, sign_in: Callable[..., Any]):
        page = sign_in(team.tina)
        panel = show(page, team.office.ticket())
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        person = panel.get_by_role("complementary", name="Who is this")
        expect(person.get_by_role("button", name="Mute the author")).to_be_disabled()
        expect(person).to_contain_text("trainees do not act on customers' messages")


class TestTemplates:
    @both_widths
    def test_a_template_is_filled_in_and_sent_when_the_window_is_closed(self, page: Page, whatsapp: WhatsAppOffice):
        whatsapp.sandbox.add_template("bag_found", "Hello {{1}}, your bag comes to {{2}}.")
        whatsapp.sandbox.add_template("offer", "Fly for less, {{1}}!", category="MARKETING", status="PAUSED")
        ticket = whatsapp.ticket("Where is my bag?")
        whatsapp.close_window(ticket)
        panel = show(page, ticket)
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.get_by_role("radio", name=re.compile("Private"))).to_be_disabled()
        panel.get_by_role("button", name="Fetch the list anew").click()
        panel.get_by_label("Template", exact=True).select_option(label="bag_found · utility · en_US")
        send = panel.get_by_role("button", name="Send template")
        expect(send).to_be_disabled()

        panel.get_by_label(re.compile(r"1\}\}")).fill("Ada")
        panel.get_by_label(re.compile(r"2\}\}")).fill("B42")
        expect(panel.get_by_text("Hello Ada, your bag comes to B42.")).to_be_visible()
        shoot(page, "template")
        send.click()
        expect(send).to_be_hidden()
        whatsapp.deliver()
        assert [one.text for one in whatsapp.sandbox.sent_to(whatsapp.ada)] == ["Hello Ada, your bag comes to B42."]
