"""The plumbing that every platform shares: routes, faults, the log, the control routes, the page."""

from __future__ import annotations

from threading import Event, Thread

import pytest
import requests

from social_care.sandbox.clock import SandboxClock
from social_care.sandbox.faults import Faults
from social_care.sandbox.serve import serve
from social_care.sandbox.server import Routes
from social_care.sandbox.x import XSandbox
from tests.sandbox.conftest import NOW, Caller, World


def test_plain_segments_win_over_names() -> None:
    routes = Routes()
    routes.add("GET /2/users/:id", "by id")
    routes.add("GET /2/users/me", "me")
    assert routes.find("GET", "/2/users/me") == ("me", {})
    assert routes.find("GET", "/2/users/7") == ("by id", {"id": "7"})
    assert routes.find("POST", "/2/users/7") is None
    assert routes.knows("/2/users/7")
    assert not routes.knows("/2/users/7/x")


def test_a_fault_matches_its_route_as_often_as_asked() -> None:
    faults = Faults()
    faults.add("status", "POST /2/tweets", 2)
    assert faults.take("status", "GET /2/tweets") is None
    assert faults.take("slow", "POST /2/tweets") is None
    assert faults.take("status", "POST /2/tweets")
    assert faults.take("status", "POST /2/tweets")
    assert faults.take("status", "POST /2/tweets") is None


def test_a_fault_without_a_number_stays_until_cleared() -> None:
    faults = Faults()
    fault = faults.add("malformed", "/2/users/*/mentions", None)
    assert all(faults.take("malformed", "GET /2/users/1/mentions") for _ in range(5))
    assert faults.listing()[0]["hits"] == 5
    assert faults.clear(fault.id) == 1
    assert faults.take("malformed", "GET /2/users/1/mentions") is None


@pytest.mark.parametrize("wrong", [{"kind": "nonsense"}, {"kind": "status", "times": 0}, {"kind": "status", "colour": 1}])
def test_a_wrong_fault_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fault"):
        Faults().add(**wrong)  # type: ignore[arg-type]


def test_the_clock_only_goes_forward() -> None:
    clock = SandboxClock(lambda: NOW)
    assert (clock.advance(90) - NOW).total_seconds() == 90
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_the_log_has_method_path_and_status_and_no_secret(world: World, team: Caller) -> None:
    team.get("/2/users/me", user__fields="created_at")
    record = world.sandbox.requests[-1]
    assert (record.method, record.path, record.status) == ("GET", "/2/users/me", 200)
    keys = world.sandbox.credentials(world.team)
    assert keys.access_token not in repr(world.sandbox.requests)
    assert keys.consumer_secret not in repr(keys)


def test_one_connection_serves_many_requests(world: World, team: Caller) -> None:
    for _ in range(20):
        team.get("/2/users/me")
    pool = next(iter(team.session.adapters["http://"].poolmanager.pools._container.values()))  # type: ignore[attr-defined]
    assert pool.num_connections == 1


def test_it_listens_on_loopback_only(x: XSandbox) -> None:
    assert x.base_url.startswith("http://127.0.0.1:")
    assert x._server is not None
    assert x._server.server_address[0] == "127.0.0.1"


def test_stopping_frees_the_port_and_starting_again_works() -> None:
    sandbox = XSandbox()
    first = sandbox.start()
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(first, timeout=2)
    with sandbox as again:
        assert requests.get(again.base_url, timeout=2).status_code == 200


def test_a_body_in_chunks_is_refused(world: World) -> None:
    answer = world.anonymous()("POST", "/2/tweets", data=iter([b"x"]))
    assert answer.status_code == 411


# --- control ---------------------------------------------------------------------------------------------------------
def test_everything_can_be_done_over_http(world: World) -> None:
    call = world.anonymous()
    user = call.post("/_sandbox/users", {"handle": "cleo", "followers": 7, "dms_open": False}).json()
    post = call.post("/_sandbox/posts", {"user": "@cleo", "text": "@northwind hello", "media": "photo"}).json()
    reply = call.post("/_sandbox/posts", {"user": "ben", "text": "same here", "reply_to": post["id"]}).json()
    edited = call.post(f"/_sandbox/posts/{post['id']}/edit", {"text": "@northwind hello there"}).json()
    message = call.post("/_sandbox/dms", {"from": "cleo", "to": "northwind", "text": "psst"}).json()
    state = call("GET", "/_sandbox/state").json()
    assert [one["handle"] for one in state["users"]] == ["northwind", "ada", "ben", "cleo"]
    assert state["users"][3]["dms_open"] is False
    assert {one["id"] for one in state["posts"]} == {post["id"], reply["id"], edited["id"]}
    assert state["dms"] == [message]
    assert user["id"] == post["author_id"]
    assert call("DELETE", f"/_sandbox/posts/{reply['id']}").json() == {"deleted": True}
    keys = call("GET", "/_sandbox/credentials/cleo").json()
    assert world.bearer(keys["oauth2_access_token"]).get("/2/users/me")["data"]["username"] == "cleo"


