"""Signing in with X, against the sandbox: PKCE, codes that live once and briefly, and what is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from social_care.connectors.registry import load
from social_care.connectors.x.signing_in import XSigningIn
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.connecting import SignIn
from social_care.sandbox.x import XSandbox

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)
BACK = "https://help.example/api/method/social_care.api.signing_in.come_back"
SIGN_IN = SignIn(way="x", redirect=BACK, state="the-state", verifier="v" * 64)


@pytest.fixture
def x() -> Iterator[XSandbox]:
    with XSandbox(lambda: NOW) as sandbox:
        sandbox.add_user("northwind", "Northwind Air")
        yield sandbox


def account(x: XSandbox) -> Account:
    return Account(name="Northwind", platform="x", external_id="", options={"api_base_url": x.base_url})


def app(x: XSandbox) -> dict[str, str]:
    return {"client_id": x.keyring.client_id, "client_secret": x.keyring.client_secret}


def visit(x: XSandbox, sign_in: SignIn = SIGN_IN, who: str = "northwind") -> dict[str, list[str]]:
    """Go to X as the form does, decide there, and return what comes back."""
    url = load("x").authorize_url(account(x), app(x), sign_in)
    assert "northwind" in requests.get(url, timeout=5).text
    answer = requests.get(url + f"&as={who}", allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == BACK
    return parse_qs(location.query)


def signing_in(x: XSandbox, credentials: dict[str, str] | None = None) -> XSigningIn:
    return XSigningIn(account(x), credentials or app(x), clock=lambda: NOW)


def test_who_signs_in_is_connected(x: XSandbox) -> None:
    back = visit(x)
    assert back["state"] == ["the-state"]
    (identity,) = signing_in(x).identities(back["code"][0], SIGN_IN)
    assert (identity.handle, identity.name) == ("northwind", "Northwind Air")
    assert set(identity.credentials) == {"access_token", "refresh_token", "token_expires_at", "auth_method"}
    assert datetime.fromisoformat(identity.credentials["token_expires_at"]) == NOW + timedelta(hours=2)
    kept = {**app(x), **identity.credentials}
    connection = load("x").connect(replace(account(x), external_id=identity.id), kept, kept.update, lambda _: b"")
    assert connection.check().account_id == identity.id
    assert connection.renew(), "the tokens of a sign-in can be renewed"
    assert kept["refresh_token"] != identity.credentials["refresh_token"]
    connection.close()


def test_a_person_may_refuse(x: XSandbox) -> None:
    assert "code" not in visit(x, who="")


@pytest.mark.parametrize(
    "wrong", [replace(SIGN_IN, verifier="w" * 64), replace(SIGN_IN, redirect="https://elsewhere.example/")]
)
def test_only_who_began_can_finish(x: XSandbox, wrong: SignIn) -> None:
    code = visit(x)["code"][0]
    with pytest.raises(e.Refused, match="begin again"):
        signing_in(x).identities(code, wrong)


def test_a_code_is_used_up(x: XSandbox) -> None:
    code = visit(x)["code"][0]
    assert signing_in(x).identities(code, SIGN_IN)
    with pytest.raises(e.Refused):
        signing_in(x).identities(code, SIGN_IN)


def test_a_code_lives_for_30_seconds(x: XSandbox) -> None:
    code = visit(x)["code"][0]
    x.clock.advance(31)
    with pytest.raises(e.Refused, match="without a pause"):
        signing_in(x).identities(code, SIGN_IN)


def test_a_wrong_app_is_told(x: XSandbox) -> None:
    code = visit(x)["code"][0]
    with pytest.raises(e.ConfigurationError, match="client id"):
        signing_in(x, {**app(x), "client_secret": "wrong"}).identities(code, SIGN_IN)
    with pytest.raises(e.ConfigurationError, match="client id"):
        signing_in(x, {"client_secret": "x"})


def test_nothing_secret_is_logged_or_shown(x: XSandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = visit(x)["code"][0]
    caplog.clear()
    (identity,) = signing_in(x).identities(code, SIGN_IN)
    for secret in (code, SIGN_IN.verifier, SIGN_IN.state, identity.credentials["access_token"]):
        assert secret not in caplog.text + repr(identity) + repr(SIGN_IN)
