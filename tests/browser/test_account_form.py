"""The form of a Social Account, as the administrator of a help desk uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.browser.test_ticket_page import shoot

if TYPE_CHECKING:
    from tests.browser.conftest import BrowserOffice

ACCOUNT = "Northwind on X"
REASON = "X no longer accepts this account's credentials: connect the account again."


def test_a_pasted_token_is_not_judged_as_a_password(sign_in: Callable[..., Any], office: BrowserOffice):
    page = sign_in(office.add_colleague("Olivia Owner", "Social Care Owner", "Desk User"))
    judged: list[str] = []
    page.on("request", lambda request: judged.append(request.url) if "test_password_strength" in request.url else None)
    page.goto("/app/social-account/" + ACCOUNT)
    page.get_by_text("the credentials are complete").wait_for(state="attached")
    page.get_by_role("tab", name="Connection").click()
    secret = page.locator('[data-fieldname="access_token"] input:visible')
    secret.fill("")
    secret.press_sequentially("abc")
    page.wait_for_timeout(900)  # Frappe's judge is asked half a second after the last key
    shoot(page, "account-secret")
    assert judged == [], "a secret was sent to Frappe's judge of passwords"


def test_a_failed_test_shows_at_once_and_a_resumed_account_is_tested(sign_in: Callable[..., Any], office: BrowserOffice):
    office.frappe.db.set_value("Social Account", ACCOUNT, {"sending_paused": REASON, "token_state": "Needs login"})
    office.frappe.db.commit()
    page = sign_in(office.add_colleague("Olivia Owner", "Social Care Owner", "Desk User"))
    page.goto("/app/social-account/" + ACCOUNT)
    page.get_by_text("does not send").first.wait_for(state="attached")
    office.x.fault("status", "GET *", status=503)
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("The connection does not work").wait_for()
    page.locator(".modal.show .btn-modal-close").click()
    page.get_by_text(f"{ACCOUNT}: X has trouble at the moment.").wait_for(state="attached")
    page.get_by_role("button", name="Resume sending").click()
    page.locator(".modal.show").get_by_role("button", name="Yes").click()
    page.get_by_text("The connection works").wait_for()
    shoot(page, "account-resumed")
    assert "still paused" not in page.locator(".modal.show").last.inner_text()
    assert office.frappe.db.get_value("Social Account", ACCOUNT, "token_state") == "Valid"
