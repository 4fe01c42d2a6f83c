"""Asking for contact details in Chromium: the agent on the ticket page, the customer on the guest page of a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from social_care import jobs_contact_requests
from tests.browser.conftest import BrowserOffice
from tests.browser.test_ticket_page import both_widths, shoot, show

LINK = re.compile(r"/contact-details\?key=[\w-]{43}")


@pytest.fixture
def guest(chromium: Any, address: str) -> Iterator[Page]:
    """A customer's phone, without JavaScript and signed in nowhere."""
    context = chromium.new_context(
        base_url=address, viewport={"width": 360, "height": 740}, java_script_enabled=False, locale="en-US"
    )
    yield context.new_page()
    context.close()


def asked(page: Page, office: BrowserOffice) -> tuple[Any, str]:
    """Have the agent ask from the panel; return the panel and the path that Ada got."""
    office.frappe.cache.delete_keys("rl:contact-details")
    office.setting(undo_seconds=0)
    panel = show(page, office.ticket())
    panel.get_by_role("button", name=re.compile("^Answer on")).click()
    panel.get_by_role("button", name="Ask for contact details").click()
    text = panel.get_by_label("What the customer will read")
    expect(text).to_be_focused()
    expect(text).to_have_value(re.compile(r"^Hello Ada, .*\{link\}$"))
    expect(panel.locator(".sc-hand-off .sc-part-text")).to_contain_text("/contact-details?key=")
    panel.locator(".sc-hand-off").scroll_into_view_if_needed()
    shoot(page, "ask-for-details")
    expect(panel.get_by_role("button", name="Send the link privately")).to_be_enabled()
    panel.get_by_label("What the customer will read").press("Control+Enter")
    expect(panel.locator(".sc-hand-off")).to_contain_text("Not opened yet.", timeout=30_000)
    office.deliver()
    found = LINK.search(office.x.dms_between(office.team, office.ada)[0].text)
    assert found
    return panel, found.group()


@both_widths
def test_asked_answered_and_then_by_e_mail(page: Page, guest: Page, office: BrowserOffice):
    panel, path = asked(page, office)
    guest.goto(path)
    expect(guest).to_have_title("How can we reach you?")
    shoot(guest, "contact-details")
    guest.get_by_role("button", name="Send").click()
    expect(guest.get_by_role("alert")).to_be_visible()
    email = guest.get_by_label("E-mail address")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("An e-mail address or a phone number is needed.")
    email.fill("ada@example.com")
    guest.get_by_label("Phone number").fill("+48 500 100 200")
    guest.get_by_label("Preferred time").fill("after six")
    guest.get_by_role("checkbox", name=re.compile("I agree")).check()
    button = guest.get_by_role("button", name="Send").bounding_box()
    assert button is not None
    assert button["x"] >= 0
    assert button["height"] >= 44, "a thumb has to hit it"
    guest.get_by_role("button", name="Send").click()
    expect(guest.get_by_role("heading", name="Thank you")).to_be_visible()
    guest.goto(path)
    expect(guest.get_by_role("heading", name="This link does not work")).to_be_visible()

    office.frappe.db.rollback()
    jobs_contact_requests.sweep()
    for request in office.frappe.get_all("Social Contact Request", {"state": "Answered"}, pluck="name"):
        jobs_contact_requests.land_contact_details(request)
    page.reload()
    panel = page.locator("section.sc-panel")
    panel.get_by_role("button", name=re.compile("^Answer on")).click(timeout=30_000)
    expect(panel.locator(".sc-hand-off")).to_contain_text("ada@example.com · +48500100200 · after six")
    shoot(page, "details-answered")


def test_the_link_is_withdrawn(page: Page, guest: Page, office: BrowserOffice):
    panel, path = asked(page, office)
    panel.get_by_role("button", name="Withdraw the link").click()
    expect(panel.locator(".sc-hand-off")).to_contain_text("The link was withdrawn.")
    assert guest.goto(path).status == 404  # type: ignore[union-attr]


def test_who_is_signed_in_can_answer_too(page: Page, office: BrowserOffice):
    """Frappe asks the forms of whoever is signed in for a token of the session."""
    _panel, path = asked(page, office)
    page.goto(path)
    page.get_by_label("Phone number").fill("+48 500 100 200")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_by_keyboard_alone(guest: Page, page: Page, office: BrowserOffice):
    _panel, path = asked(page, office)
    guest.goto(path)
    order = []
    for _ in range(5):
        guest.keyboard.press("Tab")
        order.append(guest.locator(":focus").get_attribute("name") or guest.locator(":focus").inner_text())
    assert order == ["email", "phone", "preferred_time", "consent", "Send"], "the trap for programs must not be reached"
