"""The desk's lists and reports show what customers wrote as text: our rows never passed Frappe's cleaning on saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.test_ticket_page import shoot

if TYPE_CHECKING:
    from tests.browser.conftest import BrowserOffice

EVIL = "<img src=x onerror='window.acted = true'>"


@pytest.mark.parametrize("view", ["social-profile", "social-profile/view/report"])
def test_a_name_does_nothing_in_a_list(sign_in: Callable[..., Any], office: BrowserOffice, view: str):
    eve = office.x.add_user("eve", f"Eve {EVIL}")
    office.x.post(eve, "@northwind where is my bag?")
    office.receive()
    page = sign_in(office.add_colleague("Sue Pervisor", "Social Care Supervisor"))
    page.goto(f"/app/{view}")
    page.get_by_text("onerror").first.wait_for(state="attached")
    page.wait_for_timeout(300)  # a picture that cannot be loaded says so a moment later
    assert not page.evaluate("window.acted")


def test_lists_name_the_platform_and_show_the_text(sign_in: Callable[..., Any], office: BrowserOffice):
    office.x.post(office.ada, "@northwind where is my red bag?")
    office.receive()
    page = sign_in(office.add_colleague("Sue Pervisor", "Social Care Supervisor"))
    for view in ("social-message", "social-profile"):
        page.goto(f"/app/{view}")
        row = page.locator(".list-row", has_text="ada" if view == "social-profile" else "where is my red bag?").first
        row.wait_for()
        shoot(page, view)
        assert "X" in row.inner_text().split()
        if view == "social-message":
            assert row.locator('[title^="Text:"]').inner_text().strip() == "@northwind where is my red bag?"


@pytest.mark.parametrize("view", ["social-message", "social-profile"])
def test_who_has_no_handle_is_listed_by_name(sign_in: Callable[..., Any], office: BrowserOffice, view: str):
    office.x.post(office.ada, "@northwind where is my green bag?")
    office.receive()
    office.frappe.db.sql("update `tabSocial Message` set author_handle = '' where direction = 'In'")
    office.frappe.db.sql("update `tabSocial Profile` set handle = ''")
    office.frappe.db.commit()
    page = sign_in(office.add_colleague("Sue Pervisor", "Social Care Supervisor"))
    page.goto(f"/app/{view}")
    page.locator(".list-row a[data-name]", has_text="Ada Osei").first.wait_for()


def test_the_workspace_tells_the_first_step(sign_in: Callable[..., Any], office: BrowserOffice):
    page = sign_in(office.add_colleague("Olivia Owner", "Social Care Owner", "Desk User"))
    page.goto("/app/social-care")
    page.get_by_text("Get started").wait_for()
    shoot(page, "workspace")
    with page.expect_popup() as opened:
        page.get_by_text("Connect an account").click()
    opened.value.wait_for_url("**/social-account/new*")
