"""The desk's lists and reports show what customers wrote as text: our rows never passed Frappe's cleaning on saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

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
