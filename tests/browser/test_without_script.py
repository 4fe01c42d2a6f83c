"""Without our script on Helpdesk's page the ordinary reply box obeys every rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice, WhatsAppOffice
from tests.browser.test_ticket_page import close_tour


def answer(page: Page, ticket: str, text: str, faults: list[str]) -> None:
    """Answer by Helpdesk's reply box, with our files blocked; wait for what the site says."""
    page.route("**/assets/social_care/**", lambda route: route.abort())
    page.goto(f"/helpdesk/tickets/{ticket}")
    reply = page.locator(".comm-area").get_by_role("button", name="Reply", exact=True)
    expect(reply).to_be_visible(timeout=60_000)
    close_tour(page)
    reply.click()
    page.locator(".ProseMirror").first.click()
    page.keyboard.insert_text(text)
    with page.expect_response(lambda response: "run_doc_method" in response.url):
        page.get_by_role("button", name=re.compile("^Send")).last.click()
    assert not page.locator("section.sc-panel").count()
    assert any("the ordinary reply box works" in fault for fault in faults)


def test_an_answer_is_sent(page: Page, office: BrowserOffice, faults: list[str]):
    answer(page, office.ticket(), "By the ordinary box.", faults)
    office.deliver()
    assert office.states() == ["Sent"]
    faults.clear()


def test_what_is_too_long_is_refused(page: Page, office: BrowserOffice, faults: list[str]):
    answer(page, office.ticket(), "This is one sentence of very many. " * 400, faults)
    expect(page.get_by_text(re.compile("The reply is too long")).first).to_be_visible()
    assert office.states() == []
    faults.clear()  # Helpdesk's own: the refused request


def test_a_closed_window_refuses(page: Page, whatsapp: WhatsAppOffice, faults: list[str]):
    ticket = whatsapp.ticket("Where is my bag?")
    whatsapp.close_window(ticket)
    answer(page, ticket, "In B42.", faults)
    expect(page.get_by_text(re.compile("WhatsApp lets us answer freely for 24 hours")).first).to_be_visible()
    assert whatsapp.states() == []
    faults.clear()


def test_a_trainee_s_answer_waits(office: BrowserOffice, sign_in: Callable[..., Any], faults: list[str]):
    tina = office.add_colleague("Tina Test", "Social Care Trainee")
    office.frappe.db.set_value("Social Account", office.account.name, "approval_policy", "Nobody")
    office.frappe.db.commit()
    answer(sign_in(tina), office.ticket(), "We r on it.", faults)
    office.deliver()
    assert office.states() == ["Awaiting Approval"]
    assert office.x.posts_by(office.team) == [], "a trainee published without approval"
    faults.clear()
