"""Tickets of two people that Helpdesk merged: nobody gets what was meant for somebody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice
from tests.browser.test_ticket_page import shoot, show, write


class TestTwoPeopleOnOneTicket:
    @pytest.fixture
    def merged(self, office: BrowserOffice, page: Page) -> tuple[str, str]:
        """Ada's ticket was merged into Ben's; return both."""
        office.setting(undo_seconds=0)
        post = office.x.post(office.ada, "@northwind my red bag is lost")
        source = office.receive()[0]
        office.x.post(office.x.add_user("ben", "Ben Ward"), "@northwind where is my blue bag?")
        target = office.receive()[0]
        show(page, source)
        self.post = post
        done = page.evaluate(
            "([source, target]) => fetch('/api/method/helpdesk.helpdesk.doctype.hd_ticket.api.merge_ticket',"
            " {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Frappe-CSRF-Token': window.csrf_token},"
            " body: JSON.stringify({source, target})}).then((answer) => answer.status)",
            [source, target],
        )
        assert done == 200
        return source, target

    def ada_writes(self, office: BrowserOffice) -> None:
        office.x.post(office.ada, "@northwind and my hat is lost, too", reply_to=self.post.id)
        office.receive()

    def test_words_stay_with_the_person_they_were_written_for(self, page: Page, office: BrowserOffice, merged: Any):
        panel = show(page, merged[1])
        write(panel, "Dear Ben, your blue bag is in Oslo.")
        expect(panel.locator(".sc-part-text")).to_be_visible()
        self.ada_writes(office)
        page.reload()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.get_by_text("@ada wrote meanwhile. Your answer still goes to @ben.")).to_be_visible()
        expect(panel.get_by_label("Answer to").locator("option:checked")).to_contain_text("@ben")
        shoot(page, "held")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        [post] = office.x.posts_by(office.team)
        assert office.x.state.posts[post.reply_to_id].text == "@northwind where is my blue bag?", "the wrong person got it"

    def test_the_agent_may_turn_to_the_newest(self, page: Page, office: BrowserOffice, merged: Any):
        panel = show(page, merged[1])
        write(panel, "Your things are in Oslo.")
        expect(panel.locator(".sc-part-text")).to_be_visible()
        self.ada_writes(office)
        page.reload()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        note = panel.get_by_text("@ada wrote meanwhile.")
        expect(note).to_be_visible()
        panel.get_by_label("Answer to").select_option(label="The newest message, of @ada")
        expect(panel.locator(".sc-answers")).to_contain_text("my hat is lost")
        expect(note).to_be_hidden()

    def test_nobody_answers_on_the_ticket_that_was_merged(self, page: Page, office: BrowserOffice, merged: Any):
        panel = show(page, merged[0])
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        sentence = f"This ticket was merged into ticket #{merged[1]}. Please answer there."
        expect(panel.locator(".sc-reasons").first).to_have_text(sentence)
        expect(panel.get_by_role("button", name="Send publicly")).to_be_disabled()
