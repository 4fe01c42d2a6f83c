"""What people decide on the desk's own forms and pages, whose calls carry every value as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BrowserOffice
from tests.browser.test_ticket_page import shoot, show, write

STORM = {"storm_messages": 3, "storm_people": 3, "storm_minutes": 15, "storm_quiet_minutes": 120}


@pytest.fixture
def supervisor(office: BrowserOffice, sign_in: Callable[..., Any]) -> Any:
    return sign_in(office.add_colleague("Bea Test", "Social Care Supervisor", "Desk User"))


def test_a_reply_that_is_given_up_was_not_sent(office: BrowserOffice, page: Any, supervisor: Any):
    office.setting(undo_seconds=0)
    panel = show(page, office.ticket())
    office.x.faults.add("status", "POST /2/tweets", status=403)
    write(panel, "We are on it.")
    panel.get_by_role("button", name="Send publicly").click()
    expect(panel.get_by_label("Your answer")).to_be_hidden()
    office.deliver()
    [part] = office.frappe.get_all("Social Message", {"state": "Failed"}, pluck="name")
    supervisor.goto(f"/app/social-message/{part}")
    supervisor.get_by_role("button", name="Give up").click()
    supervisor.get_by_role("button", name="Yes").click()
    expect(supervisor.get_by_role("button", name="Give up")).to_be_hidden()
    assert office.states() == ["Cancelled"], "a reply that was given up counts as sent"


def test_personal_data_is_asked_about_in_the_queue(office: BrowserOffice, sign_in: Callable[..., Any], supervisor: Any):
    office.setting(undo_seconds=0)
    panel = show(sign_in(office.add_colleague("Tina Test", "Social Care Trainee")), office.ticket())
    write(panel, "We are on it.")
    panel.get_by_role("button", name="Send publicly").click()
    expect(panel.get_by_text("A reply waits for approval")).to_be_visible()
    supervisor.goto("/app/social-approvals")
    supervisor.get_by_role("button", name="Edit", exact=True).click()
    dialog = supervisor.get_by_role("dialog").filter(has_text="Edit and approve")
    dialog.locator("textarea").fill("Write to ada.osei@example.com.")
    dialog.get_by_role("button", name="Approve").click()
    expect(supervisor.get_by_text("Approve it once more if it shall be public all the same.")).to_be_visible()
    assert office.states() == ["Awaiting Approval"], "personal data became public without a question"


class TestStorm:
    @pytest.fixture
    def storm(self, office: BrowserOffice) -> Iterator[str]:
        office.setting(**STORM)
        for number in range(5):
            author = office.x.add_user(f"person{number}", f"Person {number}")
            office.x.post(author, f"@northwind the booking app is down again since this morning, what happened {number}")
        office.receive()
        yield office.frappe.get_all("Social Storm", pluck="name")[0]
        office.setting(storm_messages=0)

    def test_everybody_gets_the_holding_reply(self, office: BrowserOffice, supervisor: Any, storm: str):
        parent = office.frappe.db.get_value("Social Storm", storm, "ticket")
        supervisor.goto(f"/helpdesk/tickets/{parent}")
        shown = supervisor.frame_locator("iframe").first
        expect(shown.get_by_text("This ticket stands for a storm: 5 messages of 5 people")).to_be_visible(timeout=30_000)
        expect(shown.get_by_role("link", name="Open the storm")).to_have_attribute("href", f"/app/social-storm/{storm}")
        supervisor.goto(f"/app/social-storm/{storm}")
        supervisor.get_by_role("button", name="Holding reply").click()
        asked = supervisor.get_by_role("dialog").filter(has_text="Holding reply")
        asked.locator("textarea").fill("We are on it.")
        asked.get_by_role("button", name="Preview").click()
        asked = asked.filter(has_text="5 people get this. The first one:")
        expect(asked).to_contain_text("@person0 We are on it.")
        shoot(supervisor, "holding-reply")
        asked.get_by_role("button", name="Send", exact=True).click()
        expect(supervisor.get_by_role("button", name="Stop")).to_be_visible()
        office.frappe.db.rollback()
        from social_care import jobs

        jobs.sweep()
        assert len(office.states()) == 5
        office.x.faults.add("status", "POST /2/tweets", status=403)
        office.deliver()
        supervisor.reload()
        expect(supervisor.get_by_text("0 sent, 4 on their way, 0 wait, 1 not sent or unknown, 0 left out")).to_be_visible()

    def test_the_ticket_of_a_storm_answers_nobody(self, office: BrowserOffice, page: Any, storm: str, faults: list[str]):
        parent = office.frappe.db.get_value("Social Storm", storm, "ticket")
        page.goto(f"/helpdesk/tickets/{parent}")
        shown = page.frame_locator("iframe").first
        expect(shown.get_by_text("This ticket stands for a storm")).to_be_visible(timeout=30_000)
        expect(shown.get_by_role("link", name="Open the storm")).to_have_count(0)
        page.get_by_role("button", name="Reply", exact=True).last.click()
        page.locator(".ProseMirror").first.click()
        page.keyboard.type("We know.")
        with page.expect_event("pageerror"):  # Helpdesk's own: it lets go what the site refused
            page.keyboard.press("Control+Enter")
        expect(page.get_by_text("This ticket stands for a storm, not for one customer.")).to_be_visible()
        assert office.states() == []
        assert [one for one in faults if "ValidationError" not in one] == []
        faults.clear()
