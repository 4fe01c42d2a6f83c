"""Signing in with Facebook or Instagram: which calls are made, what may be connected, and that no secret is shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from social_care.connectors.instagram.client import InstagramConnection
from social_care.connectors.meta.signing_in import MetaSigningIn
from social_care.connectors.registry import load
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.connecting import Identity, SignIn

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=timezone.utc)
GRAPH, INSTAGRAM, API = "https://graph.facebook.com/v25.0", "https://graph.instagram.com", "https://api.instagram.com"
APP = {"client_id": "77", "client_secret": "SECRET-app"}
SIXTY_DAYS = 60 * 86_400
PAGES = [
    {
        "id": "900",
        "name": "Northwind Air",
        "username": "northwind",
        "access_token": "SECRET-page",
        "instagram_business_account": {"id": "1784", "username": "northwind.air", "name": "Northwind"},
    },
    {"id": "901", "name": "No right to it"},
    {"id": "902", "name": "Rail", "access_token": "SECRET-rail"},
]
NUMBER = {"id": "555", "display_phone_number": "+1 555 0100", "verified_name": "Northwind"}


@pytest.fixture
def meta() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{GRAPH}/oauth/access_token", json={"access_token": "SECRET-short", "expires_in": 5000})
        yield mock


def account(platform: str) -> Account:
    return Account(name="Northwind", platform=platform, external_id="")


def sign_in(way: str) -> SignIn:
    return SignIn(way=way, redirect="https://help.example/back", state="s", verifier="v")


def identities(platform: str, way: str, credentials: dict[str, str] | None = None) -> tuple[Identity, ...]:
    connector: Any = load(platform)
    given = APP if credentials is None else credentials
    signing_in = MetaSigningIn(account(platform), given, connector.ways, title=connector.title, clock=lambda: NOW)
    return signing_in.identities("SECRET-code", sign_in(way))


def long_lived(meta: responses.RequestsMock) -> None:
    """Answer the second call with the token of 60 days."""
    meta.post(f"{GRAPH}/oauth/access_token", json={"access_token": "SECRET-long", "expires_in": SIXTY_DAYS})


def test_where_to_go() -> None:
    scopes = {
        ("facebook", "page"): ("www.facebook.com", "/v25.0/dialog/oauth", "pages_messaging"),
        ("instagram", "page"): ("www.facebook.com", "/v25.0/dialog/oauth", "instagram_manage_messages"),
        ("instagram", "instagram"): ("www.instagram.com", "/oauth/authorize", "instagram_business_manage_messages"),
        ("whatsapp", "number"): ("www.facebook.com", "/v25.0/dialog/oauth", "whatsapp_business_messaging"),
    }
    for (platform, way), (host, path, scope) in scopes.items():
        url = urlsplit(load(platform).authorize_url(account(platform), APP, sign_in(way)))
        assert (url.netloc, url.path) == (host, path)
        assert scope in parse_qs(url.query)["scope"][0].split(",")


def test_a_page_is_chosen_among_those_one_may_use(meta: responses.RequestsMock) -> None:
    long_lived(meta)
    meta.get(f"{GRAPH}/me/accounts", json={"data": PAGES[:2], "paging": {"cursors": {"after": "B"}, "next": "https://x"}})
    meta.get(f"{GRAPH}/me/accounts", json={"data": PAGES[2:]})
    found = identities("facebook", "page")
    assert [(one.id, one.name, one.handle) for one in found] == [("900", "Northwind Air", "northwind"), ("902", "Rail", "")]
    assert found[0].credentials == {"access_token": "SECRET-page", "token_expires_at": ""}, "a Page's token does not end"
    code, exchange = (parse_qs(call.request.body) for call in meta.calls[:2])
    assert (code["code"], code["redirect_uri"]) == (["SECRET-code"], ["https://help.example/back"])
    assert (exchange["grant_type"], exchange["fb_exchange_token"]) == (["fb_exchange_token"], ["SECRET-short"])
    assert meta.calls[2].request.headers["Authorization"] == "Bearer SECRET-long"
    assert not any("SECRET" in (call.request.url or "") for call in meta.calls), "addresses are logged on the way"


def test_an_instagram_account_comes_with_its_page(meta: responses.RequestsMock) -> None:
    long_lived(meta)
    meta.get(f"{GRAPH}/me/accounts", json={"data": PAGES})
    (found,) = identities("instagram", "page")
    assert (found.id, found.handle) == ("1784", "northwind.air")
    assert found.credentials["access_token"] == "SECRET-page"
    assert found.credentials["instagram_login"] == "Facebook"


@pytest.mark.parametrize("listed", [True, False])
def test_instagrams_own_login(meta: responses.RequestsMock, listed: bool) -> None:
    short = {"access_token": "SECRET-short", "user_id": 1784}
    meta.post(f"{API}/oauth/access_token", json={"data": [short]} if listed else short)
    meta.get(f"{INSTAGRAM}/access_token", json={"access_token": "SECRET-long", "expires_in": SIXTY_DAYS})
    meta.get(f"{INSTAGRAM}/v25.0/me", json={"user_id": "1784", "username": "northwind", "id": "3"})
    (found,) = identities("instagram", "instagram")
    assert (found.id, found.handle, found.credentials["instagram_login"]) == ("1784", "northwind", "Instagram")
    assert datetime.fromisoformat(found.credentials["token_expires_at"]) == NOW + timedelta(days=60)


def test_a_whatsapp_number_is_chosen(meta: responses.RequestsMock) -> None:
    long_lived(meta)
    lists = {"data": [{"id": "88", "phone_numbers": {"data": [NUMBER, {"id": "556", "display_phone_number": "+1 2"}]}}]}
    business = {"id": "1", "owned_whatsapp_business_accounts": lists, "client_whatsapp_business_accounts": lists}
    meta.get(f"{GRAPH}/me/businesses", json={"data": [business]})
    found = identities("whatsapp", "number")
    assert [(one.id, one.name) for one in found] == [("555", "Northwind"), ("556", "+1 2")]
    assert found[0].credentials["whatsapp_phone_number_id"] == "555"
    assert found[0].credentials["whatsapp_business_account_id"] == "88"
    assert found[0].credentials["token_expires_at"], "such a token ends after 60 days"


def test_nothing_to_connect(meta: responses.RequestsMock) -> None:
    long_lived(meta)
    meta.get(f"{GRAPH}/me/accounts", json={"data": []})
    assert identities("facebook", "page") == ()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 400, "json": {"error": {"code": 100, "error_subcode": 36007, "message": "SECRET-app"}}}, e.Refused),
        ({"status": 400, "json": {"error": {"code": 1, "message": "Error validating client secret."}}}, e.Refused),
        ({"status": 400, "json": {"error_type": "OAuthException", "code": 400, "error_message": "x"}}, e.Refused),
        ({"status": 503, "body": "busy"}, e.Retryable),
        ({"status": 200, "body": "no JSON"}, e.Retryable),
        ({"body": requests.ConnectionError("/access_token?client_secret=SECRET-app")}, e.Retryable),
    ],
)
def test_a_refused_code_is_told_without_secrets(
    answer: dict[str, Any], error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with responses.RequestsMock() as meta:
        meta.post(f"{API}/oauth/access_token", **answer)
        with pytest.raises(error) as caught:
            identities("instagram", "instagram")
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None, "the cause quotes the address"
    assert "SECRET" not in shown


def test_app_id_and_secret_are_needed() -> None:
    for given in ({}, {"client_id": "77"}, {"client_secret": "s"}):
        with pytest.raises(e.ConfigurationError, match="app secret"):
            identities("facebook", "page", given)


# --- renewing ---------------------------------------------------------------------------------------------------------
def connection(credentials: dict[str, str], kept: list[Any]) -> InstagramConnection:
    ours = Account(name="Northwind", platform="instagram", external_id="1784")
    return InstagramConnection(ours, credentials, kept.append, lambda _: b"", clock=lambda: NOW)


def test_instagrams_token_is_renewed_for_another_60_days(meta: responses.RequestsMock) -> None:
    meta.get(f"{INSTAGRAM}/refresh_access_token", json={"access_token": "IG-new", "expires_in": SIXTY_DAYS})
    kept: list[Any] = []
    assert connection({"access_token": "IG-old"}, kept).renew()
    assert kept == [{"access_token": "IG-new", "token_expires_at": (NOW + timedelta(days=60)).isoformat()}]


def test_a_token_that_another_worker_has_renewed_is_left_alone(meta: responses.RequestsMock) -> None:
    kept: list[Any] = []
    stored = {"access_token": "IG-old"}
    opened = connection(stored, kept)
    stored["access_token"] = "IG-new"
    assert opened.renew()
    assert (kept, len(meta.calls)) == ([], 0)


def test_a_pages_token_needs_no_renewal(meta: responses.RequestsMock) -> None:
    assert not connection({"access_token": "EAA-page"}, []).renew()
    assert len(meta.calls) == 0


def test_a_token_that_is_too_young_is_refused(meta: responses.RequestsMock) -> None:
    meta.get(f"{INSTAGRAM}/refresh_access_token", status=400, json={"error": {"code": 10}})
    with pytest.raises(e.Refused):
        connection({"access_token": "IG-old"}, []).renew()
