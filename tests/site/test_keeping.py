"""Accounts stay connected on a real site: one of several workers renews, webhooks are watched, bodies find their account."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import frappe
import pytest

from social_care import jobs, jobs_keeping
from social_care.api import accounts as api
from social_care.core.accounts import Standing
from social_care.core.errors import Retryable
from social_care.core.payloads import Payload, Source
from social_care.desks.helpdesk import accounts as desk_accounts
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import to_site, utc_now
from social_care.sandbox.x import XSandbox
from tests.site.conftest import AGENT
from tests.site.test_jobs import in_other_workers

NAME = "Renewed on X"


def make_account(name: str, **fields: Any) -> str:
    frappe.get_doc({"doctype": "Social Account", "account_name": name, **fields}).insert()
    frappe.db.commit()
    return name


@pytest.fixture
def x(site: Any) -> Iterator[XSandbox]:
    with XSandbox() as sandbox:
        team = sandbox.add_user("northwind", "Northwind Air")
        keys = sandbox.credentials(team)
        make_account(
            NAME,
            platform="X",
            external_id=team.id,
            handle="northwind",
            owner_user=AGENT,
            api_base_url=sandbox.base_url,
            auth_method="OAuth 2.0",
            client_id=keys.client_id,
            client_secret=keys.client_secret,
            access_token=keys.oauth2_access_token,
            refresh_token=keys.oauth2_refresh_token,
            bearer_token=keys.bearer_token,
        )
        yield sandbox


def ends_in(days: float) -> None:
    ends = to_site(utc_now() + timedelta(days=days))
    frappe.db.set_value("Social Account", NAME, "token_expires_at", ends, update_modified=False)
    frappe.db.commit()


def stored(name: str = NAME) -> Any:
    frappe.db.rollback()
    return frappe.get_doc("Social Account", name)


def told() -> list[str]:
    return frappe.get_all("Notification Log", {"for_user": AGENT, "document_type": "Social Account"}, pluck="subject")


class TestRenewal:
    def test_one_of_several_workers_spends_the_refresh_token(self, x: XSandbox):
        x.keyring.expire_user(stored().external_id)

        def work(number: int) -> str:
            connection = jobs.connect(HelpdeskDesk().accounts.get(NAME))
            try:
                frappe.db.get_value("User", "Administrator", "name")  # an older view of the database
                return connection.check().account_id
            finally:
                connection.close()

        answers = in_other_workers(work, 6)
        assert answers == [stored().external_id] * 6, answers
        renewals = [record for record in x.requests if record.path == "/2/oauth2/token"]
        assert [record.status for record in renewals] == [200], "one refresh token was spent more than once"

    def test_a_lock_that_another_worker_holds_is_waited_for_and_then_given_up(
        self, x: XSandbox, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(desk_accounts, "RENEWAL_WAIT_S", 0)
        credentials = HelpdeskDesk().accounts.credentials(NAME)
        with credentials.renewing():

            def work(number: int) -> None:
                with HelpdeskDesk().accounts.credentials(NAME).renewing():
                    raise AssertionError("two workers renew at once")

            (answer,) = in_other_workers(work, 1)
        assert isinstance(answer, Retryable)
        with credentials.renewing():
            pass

    def test_redis_is_not_needed(self, x: XSandbox, monkeypatch: pytest.MonkeyPatch):
        x.keyring.expire_user(stored().external_id)
        frappe.cache.flushall()
        jobs_keeping.keep_account_connected(NAME)
        api.check_account(NAME)
        assert stored().token_state == "Valid"

    def test_an_ended_token_is_renewed_by_the_daily_job(self, x: XSandbox):
        ends_in(-1)
        before = stored().get_password("refresh_token")
        jobs_keeping.keep_account_connected(NAME)
        assert stored().get_password("refresh_token") != before
        assert stored().token_expires_at > to_site(utc_now())

    def test_a_dead_refresh_token_pauses_and_tells(self, x: XSandbox):
        ends_in(-1)
        x.keyring.revoke_user(stored().external_id)
        jobs_keeping.keep_account_connected(NAME)
        assert stored().token_state == "Needs login"
        assert len(told()) == 1

    def test_the_job_is_queued_for_each_account(self, x: XSandbox, monkeypatch: pytest.MonkeyPatch):
        queued: list[Any] = []
        monkeypatch.setattr(jobs_keeping, "enqueue", lambda job, queue, **named: queued.append((job.__name__, named)))
        jobs_keeping.keep_connected()
        assert ("keep_account_connected", {"account": NAME}) in queued
        queued.clear()
        jobs_keeping.watch_webhooks()
        assert queued == [], "no webhook was registered"
        HelpdeskDesk().accounts.record_webhook(NAME, pushed=True)
        jobs_keeping.watch_webhooks()
        assert queued == [("keep_account_subscribed", {"account": NAME})]

    def test_the_hourly_look_renews_no_token(self, x: XSandbox):
        ends_in(-1)
        before = stored().get_password("refresh_token")
        jobs_keeping.keep_account_subscribed(NAME)
        assert stored().get_password("refresh_token") == before


class TestWarning:
    def test_the_owner_is_warned_once(self, site: Any):
        make_account("Number", platform="WhatsApp", client_id="7", access_token="t", owner_user=AGENT)
        desk = HelpdeskDesk()
        ends = to_site(utc_now() + timedelta(days=3))
        frappe.db.set_value("Social Account", "Number", "token_expires_at", ends)
        frappe.db.commit()
        for _ in range(2):
            jobs_keeping.keep_account_connected("Number")
        assert stored("Number").token_state == Standing.ENDS_SOON.value
        assert len(told()) == 1
        assert "sign in again" in told()[0]
        desk.accounts.keep_credentials("Number", {"access_token": "u", "token_expires_at": ""})
        assert (stored("Number").token_state, stored("Number").token_expires_at) == ("Valid", None)


class TestWebhook:
    def test_the_button_registers_and_the_daily_look_mends(self, x: XSandbox, monkeypatch: pytest.MonkeyPatch):
        address = "https://help.example/api/method/social_care.api.webhook?account=1"
        monkeypatch.setattr("social_care.jobs.webhook_address", lambda name: address)
        monkeypatch.setattr(x.activity, "challenge", lambda url: True)  # nothing listens at that address
        assert "The address was registered at X." in api.register_webhook(NAME)
        assert (stored().webhook_state, stored().webhook_note) == ("Pushes", "")
        [webhook] = x.activity.webhooks.values()
        monkeypatch.setattr("social_care.jobs_keeping.webhook_address", lambda name: "http://as-a-job-knows-it/hook")
        jobs_keeping.keep_account_connected(NAME)
        assert (stored().webhook_state, told()) == ("Pushes", []), "all was well"
        webhook.valid = False
        x.activity.subscriptions.popitem()
        for _ in range(2):
            jobs_keeping.keep_account_connected(NAME)
        assert webhook.valid
        assert stored().webhook_state == "Pushes"
        assert len(told()) == 1
        assert "made to push again" in told()[0]

    def test_a_refusal_is_told_in_a_sentence(self, x: XSandbox):
        frappe.db.set_value("Social Account", NAME, "bearer_token", "")
        frappe.db.delete("__Auth", {"name": NAME, "fieldname": "bearer_token"})
        frappe.db.commit()
        with pytest.raises(frappe.ValidationError, match="bearer token"):
            api.register_webhook(NAME)

    def test_what_was_never_pushed_is_left_alone(self, x: XSandbox):
        jobs_keeping.keep_account_connected(NAME)
        assert (stored().webhook_state, told()) == ("", [])

    def test_agents_register_nothing(self, x: XSandbox, agent: str):
        frappe.set_user(agent)
        for verb in (api.register_webhook, api.look):
            with pytest.raises(frappe.PermissionError):
                verb(NAME)


# --- one address for several accounts -----------------------------------------------------------------------------------
SECRET = "app-secret"


@pytest.fixture
def arrive(site: Any) -> Callable[..., None]:
    for name, us, secret in (("Air", "900", SECRET), ("Rail", "901", SECRET), ("Stranger", "902", "another")):
        make_account(name, platform="Facebook", external_id=us, client_secret=secret, access_token="t")

    def arrive(name: str, us: str, mid: str = "m_1") -> None:
        one = {"sender": {"id": "70"}, "recipient": {"id": us}, "timestamp": 1_790_000_000_000}
        entry = {"id": us, "time": 1, "messaging": [{**one, "message": {"mid": mid, "text": "Where is my bag?"}}]}
        body = json.dumps({"object": "page", "entry": [entry]}).encode()
        desk = HelpdeskDesk()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        from social_care.wiring import load_connector

        connector: Any = load_connector("facebook")
        connector.verify(body, {"x-hub-signature-256": f"sha256={signature}"}, [SECRET])
        known = desk.accounts.get(name)
        desk.ledger.keep(
            Payload(
                platform="facebook",
                account=name,
                account_id=known.external_id,
                feed="webhook",
                body=body,
                source=Source.WEBHOOK,
                received_at=utc_now(),
            )
        )
        for _ in range(3):
            for payload in desk.ledger.due(utc_now()):
                jobs.handle_payload(payload)

    return arrive


def accounts_of_tickets() -> list[str]:
    return frappe.get_all("HD Ticket", {"social_account": ["is", "set"]}, pluck="social_account")


class TestSharing:
    def test_a_body_at_the_wrong_address_finds_its_account_once(self, arrive: Callable[..., None]):
        arrive("Air", "901")
        arrive("Rail", "901")
        assert accounts_of_tickets() == ["Rail"]
        notes = dict(frappe.get_all("Social Payload", fields=["account", "note"], as_list=True))
        assert "passed on to Rail" in notes["Air"]

    def test_what_was_passed_on_is_handled_soon(self, arrive: Callable[..., None], monkeypatch: pytest.MonkeyPatch):
        asked: list[bool] = []
        monkeypatch.setattr(jobs, "handle_soon", lambda: asked.append(True))
        arrive("Air", "900")
        assert asked == [], "nothing was passed on"
        arrive("Air", "901")
        assert asked == [True], "it would wait for the sweeper"

    def test_an_account_of_another_app_gets_nothing(self, arrive: Callable[..., None]):
        arrive("Air", "902")
        assert accounts_of_tickets() == []
        assert frappe.get_all("Social Payload", pluck="account") == ["Air"]

    def test_a_disabled_account_gets_nothing(self, arrive: Callable[..., None]):
        frappe.db.set_value("Social Account", "Rail", "enabled", 0)
        frappe.db.commit()
        arrive("Air", "901")
        assert accounts_of_tickets() == []
