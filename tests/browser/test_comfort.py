"""Files, saved replies, pictures, narrow screens, and what screen readers need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserOffice, PagesOffice
from tests.browser.test_ticket_page import both_widths, expect_in_timeline, shoot, show, write

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360f8cf50"
    "0f000385018065" "bfbb8c0000000049454e44ae426082"
)  # fmt: skip
OURS = [".sc-panel", ".sc-mark", ".sc-foot", ".sc-reply", ".sc-large", ".social-approvals"]


def serious_faults(page: Page) -> list[str]:
    """Return what axe-core holds for serious or critical within our own elements."""
    present = [[one] for one in OURS if page.locator(one).count()]
    found = Axe().run(page, context={"include": present})
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


class TestFacebook:
    @both_widths
    def test_a_comment_is_answered_publicly_then_privately_once(self, page: Page, pages: PagesOffice):
        pages.setting(undo_seconds=0)
        panel = show(page, pages.comment())
        write(panel, "We are looking for it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        pages.deliver()
        write(panel, "Please tell us your booking code.", "Private")
        panel.get_by_role("button", name="Send privately").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        pages.deliver()
        assert pages.states() == ["Sent", "Sent"]
        comment = pages.sandbox.comments(pages.post)[0]
        assert [one.text for one in pages.sandbox.comments(comment)] == ["We are looking for it."]
        said = [one.text for one in pages.sandbox.messages(pages.ada, pages.page)]
        assert said == ["Please tell us your booking code."]
        page.reload()
        panel.get_by_role("button", name=re.compile("^Answer on")).click()
        expect(panel).to_contain_text("Private: The one private reply to this message was sent already")
        expect(panel.get_by_role("radio", name=re.compile("Private"))).to_be_disabled()

    def test_our_own_post_is_no_answer(self, page: Page, pages: PagesOffice):
        show(page, pages.comment())
        post = page.frame_locator("iframe").first
        expect(post.get_by_text("Good morning")).to_be_visible()
        expect(post.get_by_text("Written by the team; shown as context.")).to_be_visible()
        expect(post.get_by_text("Answered by the team")).to_have_count(0)

    def test_pictures_open_large(self, page: Page, pages: PagesOffice):
        ticket = pages.comment("My broken bag", media=["image"])
        self.keep_picture(pages)
        show(page, ticket)
        small = page.get_by_role("button", name=re.compile("^Enlarge"))
        expect_in_timeline(page, small)
        small.click()
        large = page.get_by_role("dialog", name="Picture")
        expect(large.get_by_role("img")).to_be_visible()
        assert serious_faults(page) == []
        page.keyboard.press("Escape")
        expect(large).to_be_hidden()
        expect(small).to_be_focused()

    def keep_picture(self, pages: PagesOffice) -> None:
        """Do what the job that fetches files does, with a picture that a browser can show."""
        from social_care.desks.helpdesk import rows

        [message] = pages.frappe.get_all("Social Message", {"direction": "In"}, ["name", "communication", "media"])
        place = {"attached_to_doctype": "Communication", "attached_to_name": message.communication}
        kept = pages.frappe.get_doc({"doctype": "File", "file_name": "bag.png", "content": PIXEL, "is_private": 1, **place})
        kept.insert()
        media = [{**one, "file": kept.name} for one in rows.load(message.media, [])]
        assert media, "the comment came without its picture"
        rows.update("Social Message", message.name, {"media": media})
        pages.frappe.db.commit()


class TestFiles:
    def test_a_file_is_held_against_the_limits_and_sent(self, page: Page, office: BrowserOffice):
        office.setting(undo_seconds=0)
        panel = show(page, office.ticket())
        write(panel, "Here it is.")
        chooser = panel.locator("input[type=file]")
        chooser.set_input_files({"name": "list.zip", "mimeType": "application/zip", "buffer": b"PK"})
        expect(panel.get_by_role("status").filter(has_text="list.zip cannot be sent here.")).to_be_attached()
        chooser.set_input_files({"name": "big.png", "mimeType": "image/png", "buffer": bytes(5_300_000)})
        expect(panel.get_by_role("status").filter(has_text="big.png is larger than")).to_be_attached()
        chooser.set_input_files({"name": "bag.png", "mimeType": "image/png", "buffer": PIXEL})
        expect(panel.locator(".sc-files")).to_contain_text("bag.png")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        [post] = office.x.posts_by(office.team)
        assert (post.text.split(" https")[0], len(post.media)) == ("Here it is. ^AO", 1)


class TestSavedReplies:
    @pytest.fixture
    def saved(self, site: Any) -> Iterator[str]:
        text = "<p>Dear {{ customer_first_name }}, this is ticket {{ ticket_number }}.</p>"
        made = site.get_doc({"doctype": "HD Saved Reply", "title": "Greeting", "message": text, "scope": "Global"}).insert()
        site.db.commit()
        yield made.name
        site.delete_doc("HD Saved Reply", made.name, force=True)
        site.db.commit()

    @pytest.mark.usefixtures("saved")
    def test_one_is_filled_in_and_edited(self, page: Page, office: BrowserOffice):
        ticket = office.ticket()
        panel = show(page, ticket)
        write(panel, "")
        choice = panel.get_by_label("Insert a saved reply")
        choice.focus()
        expect(choice.locator("option", has_text="Greeting")).to_be_attached()
        choice.select_option(label="Greeting")
        expect(panel.get_by_label("Your answer")).to_have_value(f"Dear Ada, this is ticket {ticket}.")
        page.keyboard.type(" More soon.")
        expect(panel.locator(".sc-part-text")).to_have_text(f"Dear Ada, this is ticket {ticket}. More soon. ^AO")


class TestReach:
    @pytest.mark.parametrize("page", ["phone"], indirect=True)
    def test_nothing_is_wider_than_a_phone(self, page: Page, office: BrowserOffice):
        panel = show(page, office.ticket("@northwind " + "Donaudampfschifffahrtsgesellschaft" * 4))
        write(panel, "A" * 200)
        expect(panel.locator(".sc-part-text")).to_be_visible()
        shoot(page, "wide")
        wider = page.evaluate(
            "() => [document.documentElement, ...document.querySelectorAll('.sc-panel, .sc-panel *, .sc-foot, .sc-foot *')]"
            ".filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'hidden'"
            " && one.clientWidth > 1).map((one) => `${one.tagName}.${one.className} ${one.scrollWidth}>${one.clientWidth}`)"
        )
        assert wider == [], "these scroll sideways"

    @both_widths
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_axe_finds_nothing_serious(self, page: Page, office: BrowserOffice, theme: str):
        office.setting(undo_seconds=0)
        panel = show(page, office.ticket())
        page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
        office.x.faults.add("status", "POST /2/tweets", status=403)
        write(panel, "We are on it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_label("Your answer")).to_be_hidden()
        office.deliver()
        expect(panel.get_by_text("A reply needs you")).to_be_visible()
        write(panel, "Write to ada@example.com, please. " * 12)
        expect(panel.locator(".sc-part-text").first).to_be_visible()
        person = panel.get_by_role("complementary", name="Who is this")
        person.get_by_role("button", name="Mute the author").click()
        assert serious_faults(page) == []
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_role("alertdialog")).to_be_visible()
        page.keyboard.press("Escape")
        moderate = page.get_by_role("button", name=re.compile("^Moderate")).first
        expect_in_timeline(page, moderate)
        moderate.click()
        expect(page.get_by_role("group", name="This message")).to_contain_text("Delete")
        assert serious_faults(page) == []

    def test_axe_finds_nothing_serious_where_supervisors_decide(self, office: BrowserOffice, sign_in: Callable[..., Any]):
        office.setting(undo_seconds=0)
        tina = office.add_colleague("Tina Test", "Social Care Trainee")
        bea = office.add_colleague("Bea Test", "Social Care Supervisor", "Desk User")
        ticket = office.ticket()
        panel = show(sign_in(tina), ticket)
        write(panel, "We r on it.")
        panel.get_by_role("button", name="Send publicly").click()
        expect(panel.get_by_text("A reply waits for approval")).to_be_visible()
        page = sign_in(bea)
        bea_panel = show(page, ticket)
        expect(bea_panel.get_by_text("A reply waits for approval")).to_be_visible()
        page.keyboard.press("Shift+A")
        expect(bea_panel.get_by_role("region", name="A reply that waits for approval")).to_be_focused()
        page.keyboard.press("r")
        expect(bea_panel.get_by_label("What should the author do better?")).to_be_focused()
        assert serious_faults(page) == []
        page.goto("/app/social-approvals")
        expect(page.locator(".social-approvals > li")).to_contain_text("We r on it.")
        shoot(page, "approvals")
        assert serious_faults(page) == []
