"""An agent answers inside Helpdesk's own ticket page."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice

SHOTS = os.environ.get("SOCIAL_CARE_SCREENSHOTS", "")
RENAMED = """
new MutationObserver(() => document.querySelectorAll(".comm-area").forEach((area) => (area.className = "renamed")))
  .observe(document, { childList: true, subtree: true });
"""
both_widths = pytest.mark.parametrize("page", ["desktop", "phone"], indirect=True)


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SOCIAL_CARE_SCREENSHOTS names a beginning of a path."""
    if SHOTS:
        width = "phone" if (page.viewport_size or {}).get("width", 0) < 700 else "desktop"
        page.screenshot(path=Path(f"{SHOTS}{name}-{width}.png"))


def show(page: Page, ticket: str) -> Any:
    """Open a ticket; return its panel, once it is there."""
    page.goto(f"/helpdesk/tickets/{ticket}")
    panel = page.locator("section.sc-panel")
    expect(panel).to_be_visible(timeout=30_000)
    close_tour(page)
    return panel


def close_tour(page: Page) -> None:
    """Helpdesk greets agents with a tour that covers a part of the page."""
    skip = page.get_by_text("Skip all")
    if skip.count():
        skip.first.click()


def expect_in_timeline(page: Page, what: Any) -> None:
    """Expect something in the conversation. On a phone Helpdesk shows the details first, and goes back to them by itself."""
    for _ in range(10):
        page.get_by_role("tab", name="Activity").click()
        try:
            return expect(what).to_be_visible(timeout=2000)
        except AssertionError:
            continue
    return expect(what).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a button of that name has the focus, which is seen at every step."""
    for _ in range(30):
        page.keyboard.press("Tab")
        expect_visible_focus(page)
        if page.evaluate("document.activeElement.innerText") == name:
            return
    raise AssertionError(f"Tab never came to “{name}”")


def expect_visible_focus(page: Page) -> None:
    """Expect that the browser draws something around what has the focus, and that it is not covered or cut off."""
    look = page.evaluate(
        """() => {
          const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
          const drawn = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
          return { what: one.outerHTML.slice(0, 120), drawn, size: box.width * box.height,
                   inside: box.bottom > 0 && box.top < innerHeight };
        }"""
    )
    assert look["drawn"], f"the focus is not seen: {look['what']}"
    assert look["size"] > 0, f"what is focused is not seen: {look['what']}"
    assert look["inside"], f"what is focused is out of sight: {look['what']}"


def go(page: Page, path: str) -> None:
    """Go elsewhere within Helpdesk's page, without loading it anew."""
    page.evaluate("to => document.querySelector('#app').__vue_app__.config.globalProperties.$router.push(to)", path)


def write(panel: Any, text: str, way: str = "Public") -> None:
    if not panel.get_by_label("Your answer").is_visible():
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
    panel.get_by_role("radio", name=re.compile(way)).check()
    panel.get_by_label("Your answer").fill(text)


