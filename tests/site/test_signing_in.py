"""Signing in from the form, through Frappe's own WSGI application, at the sandbox of X."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import frappe
import pytest
import requests

from social_care.api import accounts as api
from social_care.api import signing_in
from social_care.core.connecting import Identity
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.sandbox.x import XSandbox

NAME = "Northwind on X"
BEGIN, COME_BACK = (f"/api/method/social_care.api.signing_in.{verb}" for verb in ("begin", "come_back"))
OWNER = "owner-of-accounts@example.com"
PASSWORD = "a-Long-pass-word-7"


@pytest.fixture
def x(site: Any) -> Iterator[XSandbox]:
    with XSandbox() as sandbox:
        for handle in ("northwind", "another"):
            sandbox.add_user(handle, handle.title())
        fields = {"account_name": NAME, "platform": "X", "auth_method": "OAuth 2.0", "api_base_url": sandbox.base_url}
        app = {"client_id": sandbox.keyring.client_id, "client_secret": sandbox.keyring.client_secret}
        frappe.get_doc({"doctype": "Social Account", **fields, **app}).insert()
        user = {"doctype": "User", "email": OWNER, "first_name": "Olga", "send_welcome_email": 0, "new_password": PASSWORD}
        frappe.get_doc({**user, "roles": [{"role": "Social Care Owner"}]}).insert(ignore_permissions=True)
        frappe.db.commit()
        yield sandbox
    frappe.db.delete("Has Role", {"parent": OWNER})
    frappe.db.delete("Sessions", {"user": OWNER})
    frappe.db.commit()


class Browser:
    """One browser with its cookies; each request runs in a thread of its own, where Frappe has its own connection."""

    def __init__(self) -> None:
        from frappe.app import application
        from werkzeug.test import Client

        self.client = Client(application)

    def open(self, path: str, method: str = "GET", **arguments: Any) -> Any:
        headers = {"X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"]}
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(lambda: self.client.open(path, method=method, headers=headers, **arguments)).result()
        frappe.db.rollback()
        return answer

    def log_in(self, user: str = OWNER) -> Browser:
        answer = self.open("/api/method/login", "POST", data={"usr": user, "pwd": PASSWORD})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return self

    def begin(self) -> str:
        """Press the button; return the platform's address."""
        answer = self.open(BEGIN, "POST", data={"account": NAME, "way": "x"})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.json["message"])


@pytest.fixture
def browser(x: XSandbox) -> Callable[[], Browser]:
    return Browser


def decide(url: str, who: str = "northwind") -> str:
    """Decide at the platform; return the path and query with which the person comes back."""
    answer = requests.get(f"{url}&as={who}", allow_redirects=False, timeout=5)
    parts = urlsplit(answer.headers["Location"])
    assert parts.path == COME_BACK
    return f"{parts.path}?{parts.query}"


def stored() -> Any:
    return frappe.get_doc("Social Account", NAME)


def outcome_of(browser: Browser) -> Any:
    """Return what the form is told after the return."""
    answer = browser.open("/api/method/social_care.api.accounts.look", "POST", data={"account": NAME})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json["message"]["sign_in"]


def test_who_signs_in_is_connected_and_sees_nothing_secret(x: XSandbox, browser: Callable[[], Browser]):
    owner = browser().log_in()
    url = owner.begin()
    back = owner.open(decide(url))
    assert back.status_code == 302
    assert urlsplit(back.headers["Location"]).query == "", "the form's address tells nothing"
    assert back.headers["Location"].endswith("/Northwind%20on%20X")
    assert back.headers["Referrer-Policy"] == "no-referrer"
    account = stored()
    assert (account.handle, account.auth_method, account.token_state) == ("northwind", "OAuth 2.0", "Valid")
    assert account.token_expires_at
    tokens = [account.get_password(field) for field in ("access_token", "refresh_token")]
    assert all(tokens)
    assert account.access_token == "*" * 10, "the column holds stars, as Frappe wants it"
    told = outcome_of(owner)
    assert told == {"message": "Connected as northwind.", "good": True, "choices": []}
    assert outcome_of(owner) is None, "it is told once"
    shown = back.get_data(as_text=True) + str(back.headers) + json.dumps(told) + url
    assert not any(token in shown for token in tokens)
    api.check_account(NAME)
    account.signature = "^OK"
    account.save()
    assert stored().get_password("access_token") == tokens[0], "saving the form removed the token"


def test_a_form_that_was_open_before_cannot_write_the_old_choice_back(x: XSandbox, browser: Callable[[], Browser]):
    form = stored()
    owner = browser().log_in()
    owner.open(decide(owner.begin()))
    with pytest.raises(frappe.TimestampMismatchError):
        form.save()


