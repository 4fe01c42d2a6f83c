"""Whether X pushes to this site, and making it do so, also where it takes no address of this account's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from social_care.connectors.registry import load
from social_care.core.accounts import Account
from social_care.core.ports import Connection
from social_care.sandbox.x import XSandbox, subscribing

SITE = "https://help.example/api/method/social_care.api.webhook"
OURS, THEIRS = f"{SITE}?account=Northwind", f"{SITE}?account=Rail"


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Iterator[XSandbox]:
    with XSandbox() as sandbox:
        monkeypatch.setattr(sandbox.activity, "challenge", lambda url: True)  # nothing listens at these addresses
        yield sandbox


@pytest.fixture
def connect(x: XSandbox) -> Any:
    def connect(handle: str) -> Connection:
        user = x.add_user(handle)
        keys = x.credentials(user)
        credentials = {
            "client_id": keys.client_id,
            "client_secret": keys.client_secret,
            "access_token": keys.oauth2_access_token,
            "refresh_token": keys.oauth2_refresh_token,
            "bearer_token": keys.bearer_token,
            "api_base_url": x.base_url,
        }
        account = Account(name=handle, platform="x", external_id=user.id, handle=handle)
        return load("x").connect(account, credentials, lambda _: None, lambda _: b"")

    return connect


def test_what_is_not_pushed_is_told_and_mended(x: XSandbox, connect: Any) -> None:
    ours = connect("northwind")
    assert ours.not_pushed(OURS) == ("X does not know this site's address.",)
    ours.subscribe(OURS)
    assert ours.not_pushed(OURS) == ()
    assert not [line for line in ours.subscribe(OURS) if line.startswith(("Subscribed", "Moved"))], "it was there already"
    [hook] = x.activity.webhooks.values()
    hook.valid = False
    assert "switched" in ours.not_pushed(OURS)[0]
    assert "X was asked to check the address again." in ours.subscribe(OURS)
    gone = next(one for one in x.activity.subscriptions.values() if one.event_type == "dm.received")
    del x.activity.subscriptions[gone.id]
    assert ours.not_pushed(OURS) == ("X does not push dm.received.",)
    assert "Subscribed to dm.received." in ours.subscribe(OURS)
    assert ours.not_pushed(OURS) == ()


def test_an_address_elsewhere_is_not_ours(x: XSandbox, connect: Any) -> None:
    ours = connect("northwind")
    ours.subscribe("https://elsewhere.example/hook")
    assert ours.not_pushed(OURS) == ("X does not know this site's address.",)


def test_where_x_takes_no_further_address_another_accounts_is_used(
    x: XSandbox, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect("rail").subscribe(THEIRS)
    monkeypatch.setattr(subscribing, "MOST_WEBHOOKS", 1)
    ours = connect("northwind")
    lines = ours.subscribe(OURS)
    assert "another account here" in lines[0]
    assert len(x.activity.webhooks) == 1
    assert ours.not_pushed(OURS) == (), "its events come in at the other account's address, and are given to it"
