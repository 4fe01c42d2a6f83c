"""Signing in with Google, against the sandbox's page and token endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from social_care.connectors.registry import load
from social_care.connectors.youtube.connector import YouTubeConnector
from social_care.connectors.youtube.signing_in import authorize_url
from social_care.core.accounts import Account
from social_care.core.connecting import SignIn
from social_care.core.errors import ConfigurationError, Refused
from social_care.sandbox.youtube import YouTubeSandbox
from social_care.sandbox.youtube.access import CLIENT_ID

SIGN_IN = SignIn(way="google", redirect="https://help.example/back", state="st", verifier="v" * 64)
ACCOUNT = Account(name="Northwind", platform="youtube", external_id="")


@pytest.fixture
def sandbox() -> Iterator[YouTubeSandbox]:
    with YouTubeSandbox() as made:
        made.add_channel("northwind", "Northwind Air")
        yield made


def app(sandbox: YouTubeSandbox) -> dict[str, str]:
    return {"client_id": CLIENT_ID, "client_secret": sandbox.access.client_secret, "api_base_url": sandbox.base_url}


def let_in(sandbox: YouTubeSandbox, who: str = "northwind") -> dict[str, list[str]]:
    url = authorize_url(ACCOUNT, app(sandbox), SIGN_IN)
    assert "northwind" in requests.get(url, timeout=5).text
    answer = requests.get(url, params={"as": who}, allow_redirects=False, timeout=5)
    return parse_qs(urlsplit(answer.headers["location"]).query)


def connector() -> YouTubeConnector:
    found = load("youtube")
    assert isinstance(found, YouTubeConnector)
    return found


def test_google_is_asked_for_a_token_that_lasts() -> None:
    query = parse_qs(urlsplit(authorize_url(ACCOUNT, {"client_id": "c"}, SIGN_IN)).query)
    assert query["access_type"] == ["offline"]
    assert query["prompt"] == ["consent"]
    assert query["scope"] == ["https://www.googleapis.com/auth/youtube.force-ssl"]
    assert query["code_challenge_method"] == ["S256"]


def test_who_signs_in_is_connected(sandbox: YouTubeSandbox) -> None:
    given = let_in(sandbox)
    assert given["state"] == ["st"]
    signing = connector().sign_in(ACCOUNT, app(sandbox))
    [identity] = signing.identities(given["code"][0], SIGN_IN)
    assert (identity.handle, identity.name) == ("northwind", "Northwind Air")
    assert set(identity.credentials) == {"access_token", "refresh_token", "token_expires_at"}
    assert datetime.fromisoformat(identity.credentials["token_expires_at"]) > datetime.now(timezone.utc)
    with pytest.raises(Refused, match="begin again"):
        signing.identities(given["code"][0], SIGN_IN)
    signing.close()


def test_a_box_that_was_left_out_is_told(sandbox: YouTubeSandbox) -> None:
    sandbox.access.scope = "openid"
    given = let_in(sandbox)
    signing = connector().sign_in(ACCOUNT, app(sandbox))
    with pytest.raises(Refused, match="every box"):
        signing.identities(given["code"][0], SIGN_IN)
    signing.close()


def test_a_wrong_secret_is_the_owners_matter(sandbox: YouTubeSandbox) -> None:
    given = let_in(sandbox)
    signing = connector().sign_in(ACCOUNT, {**app(sandbox), "client_secret": "other"})
    with pytest.raises(ConfigurationError):
        signing.identities(given["code"][0], SIGN_IN)
    signing.close()


def test_who_declines_gets_no_code(sandbox: YouTubeSandbox) -> None:
    assert let_in(sandbox, "") == {"state": ["st"], "error": ["access_denied"]}