def test_faults_clock_log_and_reset_over_http(world: World, team: Caller) -> None:
    call = world.anonymous()
    fault = call.post("/_sandbox/faults", {"kind": "status", "status": "502", "route": "GET /2/*", "times": "always"}).json()
    assert team("GET", "/2/users/me").status_code == 502
    assert call("GET", "/_sandbox/faults").json()["faults"][0]["hits"] == 1
    assert call("DELETE", f"/_sandbox/faults/{fault['id']}").json() == {"cleared": 1}
    assert team("GET", "/2/users/me").status_code == 200
    assert call.post("/_sandbox/clock", {"advance_s": 60}).json() == {"now": "2026-11-20T12:01:00.000Z"}
    assert call("GET", "/_sandbox/requests").json()["requests"][0]["fault"] == "status"
    call.post("/_sandbox/reset", {})
    assert call("GET", "/_sandbox/state").json() == {"users": [], "posts": [], "dms": []}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/posts", {"user": "nobody", "text": "x"}),
        ("/_sandbox/posts", {"user": "ada", "text": "x", "reply_to": "1"}),
        ("/_sandbox/users", {"handle": "ADA"}),
        ("/_sandbox/users", {"handle": "not a handle"}),
        ("/_sandbox/faults", {"kind": "nonsense"}),
        ("/_sandbox/clock", {"advance_s": "-3"}),
    ],
)
def test_a_wrong_control_call_gets_a_plain_reason(world: World, path: str, body: dict[str, str]) -> None:
    answer = world.anonymous().post(path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_foreign_page_or_name_gets_nothing(world: World) -> None:
    call = world.anonymous()
    assert call("GET", "/_sandbox/state", headers={"origin": "https://evil.example"}).status_code == 403
    assert call("GET", "/_sandbox/state", headers={"host": "evil.example"}).status_code == 403
    assert call("GET", "/", headers={"host": "evil.example"}).status_code == 403


# --- page ------------------------------------------------------------------------------------------------------------
def test_the_page_shows_everything_escaped(world: World, x: XSandbox) -> None:
    x.add_user("mallory", "<script>alert(1)</script>")
    root = x.post(world.ada, "<img src=x onerror=alert(1)> late again")
    x.post(world.ben, "me too", reply_to=root)
    x.dm(world.ada, world.team, "my <b>code</b>")
    x.fault("slow", "GET /2/*", None, seconds=1)
    page = world.anonymous()("GET", "/").text
    assert "&lt;img src=x onerror=alert(1)&gt; late again" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "my &lt;b&gt;code&lt;/b&gt;" in page
    assert "<script" not in page
    assert "@ada me too" in page
    assert "until cleared" in page


def test_the_forms_of_the_page_work(world: World, x: XSandbox) -> None:
    call = world.anonymous()
    page = x.base_url
    answer = call(
        "POST", "/_sandbox/posts", data={"user": "@ben", "text": "hi"}, headers={"origin": page}, allow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert [post.text for post in x.posts_by("ben")] == ["hi"]
    call("POST", "/_sandbox/faults", data={"kind": "status", "route": "", "status": "503", "times": ""})
    assert x.faults.listing()[0]["times"] is None
    call("POST", "/_sandbox/faults/clear", data={"": ""})
    assert not x.faults.listing()


def test_serving_by_hand_prints_the_address_and_the_credentials() -> None:
    lines: list[str] = []
    end, ready = Event(), Event()

    def say(line: str) -> None:
        lines.append(line)
        if "Ctrl+C" in line:
            ready.set()

    thread = Thread(target=serve, kwargs={"port": 0, "say": say, "until": end}, daemon=True)
    thread.start()
    assert ready.wait(5)
    text = "\n".join(lines)
    address = text.split(" at ")[1].split()[0]
    assert "Northwind Air" in requests.get(address, timeout=5).text
    token = next(line for line in lines if "bearer token" in line).split()[-1]
    found = requests.get(
        f"{address}/2/users/by/username/northwind", headers={"authorization": f"Bearer {token}"}, timeout=5
    ).json()
    assert found["data"]["name"] == "Northwind Air"
    end.set()
    thread.join(5)
    assert not thread.is_alive()


def test_serving_an_unknown_platform_is_refused() -> None:
    with pytest.raises(ValueError, match="myspace"):
        serve("myspace")
