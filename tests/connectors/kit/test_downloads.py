"""Files of strangers: what is fetched, and what never is. The servers are on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from social_care.connectors.kit.downloads import Limits, download, is_public
from social_care.core.errors import NotAllowed, Refused, Retryable, TargetGone

PICTURE = b"\x89PNG" + b"x" * 5000


class Files(BaseHTTPRequestHandler):
    """A picture, a page, redirects and refusals."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))  # type: ignore[attr-defined]
        if self.path.startswith("/to?") or self.path == "/astray":
            self.send_response(302)
            self.send_header("Location", "http://[astray" if self.path == "/astray" else self.path[4:])
            self.end_headers()
            return
        status = {"/gone.png": 404, "/broken.png": 500}.get(self.path, 200)
        self.send_response(status)
        self.send_header("Content-Type", {"/page": "text/html", "/a.svg": "image/svg+xml"}.get(self.path, "image/png; x=y"))
        if self.path == "/packed.png":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    found.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def origin(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def limits(origin: str, **more: object) -> Limits:
    return Limits(trusted=frozenset({origin}), **more)  # type: ignore[arg-type]


def test_a_file_is_fetched(origin: str) -> None:
    found = download(origin + "/folder/a%20gate.png?x=1", limits(origin))
    assert (found.name, found.mime, found.content) == ("a_gate.png", "image/png", PICTURE)


@pytest.mark.parametrize("ending", ["html", "SHTML", "xhtml", "svg", "svgz", "xml", "js"])
def test_what_calls_itself_a_picture_is_not_stored_as_a_page(origin: str, ending: str) -> None:
    """The site serves a file by its ending: a stranger's page would run in the browser of the agent who opens it."""
    assert download(f"{origin}/gate.{ending}", limits(origin)).name == f"gate_{ending}.png"


def test_a_redirect_is_followed_three_times(origin: str) -> None:
    assert download(f"{origin}/to?/to?/to?/a.png", limits(origin)).content == PICTURE
    with pytest.raises(NotAllowed, match="too often"):
        download(f"{origin}/to?/to?/to?/to?/a.png", limits(origin))


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/a.png", "https://169.254.169.254/latest", "file:///etc/passwd", "https://[::1]/"]
)
def test_a_redirect_is_checked_again(origin: str, server: ThreadingHTTPServer, target: str) -> None:
    with pytest.raises(NotAllowed):
        download(f"{origin}/to?{target}", limits(origin))
    assert len(server.asked) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "more", "expected"),
    [
        ("/a.png", {"max_bytes": 4000}, Refused),
        ("/page", {}, Refused),
        ("/a.svg", {}, Refused),
        ("/packed.png", {}, Refused),
        ("/gone.png", {}, TargetGone),
        ("/broken.png", {}, Retryable),
    ],
)
def test_limits_of_size_and_type(origin: str, path: str, more: dict[str, int], expected: type) -> None:
    with pytest.raises(expected) as caught:
        download(origin + path, limits(origin, **more))
    assert type(caught.value) is expected


def test_a_slow_file_is_given_up(origin: str) -> None:
    moments = iter([0.0, 61.0])
    with pytest.raises(Retryable, match="slowly"):
        download(origin + "/a.png", limits(origin), clock=lambda: next(moments, 100.0))


def resolving(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(addresses)


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("93.184.216.34", "10.0.0.1"),
        ("::ffff:127.0.0.1",),
        ("fd00::1",),
        ("fe80::1%eth0",),
        ("64:ff9b::7f00:1",),
        ("0.0.0.0",),  # noqa: S104
    ],
)
def test_a_name_that_leads_inside_is_refused(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowed, match="private network"):
        download("https://media.example/a.png", Limits(), resolve=resolving(*addresses))


def test_a_name_is_looked_up_once_and_the_checked_address_is_used(origin: str, server: ThreadingHTTPServer) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    place = f"http://media.example:{server.server_address[1]}"
    download(place + "/a.png", limits(place), resolve=lambda host, port: next(answers))
    assert server.asked == [("/a.png", place[7:])]  # type: ignore[attr-defined]
    assert next(answers) == ["10.0.0.1"], "the name was looked up again after the check"


@pytest.mark.parametrize(
    "url",
    [
        "http://media.example/a.png",
        "https://media.example:8443/a.png",
        "https://user:password@media.example/a.png",
        "ftp://media.example/a.png",
        "https:///a.png",
        "https://[bad/a.png",
        "https://media.example:x/a.png",
        "https://" + "ü" * 70 + ".example/a.png",
        "",
    ],
)
def test_addresses_that_are_never_asked(url: str) -> None:
    asked: list[str] = []
    with pytest.raises(NotAllowed):
        download(url, Limits(), resolve=lambda host, port: asked.append(host) or ["127.0.0.1"])  # type: ignore[func-returns-value]


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),  # noqa: S104
        *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1"),
        *("2002:7f00:1::", "64:ff9b::a00:1", "nonsense", ""),
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


def test_a_dead_server_is_tried_again_later() -> None:
    with pytest.raises(Retryable):
        download("http://127.0.0.1:9/a.png", limits("http://127.0.0.1:9"))


def test_a_redirect_to_no_address_is_refused(origin: str) -> None:
    with pytest.raises(NotAllowed):
        download(origin + "/astray", limits(origin))
