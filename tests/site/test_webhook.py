"""The webhook's endpoint, through Frappe's own WSGI application, with X's real signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import frappe
import pytest

from social_care import jobs

NAME = "Northwind on X"
SECRET = "consumer-secret"
PATH = "/api/method/social_care.api.webhook"
SIGNATURE = "x-twitter-webhooks-signature"


@pytest.fixture
def account(site: Any) -> str:
    fields = {"account_name": NAME, "platform": "X", "external_id": "900", "handle": "northwind", "webhook_secret": SECRET}
    frappe.get_doc({"doctype": "Social Account", **fields}).insert()
    frappe.db.commit()
    return NAME


@pytest.fixture
def call(account: str) -> Callable[..., Any]:
    """Makes one request in a thread of its own, where Frappe has a connection of its own."""

    def in_thread(method: str, query: str, **arguments: Any) -> Any:
        from frappe.app import application
        from werkzeug.test import Client

        headers = {"X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"], **arguments.pop("headers", {})}
        path = arguments.pop("path", PATH)
        response = Client(application).open(f"{path}?{query}", method=method, headers=headers, **arguments)
        answer = (response.status_code, response.get_data(as_text=True))
        response.close()
        return answer

    def make(method: str = "POST", query: str = f"account={NAME}", **arguments: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(in_thread, method, query, **arguments).result()
        frappe.db.rollback()
        return answer

    return make


def signed(body: bytes, secret: str = SECRET, content_type: str = "application/json") -> dict[str, Any]:
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"data": body, "headers": {SIGNATURE: f"sha256={digest}", "Content-Type": content_type}}


def kept() -> list[Any]:
    return frappe.get_all("Social Payload", ["name", "body", "state", "source", "feed", "note"])


def refused() -> int:
    return frappe.db.get_value("Social Account", NAME, "refused_webhooks")


BODY = json.dumps({"for_user_id": "900", "tweet_create_events": []}).encode()


class TestWebhook:
    def test_a_signed_body_is_kept_once(self, call: Any):
        assert call(**signed(BODY)) == (200, "ok")
        assert call(**signed(BODY)) == (200, "ok")
        [payload] = kept()
        assert (payload.body, payload.state, payload.source, payload.feed) == (
            BODY.decode(),
            "Received",
            "Webhook",
            "webhook",
        )
        assert refused() == 0

    def test_a_full_queue_does_not_turn_a_kept_body_away(self, call: Any, monkeypatch: Any):
        def enqueue(*_: Any, **__: Any) -> None:
            raise RuntimeError("Too many queued background jobs")

        monkeypatch.setattr(frappe, "enqueue", enqueue)
        frappe.cache.delete(jobs._waiting_mark())
        assert call(**signed(BODY)) == (200, "ok")
        assert [payload.state for payload in kept()] == ["Received"]

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {SIGNATURE: "sha256=AAAA"},
            {SIGNATURE: "sha256="},
            {SIGNATURE: "nonsense"},
            {SIGNATURE: "sha256=" + "é" * 5},
            signed(BODY, "another secret")["headers"],
        ],
    )
    def test_bad_signatures_are_refused_and_counted(self, call: Any, headers: dict[str, str]):
        status, text = call(data=BODY, headers={"Content-Type": "application/json", **headers})
        assert (status, text) == (403, "refused")
        assert kept() == []
        assert refused() == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"{not json",
            b"[" * 100_000,
            b"null",
            b'"text"',
            b"\xff\xfe\x00",
            b'{"cmd": "ping"}',
            b'{"account": {"a": 1}}',
            b"",
        ],
    )
    def test_hostile_bodies_get_no_traceback(self, call: Any, body: bytes):
        status, text = call(data=body, headers={"Content-Type": "application/json", SIGNATURE: "sha256=AAAA"})
        assert (status, text) == (403, "refused")
        assert kept() == []
        assert refused() == 1

    @pytest.mark.parametrize("body", [b"{not json", b"null", b"\xff\xfe\x00", b'{"cmd": "ping"}', b"[1, 2]"])
    def test_verified_bodies_that_nobody_can_read_are_kept_and_parked(self, call: Any, body: bytes):
        assert call(**signed(body)) == (200, "ok")
        [payload] = kept()
        jobs.handle_payload(payload.name)
        [payload] = kept()
        assert payload.state == "Parked"
        assert payload.note
        assert not frappe.db.exists("HD Ticket", {"social_account": NAME})

    def test_the_previous_secret_still_counts(self, call: Any):
        document = frappe.get_doc("Social Account", NAME)
        document.previous_webhook_secret = SECRET
        document.webhook_secret = "new"
        document.save()
        frappe.db.commit()
        assert call(**signed(BODY))[0] == 200
        assert call(**signed(BODY + b" ", "new"))[0] == 200

    def test_too_large(self, call: Any):
        body = b'{"a": "' + b"x" * 4_100_000 + b'"}'
        assert call(**signed(body))[0] in (403, 413)
        assert kept() == []

    def test_a_disabled_account(self, call: Any):
        frappe.db.set_value("Social Account", NAME, "enabled", 0)
        frappe.db.commit()
        assert call(**signed(BODY)) == (403, "refused")
        assert refused() == 1

    def test_the_account_may_stand_in_the_path(self, call: Any):
        assert call(query="", path=f"{PATH}/{NAME}", **signed(BODY)) == (200, "ok")
        assert len(kept()) == 1

    @pytest.mark.parametrize("query", ["", "account=", "account=Nobody", "account=%00", "account[]=x"])
    def test_an_unknown_account(self, call: Any, query: str):
        assert call(query=query, **signed(BODY))[0] == 404

    def test_the_platforms_question(self, call: Any):
        status, text = call("GET", query=f"account={NAME}&crc_token=abc")
        digest = base64.b64encode(hmac.new(SECRET.encode(), b"abc", hashlib.sha256).digest()).decode()
        assert (status, json.loads(text)) == (200, {"response_token": f"sha256={digest}"})
        assert call("GET")[0] == 403

    def test_other_methods(self, call: Any):
        assert call("PUT", data=BODY)[0] in (403, 405)
        assert kept() == []

    def test_a_full_round(self, call: Any):
        post = {
            "id_str": "555",
            "created_at": "Sun Mar 01 12:00:00 +0000 2026",
            "text": "@northwind where is my bag?",
            "user": {"id_str": "77", "screen_name": "jane", "name": "Jane", "followers_count": 12},
            "entities": {"user_mentions": [{"id_str": "900", "screen_name": "northwind", "indices": [0, 10]}]},
        }
        body = json.dumps({"for_user_id": "900", "tweet_create_events": [post]}).encode()
        assert call(**signed(body))[0] == 200
        [payload] = kept()
        jobs.handle_payload(payload.name)
        [payload] = kept()
        assert payload.state == "Done", payload.note
        [made] = frappe.get_all(
            "HD Ticket", {"social_account": NAME}, ["subject", "raised_by", "social_followers", "contact"]
        )
        assert made.raised_by == "jane.77@x.invalid"
        assert (made.contact, made.social_followers) == ("Jane (@jane)", 12)


def test_a_large_body_is_stored_small_and_shown_as_it_came(call: Any):
    body = json.dumps({"for_user_id": "900", "tweet_create_events": [{"id_str": "1", "text": "ż" * 50_000}]}).encode()
    assert call(**signed(body)) == (200, "ok")
    [payload] = kept()
    assert len(payload.body) < len(body) / 10, "a large body goes to the database as it came"
    form = frappe.get_doc("Social Payload", payload.name)
    form.run_method("onload")
    assert form.body == body.decode(), "the form shows something else than what the platform sent"
