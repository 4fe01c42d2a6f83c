"""Sessions against a real server on loopback: addresses, time-outs, and what certainly never left."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from social_care.connectors.kit.http import BearerAuth, check_base_url, make_session, never_left
from social_care.core.errors import ConfigurationError


class Answering(BaseHTTPRequestHandler):
    """Answers every GET with its path, and tells what it was asked."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Host"), self.headers.get("Authorization")))  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    found.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()


def origin(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_hard_coded_hosts_are_led_to_the_sandbox(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    session = make_session(
        rewritten={"https://api.x.com": origin(server) + "/base", "https://api.twitter.com": origin(server)}
    )
    assert session.get("https://api.x.com/2/tweets?ids=1%2C2", auth=BearerAuth("t")).status_code == 200
    session.get("https://api.twitter.com/2/users/me")
    assert server.asked[0] == ("/base/2/tweets?ids=1%2C2", server.asked[0][1], "Bearer t")  # type: ignore[attr-defined]
    assert server.asked[1][0] == "/2/users/me"  # type: ignore[attr-defined]


def test_no_redirect_is_followed(server: ThreadingHTTPServer) -> None:
    assert make_session().get(origin(server) + "/away").status_code == 302
    assert len(server.asked) == 1  # type: ignore[attr-defined]


def test_a_silent_server_does_not_hold_a_worker() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(requests.ReadTimeout) as caught:
            make_session(timeout=(1, 0.05)).get(f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert not never_left(caught.value), "the request had reached the server"


def test_a_refused_connection_certainly_never_left() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as caught:
        make_session().get(f"http://127.0.0.1:{port}/")
    assert never_left(caught.value)


def test_an_unknown_host_certainly_never_left() -> None:
    with pytest.raises(requests.ConnectionError) as caught:
        make_session().get("http://nowhere.invalid/", proxies={"http": "", "https": ""})
    assert never_left(caught.value)


def test_a_connection_cut_after_the_request_may_have_arrived() -> None:
    with socket.socket() as cutting:
        cutting.bind(("127.0.0.1", 0))
        cutting.listen()

        def cut() -> None:
            connection, _ = cutting.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=cut, daemon=True)
        thread.start()
        with pytest.raises(requests.ConnectionError) as caught:
            make_session().post(f"http://127.0.0.1:{cutting.getsockname()[1]}/", json={})
        thread.join(5)
    assert not never_left(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.x.com/", "https://api.x.com"),
        (" http://127.0.0.1:8080/x/ ", "http://127.0.0.1:8080/x"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_good_base_addresses(url: str, expected: str) -> None:
    assert check_base_url(url) == expected


@pytest.mark.parametrize(
    "url", ["", "http://10.0.0.1", "http://example.com", "https://a?b=c", "https://u:p@a", "https://a:99999"]
)
def test_bad_base_addresses(url: str) -> None:
    with pytest.raises(ConfigurationError):
        check_base_url(url)


def test_a_proxy_that_opens_no_way_let_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            caller, _ = proxy.accept()
            with caller:
                caller.recv(4096)
                caller.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(requests.exceptions.RequestException) as caught:
            make_session().post("https://api.example.com/2/tweets", json={})
    assert never_left(caught.value)
