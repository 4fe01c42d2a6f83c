"""Where the sandboxes push to: verify, store, answer, as the endpoint of a site does."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from social_care.core.errors import UnverifiedWebhook
from social_care.wiring import LocalOffice


class Doorstep:
    """An address on loopback for the webhooks of an office on the embedded desk."""

    def __init__(self, office: LocalOffice) -> None:
        self.office = office
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(office))

    def open(self) -> None:
        """Begin to answer."""
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def url(self, account: str) -> str:
        """Return the address of an account."""
        return f"http://127.0.0.1:{self._server.server_port}/{quote(account)}"


def _handler(office: LocalOffice) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            self._do(lambda account: office.handshake(account, query).body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._do(lambda account: office.receive(account, body, headers))

        def _do(self, act: Any) -> None:
            try:
                said, status = str(act(unquote(urlsplit(self.path).path.strip("/")))).encode(), 200
            except UnverifiedWebhook:
                said, status = b"refused", 403
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """The story is what is told here."""

    return Handler
