"""Who may call, how often, and for how much."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from social_care.sandbox.x import XSandbox
from tests.sandbox.conftest import Caller, World, check_published


# --- tokens -----------------------------------------------------------------------------------------------------------
def test_no_or_unknown_credentials_are_a_401(world: World) -> None:
    for caller in (world.anonymous(), world.bearer("nonsense")):
        answer = caller("GET", "/2/users/me")
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")
        check_published(answer, "error_401_unauthorized.json")
        assert "x-rate-limit-limit" not in answer.headers


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_every_one_of_the_four_oauth1_values_has_to_be_right(world: World, wrong: str) -> None:
    keys = world.sandbox.credentials(world.team)
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    values = ["wrong" if name == wrong else getattr(keys, name) for name in names]
    answer = world.anonymous()("GET", "/2/users/me", params={"user.fields": "name,created_at"}, auth=OAuth1(*values))
    assert answer.status_code == 401


@pytest.mark.parametrize("host", ["https://api.x.com", "https://api.twitter.com"])
def test_a_signature_made_for_xs_own_host_is_right(world: World, host: str) -> None:
    keys = world.sandbox.credentials(world.team)
    auth = OAuth1(keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret)
    session = world.anonymous().session
    request = session.prepare_request(_request("GET", host + "/2/users/me?user.fields=name", auth))
    request.url = world.sandbox.base_url + "/2/users/me?user.fields=name"
    assert session.send(request, timeout=5).status_code == 200
    request.url = world.sandbox.base_url + "/2/users/me?user.fields=description"
    assert session.send(request, timeout=5).status_code == 401


def _request(method: str, url: str, auth: OAuth1) -> Any:
    return requests.Request(method, url, auth=auth)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/2/users/me"),
        ("POST", "/2/tweets"),
        ("DELETE", "/2/tweets/1"),
        ("PUT", "/2/tweets/1/hidden"),
        ("GET", "/2/dm_events"),
        ("POST", "/2/dm_conversations/with/1/messages"),
        ("POST", "/2/media/upload"),
    ],
)
def test_app_only_tokens_do_nothing_in_a_users_name(world: World, method: str, path: str) -> None:
    answer = world.app()(method, path, json={"text": "x"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "https://api.x.com/2/problems/unsupported-authentication"
    assert not world.sandbox.posts_by("northwind")


def test_app_only_tokens_read_what_is_public(world: World) -> None:
    post = world.sandbox.post("ada", "@northwind late")
    app = world.app()
    assert app.get(f"/2/users/{world.team.id}/mentions")["meta"]["result_count"] == 1
    assert app.get("/2/tweets/search/recent", query="late")["meta"]["result_count"] == 1
    assert app.get(f"/2/tweets/{post.id}")["data"]["id"] == post.id


def test_an_app_that_may_only_read_gets_a_403_for_more(world: World, x: XSandbox) -> None:
    x.credentials("ben", access="read")
    reader = world.oauth1(world.ben)
    assert reader("GET", "/2/users/me").headers["x-access-level"] == "read"
    assert reader.post("/2/tweets", {"text": "x"}).json()["type"].endswith("/oauth1-permissions")
    assert reader("GET", "/2/dm_events").status_code == 403
    x.credentials("ada", access="read-write")
    writer = world.oauth1(world.ada)
    assert writer.post("/2/tweets", {"text": "x"}).status_code == 201
    assert writer("GET", "/2/dm_events").status_code == 403


def test_revoked_credentials_stop_and_new_ones_work(world: World, x: XSandbox) -> None:
    callers = [world.oauth1(), world.oauth2()]
    assert [caller("GET", "/2/users/me").status_code for caller in callers] == [200, 200]
    x.revoke("northwind")
    assert [caller("GET", "/2/users/me").status_code for caller in callers] == [401, 401]
    assert world.oauth1()("GET", "/2/users/me").status_code == 200


def test_oauth2_tokens_end_after_two_hours_and_oauth1_never(world: World, x: XSandbox) -> None:
    first, second = world.oauth2(), world.oauth1()
    x.clock.advance(7199)
    assert first("GET", "/2/users/me").status_code == 200
    x.clock.advance(1)
    assert first("GET", "/2/users/me").status_code == 401
    assert second("GET", "/2/users/me").status_code == 200


def refresh(world: World, token: str, **form: str) -> Any:
    keys = world.sandbox.credentials(world.team)
    data = {"grant_type": "refresh_token", "refresh_token": token, **form}
    return world.anonymous()("POST", "/2/oauth2/token", data=data, auth=(keys.client_id, keys.client_secret))


def test_refreshing_rotates_the_pair(world: World, x: XSandbox) -> None:
    keys = x.credentials("northwind")
    caller = world.oauth2()
    x.expire("northwind")
    assert caller("GET", "/2/users/me").status_code == 401
    body = refresh(world, keys.oauth2_refresh_token).json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 7200)
    assert "offline.access" in body["scope"]
    assert world.bearer(body["access_token"]).get("/2/users/me")["data"]["username"] == "northwind"
    again = refresh(world, keys.oauth2_refresh_token)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    assert refresh(world, body["refresh_token"]).status_code == 200


def test_a_public_client_names_itself_in_the_body(world: World, x: XSandbox) -> None:
    keys = x.credentials("northwind")
    form = {"grant_type": "refresh_token", "refresh_token": keys.oauth2_refresh_token, "client_id": keys.client_id}
    assert world.anonymous()("POST", "/2/oauth2/token", data=form).status_code == 200


def test_a_wrong_client_or_grant_is_refused(world: World, x: XSandbox) -> None:
    keys = x.credentials("northwind")
    form = {"grant_type": "refresh_token", "refresh_token": keys.oauth2_refresh_token}
    call = world.anonymous()
    assert call("POST", "/2/oauth2/token", data=form).status_code == 401
    assert call("POST", "/2/oauth2/token", data=form, auth=(keys.client_id, "wrong")).status_code == 401
    assert refresh(world, keys.oauth2_refresh_token, grant_type="password").status_code == 400
    assert refresh(world, keys.oauth2_refresh_token).status_code == 200


def test_a_token_can_be_revoked_over_http(world: World, x: XSandbox) -> None:
    keys = x.credentials("northwind")
    form = {"token": keys.oauth2_access_token, "client_id": keys.client_id}
    assert world.anonymous()("POST", "/2/oauth2/revoke", data=form).json() == {"revoked": True}
    assert world.oauth2()("GET", "/2/users/me").status_code == 401


# --- limits -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/2/users/{team}/mentions", 300),
        ("GET", "/2/tweets/search/recent?query=x", 300),
        ("GET", "/2/dm_events", 15),
        ("GET", "/2/dm_conversations/with/{ada}/dm_events", 15),
        ("POST", "/2/tweets", 100),
        ("POST", "/2/dm_conversations/with/{ada}/messages", 15),
        ("DELETE", "/2/tweets/1", 50),
        ("PUT", "/2/tweets/1/hidden", 50),
        ("GET", "/2/users/me", 75),
    ],
)
def test_every_answer_tells_the_documented_limit(world: World, x: XSandbox, method: str, path: str, limit: int) -> None:
    answer = world.oauth1()(method, path.format(team=world.team.id, ada=world.ada.id), json={} if method != "GET" else None)
    assert answer.headers["x-rate-limit-limit"] == str(limit)
    assert answer.headers["x-rate-limit-remaining"] == str(limit - 1)
    assert answer.headers["x-rate-limit-reset"] == str(int(x.clock().timestamp()) + 900)


def test_apps_have_limits_of_their_own(world: World) -> None:
    answer = world.app()("GET", f"/2/users/{world.team.id}/mentions")
    assert answer.headers["x-rate-limit-limit"] == "450"


def test_over_the_limit_is_a_429_until_the_window_ends(world: World, x: XSandbox, team: Caller) -> None:
    for left in range(14, -1, -1):
        assert team("GET", "/2/dm_events").headers["x-rate-limit-remaining"] == str(left)
    answer = team("GET", "/2/dm_events")
    assert (answer.status_code, answer.json()["title"]) == (429, "Too Many Requests")
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert team("GET", f"/2/dm_conversations/with/{world.ada.id}/dm_events").status_code == 200
    assert world.oauth1(world.ada)("GET", "/2/dm_events").status_code == 200
    x.clock.advance(899)
    assert team("GET", "/2/dm_events").status_code == 429
    x.clock.advance(1)
    assert team("GET", "/2/dm_events").status_code == 200


def test_limits_can_be_changed(make_world: Callable[..., World]) -> None:
    world = make_world(limits={"POST /2/tweets": 1})
    caller = world.oauth1()
    assert [caller.post("/2/tweets", {"text": str(number)}).status_code for number in range(2)] == [201, 429]
    assert len(world.sandbox.posts_by("northwind")) == 1
    world.sandbox.limits["POST /2/tweets"] = 2
    assert caller.post("/2/tweets", {"text": "third"}).status_code == 201


# --- money ------------------------------------------------------------------------------------------------------------
def test_without_credits_everything_is_a_402(x: XSandbox, team: Caller) -> None:
    x.credits = 0
    answer = team.post("/2/tweets", {"text": "hello"})
    assert (answer.status_code, answer.json()["title"]) == (402, "CreditsDepleted")
    check_published(answer, "error_402_credits_depleted.json")
    assert not x.posts_by("northwind")
    x.credits = None
    assert team.post("/2/tweets", {"text": "hello"}).status_code == 201


def test_calls_cost_what_is_published(make_world: Callable[..., World]) -> None:
    world = make_world(credits=1)
    x, caller = world.sandbox, world.oauth1()
    caller.post("/2/tweets", {"text": "plain"})
    assert x.spent == Decimal("0.015")
    caller.post("/2/tweets", {"text": "see https://example.com"})
    assert x.spent == Decimal("0.215")
    target = x.post("ada", "@northwind late")
    caller.post("/2/tweets", {"text": "sorry", "reply": {"in_reply_to_tweet_id": target.id}})
    assert x.spent == Decimal("0.225")
    caller.get(f"/2/users/{world.team.id}/mentions")
    caller.get(f"/2/users/{world.team.id}/mentions")
    assert x.spent == Decimal("0.230")
    x.clock.advance(86400)
    caller.get(f"/2/users/{world.team.id}/mentions")
    assert x.spent == Decimal("0.235")
    assert x.credits == Decimal(1) - Decimal("0.235")


# --- routes -----------------------------------------------------------------------------------------------------------
def test_unknown_paths_and_methods(team: Caller) -> None:
    assert team("GET", "/2/nonsense").status_code == 404
    assert team("PATCH", "/2/tweets").status_code == 405
    assert team("GET", "/2/users/abc").status_code == 400
