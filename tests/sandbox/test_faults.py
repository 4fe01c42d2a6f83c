"""Every fault, seen from a client."""

from __future__ import annotations

import socket

import pytest
import requests

from social_care.sandbox.x import XSandbox
from tests.sandbox.conftest import Caller, Receiver, World, check_published
from tests.sandbox.test_webhooks import subscribe


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_status_stops_the_call_and_then_it_works_again(x: XSandbox, team: Caller, status: int) -> None:
    x.fault("status", "POST /2/tweets", status=status)
    answer = team.post("/2/tweets", {"text": "hello"})
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert not x.posts_by("northwind")
    assert team.post("/2/tweets", {"text": "hello"}).status_code == 201


def test_a_429_has_the_headers_and_either_documented_body(x: XSandbox, team: Caller) -> None:
    x.fault("status", status=429)
    answer = team("GET", "/2/users/me")
    assert answer.json()["title"] == "Too Many Requests"
    check_published(answer, "error_429_rate_limit.json")
    assert answer.headers["x-rate-limit-remaining"] == "0"
    assert int(answer.headers["x-rate-limit-reset"]) == int(x.clock().timestamp()) + 900
    x.fault("status", status=429, shape="legacy", headers={"retry-after": "5"})
    answer = team("GET", "/2/users/me")
    assert answer.json()["errors"][0]["code"] == 88
    check_published(answer, "error_429_legacy_code_88.json")
    assert answer.headers["retry-after"] == "5"
    assert "x-rate-limit-reset" not in answer.headers


def test_a_status_may_come_after_the_post_was_stored(x: XSandbox, team: Caller) -> None:
    x.fault("status", "POST /2/tweets", status=503, after=True)
    assert team.post("/2/tweets", {"text": "hello"}).status_code == 503
    assert [post.text for post in x.posts_by("northwind")] == ["hello"]


def test_slow_stores_at_once_and_answers_late(x: XSandbox, team: Caller) -> None:
    x.fault("slow", "POST /2/tweets", seconds=30)
    with pytest.raises(requests.Timeout):
        team.session.post(x.base_url + "/2/tweets", json={"text": "hello"}, timeout=0.2)
    assert len(x.posts_by("northwind")) == 1


def test_a_reset_before_leaves_nothing(x: XSandbox, team: Caller) -> None:
    x.fault("reset_before", "POST /2/tweets")
    with pytest.raises(requests.ConnectionError):
        team.post("/2/tweets", {"text": "hello"})
    assert not x.posts_by("northwind")
    assert x.requests[-1].fault == "reset_before"


def test_a_reset_is_a_real_one_and_no_polite_goodbye(x: XSandbox) -> None:
    x.fault("reset_before")
    port = int(x.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /2/users/me HTTP/1.1\r\nhost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_reset_after_leaves_the_post_and_the_message(world: World, x: XSandbox, team: Caller) -> None:
    x.fault("reset_after", "POST *", 2)
    with pytest.raises(requests.ConnectionError):
        team.post("/2/tweets", {"text": "hello"})
    with pytest.raises(requests.ConnectionError):
        team.post(f"/2/dm_conversations/with/{world.ada.id}/messages", {"text": "psst"})
    assert [post.text for post in x.posts_by("northwind")] == ["hello"]
    assert [message.text for message in x.dms_between("ada", "northwind")] == ["psst"]


def test_malformed_is_cut_json_with_status_200(x: XSandbox, team: Caller) -> None:
    x.fault("malformed", "/2/users/me")
    answer = team("GET", "/2/users/me")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert team("GET", "/2/users/me").json()["data"]


def test_html_error_is_a_gateways_page(x: XSandbox, team: Caller) -> None:
    x.fault("html_error", "/2/*", status=502)
    answer = team("GET", "/2/users/me")
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")


def test_repeat_page_gives_the_same_page_and_token_twice(world: World, x: XSandbox, team: Caller) -> None:
    for number in range(12):
        x.post("ada", f"@northwind number {number}")
    path = f"/2/users/{world.team.id}/mentions"
    first = team.get(path, max_results=5)
    x.fault("repeat_page", "*/mentions")
    again = team.get(path, max_results=5, pagination_token=first["meta"]["next_token"])
    assert again == first
    onward = team.get(path, max_results=5, pagination_token=first["meta"]["next_token"])
    assert not {post["id"] for post in onward["data"]} & {post["id"] for post in first["data"]}


def test_shuffle_gives_the_page_out_of_order(world: World, x: XSandbox, team: Caller) -> None:
    for number in range(5):
        x.post("ada", f"@northwind number {number}")
    path = f"/2/users/{world.team.id}/mentions"
    right = team.get(path)["data"]
    x.fault("shuffle", "*/mentions")
    wrong = team.get(path)
    assert wrong["data"] != right
    assert sorted(post["id"] for post in wrong["data"]) == sorted(post["id"] for post in right)
    assert wrong["meta"]["newest_id"] == right[0]["id"]


def test_duplicate_delivery_pushes_the_same_body_twice(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create")
    x.fault("duplicate_delivery", "post.mention.*")
    x.post("ada", "@northwind one")
    x.flush()
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]


def test_reorder_delivery_lets_the_next_event_go_first(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create")
    x.fault("reorder_delivery")
    x.post("ada", "@northwind one")
    x.post("ada", "@northwind two")
    x.flush()
    assert [event["payload"]["text"] for event in receiver.events()] == ["@northwind two", "@northwind one"]


def test_a_held_back_event_is_never_lost(world: World, x: XSandbox, receiver: Receiver) -> None:
    subscribe(world, receiver, "post.mention.create")
    x.fault("reorder_delivery")
    x.post("ada", "@northwind alone")
    x.flush()
    assert len(receiver.bodies) == 1


def test_the_sandbox_itself_never_fails_on_demand(world: World, x: XSandbox) -> None:
    x.fault("status", "*", None)
    assert world.anonymous()("GET", "/_sandbox/faults").status_code == 200
    assert world.anonymous()("GET", "/").status_code == 200
