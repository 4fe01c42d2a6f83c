"""Who is this, what may be done to a message or its author, and which message is answered, in Helpdesk's own ticket page."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice
from tests.browser.test_ticket_page import both_widths, expect_in_timeline, shoot, show, write


def opened(page: Page, office: BrowserOffice, text: str = "@northwind NW204 is two hours late.") -> tuple[str, object]:
    """Have Ada write, open the panel of her ticket; return both."""
    ticket = office.ticket(text)
    panel = show(page, ticket)
    panel.get_by_role("button", name=re.compile("^Answer on")).click()
    return ticket, panel


def advertised(office: BrowserOffice) -> str:
    """Have Ada write under a post of the team, where X lets it hide answers; return the ticket."""
    ours = office.x.post(office.team, "Good morning")
    office.x.post(office.ada, "@northwind Buy cheap bags!", reply_to=ours)
    return office.receive()[0]


class TestWhoIsThis:
    @both_widths
    def test_a_suggested_contact_is_linked_and_separated_again(self, page: Page, office: BrowserOffice):
        made = office.frappe.get_doc({"doctype": "Contact", "first_name": "Ada", "last_name": "of the Mail"})
        made.add_email("ada.osei@example.com", is_primary=1)
        made.insert()
        mail = {"doctype": "HD Ticket", "subject": "My refund by mail", "raised_by": "ada.osei@example.com"}
        office.frappe.get_doc(mail).insert()
        office.frappe.db.commit()
        ticket, panel = opened(page, office, "@northwind write to ada.osei@example.com, please.")
        person = panel.get_by_role("complementary", name="Who is this")
        expect(person).to_contain_text("The address ada.osei@example.com was given in a message.")
        person.scroll_into_view_if_needed()
        person.get_by_role("button", name="Link to Ada of the Mail").click()
        person.get_by_role("button", name="Link", exact=True).last.click()
        expect(person.get_by_role("link", name="Ada of the Mail")).to_be_visible()
        expect(person.get_by_role("link", name=re.compile("My refund by mail"))).to_be_visible()
        shoot(page, "who")
        office.frappe.db.rollback()
        assert office.frappe.db.get_value("HD Ticket", ticket, "contact") == made.name
        person.get_by_role("button", name="Undo the last step").click()
        expect(person.get_by_label("Why? (may stay empty)")).to_be_focused()
        page.keyboard.type("another Ada")
        page.keyboard.press("Control+Enter")
        expect(person.get_by_role("link", name="Ada Osei")).to_be_visible()
        person.get_by_text("How it came to this").click()
        expect(person).to_contain_text("another Ada")
        office.frappe.db.rollback()
        assert office.frappe.db.get_value("HD Ticket", ticket, "contact") != made.name

    def test_a_language_that_is_none_leaves_the_person_shown(self, page: Page, office: BrowserOffice):
        """A feed or a server far away may call its language anything."""
        ticket = office.ticket("@northwind NW204 is two hours late.")
        office.frappe.db.set_value("HD Ticket", ticket, "social_language", "no language!")
        profile = office.frappe.db.get_value("HD Ticket", ticket, "social_profile")
        office.frappe.db.set_value("Social Profile", profile, "language", None)
        office.frappe.db.commit()
        panel = show(page, ticket)
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        person = panel.get_by_role("complementary", name="Who is this")
        expect(person).to_contain_text("no language!")

    def test_a_contact_is_found_and_made(self, page: Page, office: BrowserOffice):
        office.frappe.get_doc({"doctype": "Contact", "first_name": "Amina Elsewhere"}).insert()
        office.frappe.db.commit()
        ticket, panel = opened(page, office)
        person = panel.get_by_role("complementary", name="Who is this")
        person.get_by_role("button", name="Change contact").click()
        page.keyboard.type("Amina")
        expect(person.get_by_role("button", name="Link to Amina Elsewhere")).to_be_visible()
        person.get_by_role("button", name="New contact").click()
        expect(person.get_by_label("Name", exact=True)).to_have_value("Ada Osei")
        person.get_by_label("E-mail address").fill("no address")
        person.get_by_role("button", name="Create and link").click()
        expect(person.get_by_role("alert")).to_contain_text("no address")
        person.get_by_label("E-mail address").fill("ada@example.com")
        person.get_by_role("button", name="Create and link").click()
        expect(person).to_contain_text("ada@example.com")
        expect(panel.get_by_role("radio", name=re.compile("E-mail"))).to_be_attached()
        office.frappe.db.rollback()
        contact = office.frappe.db.get_value("HD Ticket", ticket, "contact")
        assert office.frappe.db.get_value("Contact", contact, "email_id") == "ada@example.com"


class TestModeration:
    def test_the_author_is_muted_with_a_reason(self, page: Page, office: BrowserOffice):
        _ticket, panel = opened(page, office)
        person = panel.get_by_role("complementary", name="Who is this")
        expect(person.get_by_role("button", name="Block the author")).to_be_disabled()
        expect(person).to_contain_text("Block the author: Only a supervisor may do that.")
        person.get_by_role("button", name="Mute the author").click()
        person.get_by_label("Why? (may stay empty)").fill("Sells bags")
        person.get_by_role("button", name="Mute the author").last.click()
        expect(person).to_contain_text("Author muted by Agent One · Sells bags")
        office.frappe.db.rollback()
        assert office.frappe.db.get_value("Social Profile", {"handle": "ada"}, "muted") == 1
        person.get_by_role("button", name="Unmute the author").click()
        expect(person.get_by_role("button", name="Mute the author", exact=True)).to_be_visible()
        expect(person).not_to_contain_text("Sells bags")

    @both_widths
    def test_a_message_is_hidden_only_with_a_reason(self, page: Page, office: BrowserOffice):
        show(page, advertised(office))
        message = page.locator(".activity [data-sc-audience=public]").last
        expect_in_timeline(page, message.get_by_role("button", name=re.compile("^Moderate")))
        message.get_by_role("button", name=re.compile("^Moderate")).click()
        hide = message.get_by_role("button", name="Hide", exact=True)
        hide.click()
        shoot(page, "moderate")
        message.get_by_role("button", name="Hide", exact=True).last.click()
        expect(message.get_by_role("alert")).to_contain_text("Please fill in")
        page.keyboard.type("Advertising")
        page.keyboard.press("Control+Enter")
        expect_in_timeline(page, message.frame_locator("iframe").get_by_text("Hidden by Agent One"))
        expect(message.frame_locator("iframe").get_by_text("Advertising")).to_be_visible()

    def test_what_the_platform_refused_is_said(self, page: Page, office: BrowserOffice):
        show(page, advertised(office))
        message = page.locator(".activity [data-sc-audience=public]").last
        office.x.faults.add("status", "PUT /2/tweets/*/hidden", status=403)
        message.get_by_role("button", name=re.compile("^Moderate")).click()
        message.get_by_role("button", name="Hide", exact=True).click()
        page.keyboard.type("Advertising")
        page.keyboard.press("Control+Enter")

        expect_in_timeline(page, message.frame_locator("iframe").get_by_text("Hide: asked for by Agent One, not done"))
        expect(page.get_by_role("status").get_by_text(re.compile("X does not allow"))).to_be_attached()


class TestWhichMessage:
    def test_an_older_message_is_answered(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=0)
        first = office.x.post(office.ada, "@northwind Where is my bag?")
        office.receive()
        office.x.post(office.ada, "@northwind And where is my coat?", reply_to=first.id)
        ticket = office.receive()[0]
        panel = show(page, ticket)
        page.get_by_role("button", name=re.compile("^Answer @ada: .*Where is my bag")).click()
        expect(panel.get_by_label("Your answer")).to_be_focused()
        expect(panel.locator(".sc-answers")).to_have_text(re.compile("Where is my bag"))
        picker = panel.get_by_label("Answer to")
        expect(picker).to_have_value(re.compile("."))
        picker.select_option(label="The newest message, of @ada")
        expect(panel.locator(".sc-answers")).to_have_text(re.compile("coat"))
        picker.select_option(index=2)
        expect(panel.locator(".sc-answers")).to_have_text(re.compile("Where is my bag"))
        office.setting(undo_seconds=30)
        write(panel, "In B42.")
        panel.get_by_role("button", name="Send publicly").click()
        panel.get_by_role("button", name="Undo").click()
        expect(panel.get_by_label("Your answer")).to_have_value("In B42.")
        expect(panel.locator(".sc-answers")).to_have_text(re.compile("Where is my bag"))
        office.setting(undo_seconds=0)
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        [ours] = office.x.posts_by(office.team)
        assert ours.reply_to_id == first.id
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel.locator(".sc-answers")).to_have_text(re.compile("coat"))
