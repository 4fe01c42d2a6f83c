"""News reach an open ticket by themselves, over Frappe's own server of realtime events."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice
from tests.browser.test_ticket_page import show, write


@pytest.mark.usefixtures("realtime")
def test_a_new_message_and_a_reply_s_fate_arrive(page: Page, office: BrowserOffice):
    first = office.x.post(office.ada, "@northwind Where is my bag?")
    ticket = office.receive()[0]
    panel = show(page, ticket)
    page.wait_for_function("document.querySelector('#app').__vue_app__.config.globalProperties.$socket.connected")
    office.x.post(office.ada, "@northwind And my coat?", reply_to=first)
    assert office.receive() == [ticket]
    expect(page.locator(".activity [data-sc-audience=public]")).to_have_count(2)
    panel.get_by_role("button", name=re.compile("^Answer on")).click()
    expect(panel.get_by_label("Answer to").locator("option")).to_have_count(3)
    office.setting(undo_seconds=0)
    write(panel, "Both are in B42.")
    panel.get_by_role("button", name="Send publicly").click()
    expect(panel.get_by_label("Your answer")).to_be_hidden()
    office.deliver()
    expect(page.locator(".activity").get_by_text("Sent", exact=True)).to_be_visible()
