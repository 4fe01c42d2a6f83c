"""Calls to X: time-outs, tokens, refusals, the webhook. The network is a double; nothing sleeps."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.x.client import XConnection
from social_care.core import errors as e
from tests.connectors.x.office import ACCOUNT, API, NOW, OAUTH1, OAUTH2, PART, US, connect, sent_json
from tests.connectors.x.reading import CONNECTOR


# --- every call -------------------------------------------------------------------------------------------------------
def test_every_request_has_a_time_out_and_follows_no_redirect(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", json={"data": {"id": US}})
    x.get(f"{API}/2/users/{US}/mentions", json={"meta": {}})
    x.get(f"{API}/2/dm_events", json={"meta": {}})
    x.get(f"{API}/2/tweets/search/recent", json={"meta": {}})
    x.get(f"{API}/2/users/{US}/tweets", json={"meta": {}})
    x.get(f"{API}/2/tweets", json={"data": []})
    x.post(f"{API}/2/tweets", json={"data": {"id": "1"}}, status=201)
    connection = connect()
    connection.check()
    for feed in ("mentions", "direct_messages", "search:brand"):
        connection.fetch(feed, "")
    connection.find_sent(PART, lambda _: False)
    connection.gone(["1"])
    connection.send(PART)
    assert len(x.calls) == 7
    for call in x.calls:
        assert all(call.request.req_kwargs["timeout"]), f"{call.request.url} may hang for ever"
        assert call.request.headers["User-Agent"].startswith("social_care/")


def test_a_redirect_is_not_followed(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", status=302, headers={"location": "https://evil.example/"})
    x.get("https://evil.example/", json={"data": {"id": "1"}})
    with pytest.raises(e.Retryable):
        connect().check()
    assert len(x.calls) == 1, "the token went to another host"


@pytest.mark.parametrize("credentials", [OAUTH1, OAUTH2])
def test_no_secret_is_in_logs_or_errors(
    x: responses.RequestsMock, credentials: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    x.get(f"{API}/2/users/me", status=401, json={"detail": "SECRET-old"})
    x.post(f"{API}/2/oauth2/token", status=400, json={"error": "invalid_grant"})
    x.post(f"{API}/2/tweets", body=requests.ConnectionError("reset"))
    shown = caplog.text
    for call in (lambda c: c.check(), lambda c: c.send(PART)):
        with pytest.raises(e.SocialCareError) as caught:
            call(connect(dict(credentials)))
        shown += str(caught.value) + repr(caught.value) + repr(caught.value.__cause__)
    shown += caplog.text
    assert "SECRET" not in shown


@pytest.mark.parametrize("bad", ["line\nbreak", "ключ"])
def test_a_credential_that_cannot_be_sent_is_named_but_not_shown(bad: str) -> None:
    with pytest.raises(e.ConfigurationError) as caught:
        connect({**OAUTH2, "access_token": bad})
    assert "access_token" in str(caught.value)
    assert bad not in str(caught.value)


def test_oauth1_signs_and_oauth2_bears(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", json={"data": {"id": US}})
    connect(dict(OAUTH1)).check()
    connect(dict(OAUTH2)).check()
    first, second = (call.request.headers["Authorization"] for call in x.calls)
    assert (first.decode() if isinstance(first, bytes) else first).startswith("OAuth ")
    assert second == "Bearer SECRET-old"


def test_missing_credentials_are_the_owners_matter() -> None:
    with pytest.raises(e.ConfigurationError, match="incomplete"):
        CONNECTOR.connect(ACCOUNT, {"client_id": "a"}, lambda _: None, lambda _: b"")


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://127.0.0.1", "https://u:p@host", "http://[", "nonsense"])
def test_a_base_address_that_would_leak_tokens_is_refused(url: str) -> None:
    with pytest.raises(e.ConfigurationError):
        connect({**OAUTH2, "api_base_url": url})


# --- tokens -----------------------------------------------------------------------------------------------------------
def test_new_tokens_are_stored_before_they_are_used(x: responses.RequestsMock) -> None:
    story: list[str] = []
    fresh = {"access_token": "SECRET-new", "refresh_token": "SECRET-r2", "expires_in": 7200}

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        story.append(request.headers["Authorization"])
        return (200, {}, json.dumps({"data": {"id": US}})) if story[-1] == "Bearer SECRET-new" else (401, {}, "{}")

    x.add_callback(responses.GET, f"{API}/2/users/me", answer)
    x.post(f"{API}/2/oauth2/token", json=fresh)
    connection = XConnection(
        ACCOUNT, dict(OAUTH2), lambda kept: story.append(f"kept {kept['access_token']}"), lambda _: b"", clock=lambda: NOW
    )
    connection.check()
    assert story == ["Bearer SECRET-old", "kept SECRET-new", "Bearer SECRET-new"]
    form = x.calls[1].request.body
    assert "refresh_token=SECRET-r1" in form
    assert "grant_type=refresh_token" in form


def test_a_post_refused_for_an_old_token_is_posted_once(x: responses.RequestsMock) -> None:
    x.post(f"{API}/2/tweets", status=401, json={})
    x.post(f"{API}/2/oauth2/token", json={"access_token": "SECRET-new", "refresh_token": "SECRET-r2"})
    x.post(f"{API}/2/tweets", status=201, json={"data": {"id": "77"}})
    kept: list[dict[str, str]] = []
    assert connect(kept=kept).send(PART).external_id == "77"
    assert kept[0]["refresh_token"] == "SECRET-r2"
    assert kept[0]["token_expires_at"] == "2026-09-01T14:00:00+00:00"


def test_tokens_renewed_by_another_worker_are_taken_up(x: responses.RequestsMock) -> None:
    stored = dict(OAUTH2)
    x.get(f"{API}/2/users/me", status=401, json={})
    x.get(f"{API}/2/users/me", json={"data": {"id": US}})
    connection = connect(stored)
    stored |= {"access_token": "SECRET-theirs", "refresh_token": "SECRET-r9"}
    connection.check()
    assert x.calls[1].request.headers["Authorization"] == "Bearer SECRET-theirs"
    assert len(x.calls) == 2, "the refresh token was used a second time, which would end the session"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant"}, e.AccountNeedsLogin),
        (400, {"error": "invalid_request"}, e.AccountNeedsLogin),
        (401, {"error": "invalid_client"}, e.ConfigurationError),
        (503, None, e.Retryable),
        (429, None, e.Retryable),
        (200, "nonsense", e.Retryable),
    ],
)
def test_a_refused_renewal(x: responses.RequestsMock, status: int, body: Any, expected: type) -> None:
    x.get(f"{API}/2/users/me", status=401, json={})
    x.post(f"{API}/2/oauth2/token", status=status, json=body)
    kept: list[Any] = []
    with pytest.raises(e.SocialCareError) as caught:
        connect(kept=kept).check()
    assert type(caught.value) is expected
    assert kept == []


def test_oauth1_credentials_that_x_refuses_need_a_login(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/users/me", status=401, json={})
    with pytest.raises(e.AccountNeedsLogin):
        connect(dict(OAUTH1)).check()
    assert len(x.calls) == 1


# --- who we are -------------------------------------------------------------------------------------------------------
def test_check_says_who_what_and_how_much(x: responses.RequestsMock) -> None:
    headers = {
        "x-access-level": "read-write",
        "x-rate-limit-limit": "75",
        "x-rate-limit-remaining": "74",
        "x-rate-limit-reset": "1788264900",
    }
    x.get(f"{API}/2/users/me", json={"data": {"id": "901", "username": "northwind", "name": "N"}}, headers=headers)
    found = connect().check()
    assert (found.account_id, found.handle, found.permissions) == ("901", "northwind", ("read", "write"))
    assert found.limits == ("account look-ups: 74 of 75 left, until 12:15 UTC",)
    assert len(found.problems) == 2, "another account, and no permission for direct messages"


# --- webhook ----------------------------------------------------------------------------------------------------------
def test_subscribing_does_what_is_missing(x: responses.RequestsMock) -> None:
    url = "https://help.example.com/x"
    x.get(f"{API}/2/webhooks", json={"data": [{"id": "8", "url": url, "valid": False}]})
    x.put(f"{API}/2/webhooks/8", json={"data": {}})
    there = [
        {"event_type": "dm.received", "filter": {"user_id": US}, "webhook_id": "8", "subscription_id": "s1"},
        {"event_type": "dm.sent", "filter": {"user_id": US}, "webhook_id": "7", "subscription_id": "s2"},
        {"event_type": "chat.received", "filter": {"user_id": "1"}, "webhook_id": "8", "subscription_id": "s3"},
    ]
    x.get(f"{API}/2/activity/subscriptions", json={"data": there})
    x.put(f"{API}/2/activity/subscriptions/s2", json={"data": {}})
    x.post(f"{API}/2/activity/subscriptions", json={"data": {}})
    private = replace(ACCOUNT, receive=frozenset({"direct_messages"}))
    lines = connect({**OAUTH2, "bearer_token": "app"}, account=private).subscribe(url)
    assert lines == (
        "X was asked to check the address again.",
        "Moved dm.sent to this address.",
        "Subscribed to chat.received.",
    )
    assert x.calls[0].request.headers["Authorization"] == "Bearer app"
    assert sent_json(x.calls[-1]) == {"event_type": "chat.received", "filter": {"user_id": US}, "webhook_id": "8"}


def test_a_refused_kind_does_not_stop_the_others(x: responses.RequestsMock) -> None:
    x.get(f"{API}/2/webhooks", json={"data": []})
    x.post(f"{API}/2/webhooks", json={"data": {"id": "8", "valid": True}})
    x.get(f"{API}/2/activity/subscriptions", json={"data": []})
    x.post(f"{API}/2/activity/subscriptions", json={"data": {}})
    x.post(f"{API}/2/activity/subscriptions", status=403, json={})
    x.post(f"{API}/2/activity/subscriptions", json={"data": {}})
    private = replace(ACCOUNT, receive=frozenset({"direct_messages"}))
    lines = connect({**OAUTH2, "bearer_token": "app"}, account=private).subscribe("https://help.example.com/x")
    assert lines[1] == "Subscribed to dm.received."
    assert lines[2].startswith("X refused the subscription to dm.sent")
    assert lines[3] == "Subscribed to chat.received."


def test_a_webhook_needs_the_apps_own_token() -> None:
    with pytest.raises(e.ConfigurationError, match="bearer"):
        connect().subscribe("https://help.example.com/x")
