"""The line breaks while an agent sends: what is said about it, and that nothing goes out twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice
from tests.browser.test_ticket_page import show, write

SEND = "**/social_care.api.composer.send"
LOST = "The help desk could not be reached, or its answer was lost."


class TestTheAnswerOfTheSiteIsLost:
    @pytest.fixture
    def panel(self, page: Page, office: BrowserOffice) -> Any:
        """An answer that the site has taken over, and the page knows nothing of it."""
        office.setting(undo_seconds=0)
        panel = show(page, office.ticket())
        write(panel, "We are on it.")

        def lose(route: Any) -> None:
            route.fetch()
            route.abort()

        page.route(SEND, lose)
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_role("alert").filter(has_text=LOST)).to_be_visible()
        page.unroute(SEND)
        assert office.states() == ["Queued"]
        return panel

    def test_the_same_words_are_not_sent_twice(self, panel: Any, office: BrowserOffice):
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        expect(panel.get_by_role("status")).to_contain_text("taken over the first time already")
        assert office.states() == ["Queued"]

    def test_nor_after_the_page_was_loaded_anew(self, panel: Any, office: BrowserOffice, page: Page):
        page.reload()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.get_by_label("Your answer")).to_have_value("We are on it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        assert office.states() == ["Queued"]

    def test_other_words_are_sent_once_the_agent_knows(self, panel: Any, office: BrowserOffice):
        panel.get_by_label("Your answer").fill("It leaves at 15:10.")
        panel.get_by_role("button", name="Send publicly").click()
        told = panel.get_by_role("alert").filter(has_text="Your first words were taken over already: “We are on it.”")
        expect(told).to_be_visible()
        assert office.states() == ["Queued"]
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        assert office.states() == ["Queued", "Queued"]


class TestTheAnswerOfThePlatformIsLost:
    def test_nobody_writes_again_unaware(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=0)
        panel = show(page, office.ticket())
        office.x.faults.add("reset_after", "POST /2/tweets")
        write(panel, "We are on it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        assert office.states() == ["Unknown"]
        expect(panel.get_by_text("An answer is not confirmed yet")).to_be_visible()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        open_one = panel.get_by_role("group", name="An answer that is not settled")
        expect(open_one).to_contain_text("❓ Unknown – being checked")
        expect(open_one.get_by_role("button")).to_have_count(0)