class TestWaitingForAnotherAttempt:
    def begin(self, page: Page, office: BrowserOffice) -> Any:
        office.setting(undo_seconds=0)
        office.x.faults.add("status", "POST /2/tweets", status=429)
        panel = show(page, office.ticket())
        write(panel, "It leaves at 15:10.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.locator(".sc-when")).to_have_text(re.compile("^next attempt"))
        return panel

    @both_widths
    def test_it_is_stopped_and_written_anew(self, page: Page, office: BrowserOffice):
        panel = self.begin(page, office)
        shoot(page, "waiting")
        panel.get_by_role("button", name="Stop and edit").click()
        expect(panel.get_by_label("Your answer")).to_have_value("It leaves at 15:10.")
        expect(panel.get_by_role("button", name="Stop and edit")).to_be_hidden()
        assert office.states() == ["Cancelled"]
        panel.get_by_label("Your answer").fill("It leaves at 15:20.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        assert [post.text for post in office.x.posts_by(office.team)] == ["It leaves at 15:20. ^AO"]

    def test_it_is_given_up_in_the_timeline(self, page: Page, office: BrowserOffice):
        self.begin(page, office)
        expect_in_timeline(page, page.locator(".activity .sc-when"))
        shoot(page, "waiting-timeline")
        page.locator(".activity .sc-reply").get_by_role("button", name="Give up").click()
        expect(page.locator(".activity .sc-reply")).to_have_count(0)
        expect_in_timeline(page, page.frame_locator("iframe").last.get_by_text("given up, not sent"))
        office.deliver()
        assert office.states() == ["Cancelled"]
        assert office.x.posts_by(office.team) == []


class TestPartsThatFail:
    """The page was opened with scripts of another version than the server's."""

    LINE = "This part could not be shown; reload the page."

    @pytest.mark.parametrize("missing", ["ways", "replies", "messages"])
    def test_each_part_fails_alone(self, page: Page, office: BrowserOffice, faults: list[str], missing: str):
        def older(route: Any) -> None:
            answer = route.fetch()
            body = answer.json()
            body["message"].pop(missing)
            route.fulfill(response=answer, json=body)

        page.route("**/social_care.api.composer.get_state", older)
        panel = show(page, office.ticket())
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.get_by_text(self.LINE).first).to_be_visible()
        expect(panel.get_by_role("heading", name="Contact")).to_be_visible()
        if missing == "replies":
            expect(panel.get_by_label("Your answer")).to_be_visible()
        if missing == "ways":
            expect(panel.get_by_label("Your answer")).to_be_hidden()
            expect_in_timeline(page, page.locator(".sc-mark").first)
        shoot(page, f"without-{missing}")
        faults.clear()

    def test_a_server_without_the_method_is_no_silent_page(self, page: Page, office: BrowserOffice, faults: list[str]):
        page.route("**/social_care.api.composer.get_state", lambda route: route.fulfill(status=500, json={}))
        panel = show(page, office.ticket())
        expect(panel.get_by_text(self.LINE)).to_be_visible()
        faults.clear()

    def test_a_script_that_is_not_there_is_said(self, page: Page, office: BrowserOffice, faults: list[str]):
        page.route("**/ticket_page/templates.js*", lambda route: route.fulfill(status=404))
        panel = show(page, office.ticket())
        write(panel, "We look.")
        expect(panel.get_by_text(self.LINE)).to_be_visible()
        faults.clear()


class TestAnswering:
    @both_widths
    def test_publicly_then_privately(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=1)
        panel = show(page, office.ticket())
        shoot(page, "closed")
        write(panel, "We are so sorry, Ada. NW204 now leaves at 15:10 from gate B42.")
        expect(panel.get_by_text("Everybody can read this.")).to_be_visible()
        expect(panel.locator(".sc-part-text")).to_have_text(re.compile(r"gate B42\. \^AO$"))
        expect(panel.locator(".sc-count")).to_have_text(re.compile(r"^66 of 280 weighted characters"))
        shoot(page, "public")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_role("button", name="Undo")).to_be_focused()
        shoot(page, "undo")
        expect(panel.get_by_role("button", name="Undo")).to_be_hidden()
        office.deliver()
        assert [post.text for post in office.x.posts_by(office.team)] == [
            "We are so sorry, Ada. NW204 now leaves at 15:10 from gate B42. ^AO"
        ]

        write(panel, "Please tell us your booking code.", "Private")
        expect(panel.get_by_text("Only @ada can read this.")).to_be_visible()
        shoot(page, "private")
        page.keyboard.press("Control+Enter")
        expect(panel.get_by_role("button", name="Undo")).to_be_visible()
        expect(panel.get_by_role("button", name="Undo")).to_be_hidden()
        office.deliver()
        assert [dm.text for dm in office.x.dms_between(office.team, office.ada)] == ["Please tell us your booking code. ^AO"]
        assert office.states() == ["Sent", "Sent"]
        expect_in_timeline(page, page.frame_locator("iframe").last.get_by_text("✅ sent"))
        shoot(page, "sent")

    def test_by_keyboard_alone_from_the_ticket_to_the_platform(self, page: Page, office: BrowserOffice):
        """No mouse anywhere: what is focused is seen, and Tab leads to every control that is used."""
        office.setting(undo_seconds=1)
        panel = show(page, office.ticket())
        page.keyboard.press("Shift+R")
        expect(panel.get_by_label("Your answer")).to_be_focused()
        expect_visible_focus(page)
        page.keyboard.type("NW204 now leaves at 15:10.")
        tab_to(page, "Send publicly")
        page.keyboard.press("Enter")
        undo = panel.get_by_role("button", name="Undo")
        expect(undo).to_be_focused()
        expect_visible_focus(page)
        expect(undo).to_be_hidden()
        office.deliver()
        assert [post.text for post in office.x.posts_by(office.team)] == ["NW204 now leaves at 15:10. ^AO"]
        expect_in_timeline(page, page.frame_locator("iframe").last.get_by_text("✅ sent"))

        page.keyboard.press("Escape")
        page.keyboard.press("Shift+R")
        expect(panel.get_by_label("Your answer")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("ArrowRight")
        private = panel.get_by_role("radio", name=re.compile("Private"))
        expect(private).to_be_focused()
        expect(private).to_be_checked()
        expect(panel.get_by_text("Only @ada can read this.")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.type("Please tell us your booking code.")
        tab_to(page, "Send privately")
        page.keyboard.press("Enter")
        expect(undo).to_be_visible()
        expect(undo).to_be_hidden()
        office.deliver()
        assert [dm.text for dm in office.x.dms_between(office.team, office.ada)] == ["Please tell us your booking code. ^AO"]
        assert office.states() == ["Sent", "Sent"]

    def test_by_keyboard_alone_and_taken_back(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=30)
        panel = show(page, office.ticket())
        page.keyboard.press("Shift+R")
        text = panel.get_by_label("Your answer")
        expect(text).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(panel.get_by_role("radio", name=re.compile("Public"))).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(panel.get_by_text("Only @ada can read this.")).to_be_visible()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Tab")
        expect(text).to_be_focused()
        page.keyboard.type("This is wrong.")
        page.keyboard.press("Control+Enter")
        undo = panel.get_by_role("button", name="Undo")
        expect(undo).to_be_focused()
        page.keyboard.press("Control+Enter")
        expect(undo).to_be_visible()
        page.keyboard.press("Enter")
        expect(text).to_have_value("This is wrong.")
        expect(text).to_be_focused()
        assert office.states() == ["Cancelled"]
        office.deliver()
        assert office.x.posts_by(office.team) == []
        page.keyboard.press("Escape")
        expect(text).to_be_hidden()
        expect(panel.get_by_role("button", name=re.compile("^Answer on"))).to_be_focused()

    def test_send_and_resolve(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=0)
        ticket = office.ticket()
        panel = show(page, ticket)
        write(panel, "All is well.")
        panel.get_by_role("button", name="Send and resolve").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        office.frappe.db.rollback()
        assert office.frappe.db.get_value("HD Ticket", ticket, "status_category") == "Resolved"


class TestWhatStopsAnAnswer:
    @both_widths
    def test_a_refused_answer_says_why_and_is_sent_again(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=0)
        panel = show(page, office.ticket())
        office.x.faults.add("status", "POST /2/tweets", status=403)
        write(panel, "We are on it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        assert office.states() == ["Failed"]
        expect(panel.get_by_text("A reply needs you")).to_be_visible(timeout=15_000)
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        failed = panel.get_by_role("group", name="An answer that is not settled")
        expect(failed).to_contain_text("❌ not sent · X")
        shoot(page, "refused")
        in_timeline = page.locator(".activity .sc-reply")
        expect_in_timeline(page, in_timeline.get_by_role("button", name="Answer privately instead"))
        failed.get_by_role("button", name="Edit and send").click()
        expect(panel.get_by_label("Your answer")).to_have_value("We are on it.")
        panel.get_by_label("Your answer").fill("We are on it, in other words.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        assert office.states() == ["Cancelled", "Sent"]
        assert [post.text for post in office.x.posts_by(office.team)] == ["We are on it, in other words. ^AO"]

    def test_what_is_not_possible_has_a_reason(self, page: Page, office: BrowserOffice):
        office.ada.dms_open = False
        panel = show(page, office.ticket())
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.get_by_role("radio", name=re.compile("E-mail"))).to_be_disabled()
        expect(panel.get_by_text("E-mail: No e-mail address of this customer is known.")).to_be_visible()

    @both_widths
    def test_personal_data_and_a_faster_colleague_are_confirmed(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=0)
        ticket = office.ticket()
        panel = show(page, ticket)
        write(panel, "Write to ada.osei@example.com, please.")
        document = office.frappe.get_doc("HD Ticket", ticket)
        document.reply_via_agent(message="<p>I have this one.</p>", to=document.raised_by)
        office.frappe.db.commit()
        expect(panel.get_by_text("what looks like an e-mail address")).to_be_visible()
        panel.get_by_role("button", name="Send publicly").click()
        question = panel.get_by_role("alertdialog")
        expect(question).to_contain_text("answered since you opened this ticket")
        expect(question).to_contain_text("I have this one.")
        expect(question.get_by_role("button", name="Back to writing")).to_be_focused()
        question.scroll_into_view_if_needed()
        shoot(page, "confirm")
        assert office.states() == ["Queued"], "an answer was sent that had to be confirmed first"
        question.get_by_role("button", name="Send anyway").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        assert office.states() == ["Queued", "Queued"]


class TestThePage:
    @both_widths
    def test_in_the_dark(self, page: Page, office: BrowserOffice):
        panel = show(page, office.ticket())
        light = panel.evaluate("panel => getComputedStyle(panel).backgroundColor")
        page.evaluate("document.documentElement.setAttribute('data-theme', 'dark')")
        write(panel, "We are on it. " * 30)
        expect(panel.locator(".sc-part-text").first).to_be_visible()
        shoot(page, "dark")
        assert panel.evaluate("panel => getComputedStyle(panel).backgroundColor") != light

    @both_widths
    def test_who_is_this(self, page: Page, office: BrowserOffice):
        first = office.ticket("@northwind where is my bag?")
        office.frappe.db.set_value("HD Ticket", first, "status", "Closed")
        office.frappe.db.set_value("HD Ticket", first, "resolution_date", "2020-01-01")
        office.frappe.db.commit()
        panel = show(page, office.ticket())
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        person = panel.get_by_role("complementary", name="Who is this")
        expect(person).to_contain_text("Ada Osei ✔")
        expect(person).to_contain_text("13K followers")
        person.scroll_into_view_if_needed()
        shoot(page, "person")
        expect(person.get_by_role("link", name=re.compile("where is my bag"))).to_be_visible()

    @both_widths
    def test_how_it_reads_is_shown_and_set_right(self, page: Page, office: BrowserOffice):
        ticket = office.ticket("@northwind Terrible service, you will hear from my lawyer!")
        panel = show(page, ticket)
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        reads = panel.get_by_role("complementary", name="How it reads")
        expect(reads.get_by_label("Sentiment")).to_have_value("Negative")
        expect(reads).to_contain_text("mentions “lawyer”")
        reads.scroll_into_view_if_needed()
        shoot(page, "how-it-reads")
        reads.get_by_label("Urgency").select_option("")
        expect(reads).to_contain_text("set by a person")
        expect(reads).not_to_contain_text("lawyer")
        office.frappe.db.rollback()
        assert not office.frappe.db.get_value("HD Ticket", ticket, "social_urgency")

    def test_the_head_names_the_platform(self, page: Page, office: BrowserOffice):
        mail = {"doctype": "HD Ticket", "subject": "By e-mail", "raised_by": "ben@example.com"}
        plain = office.frappe.get_doc(mail).insert()
        office.frappe.db.commit()
        show(page, office.ticket())
        head = page.locator("#app-header").filter(has_text="via")
        expect(head).to_contain_text(re.compile(r"via\s*XFirst"))
        go(page, f"/tickets/{plain.name}")
        expect(head).to_contain_text(f"#{plain.name}")
        expect(head).to_contain_text(re.compile(r"via\s*EmailFirst"))

    def test_made_up_addresses_are_not_shown_in_the_conversation(self, page: Page, office: BrowserOffice):
        panel = show(page, office.ticket())
        write(panel, "It leaves at 15:10.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        expect_in_timeline(page, page.frame_locator("iframe").last.get_by_text("It leaves at 15:10."))
        made_up = page.locator("[id^=communication-] span").get_by_text(re.compile(r"^<?\S+@x\.invalid>?$"))
        expect(made_up).to_have_count(2)  # the customer's, and whom the answer went to
        for one in made_up.all():
            expect(one).to_be_hidden()
        expect(page.locator("[id^=communication-]").get_by_text("To:", exact=True)).to_be_hidden()
        shoot(page, "conversation")

    def test_a_draft_waits_while_other_tickets_are_read(self, page: Page, office: BrowserOffice):
        first = office.ticket("@northwind where is my bag?")
        bob = office.x.add_user("bob", "Bob")
        office.x.post(bob, "@northwind hello?")
        second = office.receive()[0]
        panel = show(page, first)
        write(panel, "Half an answer")
        go(page, f"/tickets/{second}")
        expect(panel).to_contain_text("@bob")
        expect(panel).to_have_count(1)
        expect(panel.get_by_label("Your answer")).to_have_value("")
        go(page, f"/tickets/{first}")
        expect(panel).to_contain_text("@ada")
        expect(panel.get_by_label("Your answer")).to_have_value("Half an answer")
        go(page, "/tickets")
        expect(panel).to_have_count(0)

    def test_without_helpdesk_s_reply_area_it_stands_at_the_edge(self, page: Page, office: BrowserOffice):
        ticket = office.ticket()
        page.add_init_script(RENAMED)
        panel = show(page, ticket)
        expect(panel).to_have_class(re.compile("sc-floating"), timeout=15_000)
        write(panel, "We are on it.")
        expect(panel.get_by_role("button", name="Send publicly")).to_be_enabled()

    def test_a_ticket_by_e_mail_has_no_panel(self, page: Page, office: BrowserOffice):
        made = office.frappe.get_doc({"doctype": "HD Ticket", "subject": "By mail", "raised_by": "c@example.com"}).insert()
        office.frappe.db.commit()
        page.goto(f"/helpdesk/tickets/{made.name}")
        expect(page.get_by_role("button", name="Reply", exact=True).last).to_be_visible(timeout=30_000)
        page.wait_for_function("window.social_care_page && document.querySelector('link[href*=\"ticket_page.css\"]')")
        expect(page.locator("section.sc-panel")).to_be_hidden()


class TestEarlierMessages:
    def test_marks_of_older_messages_come_on_demand(self, page: Page, office: BrowserOffice):
        """The server gives them 200 at a time; here the page is told of the newest only, and asks for the rest itself."""
        ticket = office.ticket()
        for words in ("@northwind And my bag?", "@northwind Hello?"):
            office.x.post(office.ada, words, reply_to=office.x.posts_by(office.ada)[0].id)
        office.receive()

        def newest_only(route: Any) -> None:
            answer = route.fetch()
            told = answer.json()
            if isinstance(told.get("message"), dict) and told["message"].get("messages"):
                told["message"].update(messages=told["message"]["messages"][:1], earlier=True)
            route.fulfill(response=answer, json=told)

        page.route("**/social_care.api.composer.get_state*", newest_only)
        show(page, ticket)
        page.get_by_role("tab", name="Activity").click()
        expect(page.locator(".sc-mark")).to_have_count(1)
        earlier = page.get_by_role("button", name="Earlier messages")
        expect(earlier).to_be_visible()
        earlier.click()
        expect(page.locator(".sc-mark")).to_have_count(3)
        expect(earlier).to_be_hidden()
