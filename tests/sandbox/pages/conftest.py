"""A sandboxed Facebook and Instagram with an airline and two customers, on a clock that stands still."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
import requests

from social_care.connectors.meta.connection import GraphConnection
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.payloads import Payload, Source
from social_care.core.ports import ReceivesWebhooks
from social_care.core.replies import DeliveryState, Part, Reply
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.pages import Ours, PagesSandbox, Person
from social_care.wiring import LocalOffice, load_connector
from tests.fakes import StillClock
from tests.sandbox.conftest import Receiver

VERIFY_TOKEN = "chosen by the owner"
LOGINS = {"facebook": ("page", ""), "instagram login": ("instagram", ""), "instagram by page": ("instagram", "Facebook")}


@dataclass
class World:
    """The sandbox and who is in it."""

    sandbox: PagesSandbox
    clock: StillClock
    page: Ours
    instagram: Ours
    ada: Person
    ben: Person
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, ours: Ours | None = None, login: str = "", **params: Any) -> requests.Response:
        """Call the API with an account's token, the Page's if none is named."""
        keys = self.sandbox.credentials(ours or self.page, login)
        token = keys.access_token
        proof = hmac.new(keys.client_secret.encode(), token.encode(), sha256).hexdigest()
        return self.session.request(
            method,
            f"{self.sandbox.base_url}/v25.0/{path}",
            params={"appsecret_proof": proof} | (params if method == "GET" else {}),
            json=None if method == "GET" else params,
            headers={"authorization": f"Bearer {token}"},
            timeout=5,
        )

    def get(self, path: str, ours: Ours | None = None, **params: Any) -> dict[str, Any]:
        """Return the body of a successful GET."""
        answer = self.call("GET", path, ours, **params)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def refusal(self, method: str, path: str, ours: Ours | None = None, **params: Any) -> tuple[int, int, int]:
        """Return status, code and subcode (0: none) of a refused call."""
        answer = self.call(method, path, ours, **params)
        assert answer.status_code >= 400, answer.text
        error = answer.json()["error"]
        return answer.status_code, error["code"], error.get("error_subcode", 0)

    def psid(self, person: Person | None = None, ours: Ours | None = None) -> str:
        return self.sandbox.scoped_id(person or self.ada, ours or self.page)


@pytest.fixture
def make_world(clock: StillClock) -> Iterator[Callable[..., World]]:
    """Return a maker of worlds with other options; all are stopped at the end."""
    made: list[World] = []

    def make(**options: Any) -> World:
        sandbox = PagesSandbox(clock, **options)
        sandbox.start()
        page = sandbox.add_page("Northwind Air", "northwind")
        instagram = sandbox.add_instagram("northwind.air", "Northwind Air", page)
        people = [sandbox.add_person(name) for name in ("Ada Osei", "Ben Ward")]
        made.append(World(sandbox, clock, page, instagram, *people))
        made[-1].session.trust_env = False
        return made[-1]

    yield make
    for world in made:
        world.session.close()
        world.sandbox.stop()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


class StillOffice(LocalOffice):
    """An office whose connections look at its clock, too."""

    def connect(self, account: Account) -> GraphConnection:
        connection = super().connect(account)
        assert isinstance(connection, GraphConnection)
        connection.clock = self.clock
        return connection


@dataclass
class Team:
    """An account of ours on the embedded desk: it polls, or takes what is pushed, and answers."""

    world: World
    ours: Ours
    account: Account
    desk: SqliteDesk
    office: StillOffice
    receiver: Receiver
    taken: int = 0
    replies: int = 0

    def listen(self) -> None:
        """Let Meta push everything."""
        self.receiver.verify_token = VERIFY_TOKEN
        self.world.sandbox.connect_webhook(self.ours, self.receiver.url, VERIFY_TOKEN)

    def hear(self) -> None:
        """Take in what was pushed since: verified, stored, handled."""
        self.world.sandbox.flush()
        connector = load_connector(self.account.platform)
        assert isinstance(connector, ReceivesWebhooks)
        secret = self.world.sandbox.keyring.app_secret
        pushed = list(zip(self.receiver.bodies, self.receiver.headers, strict=True))
        for body, headers in pushed[self.taken :]:
            connector.verify(body, headers, [secret])
        self.keep([body for body, _ in pushed[self.taken :]])
        self.taken = len(pushed)

    def keep(self, bodies: Sequence[bytes]) -> None:
        """Store bodies of the webhook and handle them."""
        for body in bodies:
            self.desk.ledger.keep(
                Payload(
                    platform=self.account.platform,
                    account=self.account.name,
                    account_id=self.account.external_id,
                    feed="webhook",
                    body=body,
                    source=Source.WEBHOOK,
                    received_at=self.world.clock(),
                )
            )
            self.work()

    def poll(self) -> list[str]:
        """Visit every feed once and handle what came; return the errors."""
        reports = self.office.poll(self.account.name)
        self.work()
        return [report.error for report in reports if report.error]

    def work(self) -> None:
        while self.office.work():
            continue

    def reply(self, message_id: str, text: str, audience: Audience | None = None, **more: Any) -> str:
        """Answer a message, return the name of the (first) part."""
        target = self.desk.tickets.find_message(self.account.name, message_id)
        assert target is not None, f"{message_id} never arrived"
        assert target.ticket is not None, f"{message_id} is on no ticket"
        self.replies += 1
        reply = Reply(ticket=target.ticket, target=target, text=text, author="agent", audience=audience, **more)
        with self.desk.transaction():
            _, parts = queue_reply(
                reply,
                self.account,
                reply_name=f"reply {self.replies}",
                desk=self.desk,
                connector=load_connector(self.account.platform),
                clock=self.world.clock,
            )
        self.work()
        return parts[0]

    def part(self, name: str) -> Part:
        found = self.desk.outbox.get(name)
        assert found is not None
        return found

    def state(self, name: str) -> DeliveryState:
        return self.part(name).state

    def wait(self, **amount: float) -> None:
        """Let time go by and do what is due then."""
        self.world.clock.forward(**amount)
        self.work()

    def tickets(self) -> dict[str, Any]:
        """Return the ticket of every message that is on one."""
        rows = self.desk.rows("select message_id, ticket from message where ticket is not null order by id")
        return {row["message_id"]: row["ticket"] for row in rows}

    def texts(self) -> list[str]:
        rows = self.desk.rows("select text from message where ticket is not null order by sent_at, id")
        return [row["text"] for row in rows]


@pytest.fixture
def make_team(receiver: Receiver) -> Iterator[Callable[..., Team]]:
    """Return a maker of teams for an account of a world."""
    desks: list[SqliteDesk] = []

    def make(world: World, ours: Ours, login: str = "", options: Mapping[str, str] | None = None) -> Team:
        keys = world.sandbox.credentials(ours, login)
        account = Account(
            name="Northwind",
            platform=ours.network,
            external_id=ours.id,
            handle=ours.username,
            options={"api_base_url": world.sandbox.base_url} | dict(options or {}),
        )
        desk = SqliteDesk(clock=world.clock)
        desk.add_account(account)
        desks.append(desk)
        secrets = {"access_token": keys.access_token, "client_id": keys.client_id, "client_secret": keys.client_secret}
        office = StillOffice(
            desk, world.clock, {account.name: secrets}, lambda upload: b"content of " + upload.name.encode()
        )
        return Team(world, ours, account, desk, office, receiver)

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture(params=LOGINS.values(), ids=LOGINS)
def team(request: pytest.FixtureRequest, world: World, make_team: Callable[..., Team]) -> Team:
    """Each kind of account; what is said of one goes for all."""
    which, login = request.param
    return make_team(world, getattr(world, which), login)


@pytest.fixture
def page_team(world: World, make_team: Callable[..., Team]) -> Team:
    return make_team(world, world.page)


def our_words(team: Team, message: Any) -> list[str]:
    """Return what the team said below a post, or to a customer."""
    sandbox = team.world.sandbox
    found = sandbox.messages(message, team.ours) if not hasattr(message, "post_id") else sandbox.comments(message)
    return [one.text for one in found if getattr(one, "author_id", getattr(one, "sender_id", "")) == team.ours.id]
