"""A help desk on the embedded desk, connected to the sandboxed WhatsApp: signed webhooks in, calls out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from social_care.core.accounts import Account
from social_care.core.errors import UnverifiedWebhook
from social_care.core.payloads import Payload, Source
from social_care.core.ports import ListsTemplates, ReceivesWebhooks
from social_care.core.replies import Part, Plan, Reply, Upload
from social_care.core.templates import FilledTemplate
from social_care.desks.sqlite.desk import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.clock import SandboxClock
from social_care.sandbox.whatsapp import Customer, WhatsAppSandbox
from social_care.wiring import LocalOffice, load_connector
from tests.sandbox.whatsapp import published

NAME, VERIFY_TOKEN = "Northwind on WhatsApp", "a long random token"
PDF = Upload(name="form.pdf", mime="application/pdf", size=8, reference="form")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if published.path() is None:
        terminalreporter.write_line(published.SKIPPED, yellow=True)


@dataclass
class WhatsAppOffice:
    """The sandbox, the desk, and an address that takes webhooks as the site's does. refused: bodies without a proof."""

    sandbox: WhatsAppSandbox
    clock: SandboxClock
    ada: Customer
    local: LocalOffice
    account: Account
    refused: list[bytes] = field(default_factory=list)

    @property
    def desk(self) -> SqliteDesk:
        return self.local.desk

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Do with a pushed body what the endpoint does: verify, keep, answer."""
        connector = load_connector("whatsapp")
        assert isinstance(connector, ReceivesWebhooks)
        try:
            connector.verify(body, headers, [self.sandbox.keyring.app_secret])
        except UnverifiedWebhook:
            self.refused.append(body)
            return 403
        self.desk.ledger.keep(
            Payload(
                platform="whatsapp",
                account=NAME,
                account_id=self.account.external_id,
                feed="webhook",
                body=body,
                source=Source.WEBHOOK,
                received_at=self.clock(),
            )
        )
        return 200

    def work(self) -> None:
        """Let everything be pushed and done, until nothing more is due now."""
        self.sandbox.flush()
        while self.local.work():
            self.sandbox.flush()

    def reply(self, text: str = "", *, template: FilledTemplate | None = None, media: tuple[Upload, ...] = ()) -> Plan:
        """Answer the newest message of a customer, as an agent does."""
        row = self.desk.row("select message_id, ticket from message where direction = 'in' order by id desc limit 1")
        target = self.desk.tickets.find_message(NAME, row["message_id"])
        reply = Reply(
            ticket=str(row["ticket"]), target=target, text=text, author="agent@example.com", template=template, media=media
        )
        name = f"r{self.desk.now()}{len(self.parts())}"
        connector = load_connector("whatsapp")
        with self.desk.transaction():
            plan, _ = queue_reply(
                reply, self.account, reply_name=name, desk=self.desk, connector=connector, clock=self.clock
            )
        return plan

    def parts(self) -> list[Part]:
        """Return everything in the outbox, oldest first."""
        names = self.desk.rows("select id from message where state is not null order by id")
        return [self.desk.outbox.get(str(row["id"])) for row in names]

    def states(self) -> list[tuple[str, str]]:
        """Return state and receipt of every part."""
        return [(part.state.value, part.receipt) for part in self.parts()]

    def notes(self) -> str:
        """Return what the ledger says of the payloads."""
        return "\n".join(row["note"] for row in self.desk.rows("select note from payload order by id"))

    def fetch_templates(self) -> None:
        """Ask for the templates, as the hourly job does."""
        connection = self.local.connect(self.account)
        assert isinstance(connection, ListsTemplates)
        self.desk.templates.keep(NAME, connection.templates(), self.clock())
        connection.close()


def listen(office: WhatsAppOffice) -> tuple[ThreadingHTTPServer, str]:
    """Open an address that takes webhooks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            connector = load_connector("whatsapp")
            self._answer(200, connector.handshake(query, [VERIFY_TOKEN]).body.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._answer(office.take(body, {name.lower(): value for name, value in self.headers.items()}), b"ok")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/hook"


@pytest.fixture
def office() -> Iterator[WhatsAppOffice]:
    clock = SandboxClock()  # real time, since a connection has no other
    with WhatsAppSandbox(clock) as sandbox:
        desk = SqliteDesk(clock=clock)
        account = Account(
            name=NAME, platform="whatsapp", external_id=sandbox.state.number_id, options=sandbox.account_options()
        )
        desk.add_account(account)
        local = LocalOffice(desk, clock, {NAME: sandbox.credentials()}, lambda upload: b"%PDF-1.7")
        ada = sandbox.add_customer("4915112345678", "Ada Osei")
        made = WhatsAppOffice(sandbox, clock, ada, local, account)
        server, url = listen(made)
        sandbox.configure_webhook(url, VERIFY_TOKEN)
        connection = local.connect(account)
        connection.subscribe(url)
        connection.close()
        yield made
        server.shutdown()
        server.server_close()
        desk.close()