def test_a_return_works_once(x: XSandbox, browser: Callable[[], Browser]):
    owner = browser().log_in()
    path = decide(owner.begin())
    assert owner.open(path).status_code == 302
    assert owner.open(path).status_code == 403


def test_a_return_into_another_session_is_refused(x: XSandbox, browser: Callable[[], Browser]):
    path = decide(browser().log_in().begin())
    for other in (browser(), browser().log_in()):
        assert other.open(path).status_code == 403, "somebody else's browser finished the sign-in"
    assert not stored().external_id


@pytest.mark.parametrize("query", ["", "?state=", "?state=made-up&code=1", "?code=1"])
def test_a_return_that_nobody_began(x: XSandbox, browser: Callable[[], Browser], query: str):
    assert browser().log_in().open(COME_BACK + query).status_code == 403


def test_a_refusal_is_told(x: XSandbox, browser: Callable[[], Browser]):
    owner = browser().log_in()
    assert owner.open(decide(owner.begin(), "")).status_code == 302
    told = outcome_of(owner)
    assert (told["good"], "declined" in told["message"]) == (False, True)
    assert not stored().external_id


def test_only_the_account_that_was_connected_may_be_connected_again(x: XSandbox, browser: Callable[[], Browser]):
    owner = browser().log_in()
    owner.open(decide(owner.begin()))
    before = stored().external_id
    outcome_of(owner)
    owner.open(decide(owner.begin(), "another"))
    assert "may not use it" in outcome_of(owner)["message"]
    assert (stored().external_id, stored().handle) == (before, "northwind")


@pytest.mark.parametrize("verb", ["begin", "choose"])
def test_agents_connect_nothing(x: XSandbox, agent: str, verb: str):
    frappe.set_user(agent)
    with pytest.raises(frappe.PermissionError):
        getattr(signing_in, verb)(NAME, "x")


def test_rights_that_were_taken_meanwhile_count(x: XSandbox, browser: Callable[[], Browser]):
    owner = browser().log_in()
    path = decide(owner.begin())
    frappe.get_doc("User", OWNER).remove_roles("Social Care Owner")
    frappe.db.commit()
    frappe.clear_cache(user=OWNER)
    assert owner.open(path).status_code == 403
    assert not stored().external_id


def test_the_owner_chooses_among_several(site: Any, x: XSandbox, monkeypatch: pytest.MonkeyPatch):
    pages = tuple(
        Identity(id=str(i), name=f"Page {i}", credentials={"access_token": f"secret-{i}", "token_expires_at": ""})
        for i in (1, 2)
    )
    kept = signing_in._outcome("Choose what to connect.", good=True, choices=pages)
    raw: list[Any] = []
    put = frappe.cache.set
    monkeypatch.setattr(frappe.cache, "set", lambda key, value, **more: (raw.append(value), put(key, value, **more)))
    signing_in._keep(signing_in._place(NAME), kept)
    assert "secret" not in str(raw), "Redis holds no token that could be read"
    shown = signing_in.outcome(NAME)
    assert [one["id"] for one in shown["choices"]] == ["1", "2"]
    assert "secret" not in json.dumps(shown)
    with pytest.raises(frappe.ValidationError):
        signing_in.choose(NAME, "3")
    signing_in._keep(signing_in._place(NAME), kept)
    assert signing_in.choose(NAME, "2") == "Connected as Page 2."
    assert (stored().external_id, stored().get_password("access_token")) == ("2", "secret-2")
    with pytest.raises(frappe.ValidationError):
        signing_in.choose(NAME, "1")


def test_what_belongs_to_a_sign_in_expires(x: XSandbox):
    url = signing_in.begin(NAME, "x")
    state = parse_qs(urlsplit(url).query)["state"][0]
    assert 0 < frappe.cache.ttl(signing_in._key(state)) <= signing_in.LIVES_S


def test_the_form_says_what_is_missing(x: XSandbox):
    found = api.look(NAME)
    assert found["ways"] == {"x": "Sign in with X"}
    assert found["return_address"].endswith(COME_BACK)
    assert found["webhook"].endswith("webhook?account=Northwind%20on%20X")
    missing = [step["advice"] for step in found["steps"] if step["bad"]]
    assert missing[0] == "press the button for signing in, or fill them in on the tab Connection"
    HelpdeskDesk().accounts.keep_credentials(NAME, {"access_token": "a", "refresh_token": "r"})
    missing = [step["advice"] for step in api.look(NAME)["steps"] if step["bad"]]
    assert missing[0] == "press Test connection"
