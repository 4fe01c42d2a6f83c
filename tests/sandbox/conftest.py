"""A sandboxed X with a team and two customers, a clock that stands still, and callers with credentials."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests_oauthlib import OAuth1

from social_care.sandbox.x import User, XSandbox
from social_care.sandbox.x.activity import sign

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=timezone.utc)


@dataclass
class Caller:
    """Calls the sandbox with one sort of credentials."""

    base_url: str
    session: requests.Session

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=5, **options)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return the body of a successful GET; "__" in a name stands for "."."""
        params = {name.replace("__", "."): value for name, value in query.items()}
        answer = self("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()
        return data

    def post(self, path: str, body: Any) -> requests.Response:
        return self("POST", path, json=body)


@dataclass
class World:
    """The sandbox and who is in it."""

    sandbox: XSandbox
    team: User
    ada: User
    ben: User
    callers: list[requests.Session] = field(default_factory=list)

    def oauth1(self, user: User | None = None) -> Caller:
        keys = self.sandbox.credentials(user or self.team)
        session = self._session()
        session.auth = OAuth1(keys.consumer_key, keys.consumer_secret, keys.access_token, keys.access_token_secret)
        return Caller(self.sandbox.base_url, session)

    def bearer(self, token: str) -> Caller:
        session = self._session()
        session.headers["authorization"] = f"Bearer {token}"
        return Caller(self.sandbox.base_url, session)

    def oauth2(self, user: User | None = None) -> Caller:
        return self.bearer(self.sandbox.credentials(user or self.team).oauth2_access_token)

    def app(self) -> Caller:
        return self.bearer(self.sandbox.credentials(self.team).bearer_token)

    def anonymous(self) -> Caller:
        return Caller(self.sandbox.base_url, self._session())

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        self.callers.append(session)
        return session


def populate(sandbox: XSandbox) -> World:
    team = sandbox.add_user("northwind", "Northwind Air", followers=5000)
    ada = sandbox.add_user("ada", "Ada", followers=10)
    ben = sandbox.add_user("ben", "Ben", followers=20)
    return World(sandbox, team, ada, ben)


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    """Return a maker of worlds with other options; all are stopped at the end."""
    made: list[World] = []

    def make(**options: Any) -> World:
        sandbox = XSandbox(lambda: NOW, **options)
        sandbox.start()
        made.append(populate(sandbox))
        return made[-1]

    yield make
    for world in made:
        for session in world.callers:
            session.close()
        world.sandbox.stop()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def x(world: World) -> XSandbox:
    return world.sandbox


@pytest.fixture
def team(world: World) -> Caller:
    """The team's account over OAuth 1.0a."""
    return world.oauth1()


@dataclass
class Receiver:
    """An app's webhook address. answer: the status it gives; secret, verify_token "": it fails X's, Meta's challenge."""

    url: str
    secret: str = ""
    verify_token: str = ""
    answer: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body)["data"] for body in self.bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            if "hub.challenge" in query:
                right = query["hub.verify_token"] == state.verify_token
                self._answer(200 if right else 403, query["hub.challenge"].encode())
                return
            token = query.get("crc_token", "")
            self._answer(200, json.dumps({"response_token": sign(state.secret, token.encode())}).encode())

        def do_POST(self) -> None:
            state.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            self._answer(state.answer, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join(5)


def published_folder() -> Path:
    """Return where X's published payloads are, if they are at hand."""
    default = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
    return Path(os.environ.get("SOCIAL_CARE_FIXTURES") or default) / "x"


def read_published(name: str) -> Any:
    return json.loads((published_folder() / name).read_text(encoding="utf-8"))


@pytest.fixture
def load() -> Callable[[str], Any]:
    """Return a reader of published payloads; a test that uses it is skipped where they are not at hand."""
    if not published_folder().is_dir():
        pytest.skip("the published payloads are not at hand (SOCIAL_CARE_FIXTURES)")
    return read_published


def check_published(answer: requests.Response, name: str) -> None:
    """Compare an answer with the published one, where that is at hand."""
    if published_folder().is_dir():
        published = read_published(name)["response"]
        assert (answer.status_code, answer.json()) == (published["status"], published["body"])
