"""What every platform of the sandbox shares: HTTP on loopback, routing, JSON, faults, the log of requests, the clock."""

from __future__ import annotations

import json
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from social_care.sandbox.clock import SandboxClock
from social_care.sandbox.faults import Fault, Faults

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024 * 1024
HTML_ERROR = (
    "<html>\n<head><title>{0} Over capacity</title></head>\n<body><h1>Something is technically wrong</h1></body>\n</html>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call. Header names are lower case; `query` keeps the last value of a name, `pairs` all of them."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def target(self) -> str:
        """Return "METHOD /path", which faults are matched with."""
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        """Return the parsed body. Raises: ValueError when it is no JSON."""
        return json.loads(self.body.decode())

    def fields(self) -> dict[str, Any]:
        """Return the body of a JSON or form call as a dict. Raises: ValueError."""
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        data = self.json() if self.body else {}
        if not isinstance(data, dict):
            raise ValueError("the body has to be a JSON object")  # noqa: TRY004 - it is what was sent that is wrong
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One line of the log, never with a header, a query or a body. status 0: the connection was reset; fault "": none."""

    method: str
    path: str
    status: int
    fault: str = ""


def json_response(status: int, data: object, headers: Mapping[str, str] | None = None, content_type: str = "") -> Response:
    """Return an answer with a JSON body."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(
        status=status, body=body, content_type=content_type or "application/json; charset=utf-8", headers=headers or {}
    )


class Routes:
    """A table of "METHOD /path/:with/:names", found by method and number of segments; plain segments win over names."""

    def __init__(self) -> None:
        self._table: dict[tuple[str, int], list[tuple[tuple[str, ...], Any]]] = {}
        self._paths: set[tuple[str, ...]] = set()

    def add(self, template: str, target: Any) -> None:
        """Add a route; the first of two that match wins."""
        method, _, path = template.partition(" ")
        segments = tuple(path.strip("/").split("/"))
        rows = self._table.setdefault((method, len(segments)), [])
        rows.append((segments, target))
        rows.sort(key=lambda row: [segment.startswith(":") for segment in row[0]])
        self._paths.add(segments)

    def find(self, method: str, path: str) -> tuple[Any, dict[str, str]] | None:
        """Return the target and the named segments, or None."""
        parts = path.strip("/").split("/")
        for segments, target in self._table.get((method, len(parts)), ()):
            params = match_segments(segments, parts)
            if params is not None:
                return target, params
        return None

    def knows(self, path: str) -> bool:
        """Return whether any method answers on this path."""
        parts = path.strip("/").split("/")
        return any(len(known) == len(parts) and match_segments(known, parts) is not None for known in self._paths)


def match_segments(segments: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    """Return the values of the `:names`, or None when a plain segment differs."""
    params = {}
    for segment, part in zip(segments, parts, strict=True):
        if segment.startswith(":"):
            params[segment[1:]] = unquote(part)
        elif segment != part:
            return None
    return params


class SandboxServer:
    """One platform on 127.0.0.1. A platform implements `handle` and `fault_response`."""

    def __init__(self, clock: Callable[..., Any] | None = None) -> None:
        self.clock = SandboxClock(clock)
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        self.base_url = ""
        self._stopping = Event()
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def handle(self, request: Request) -> Response:
        """Answer a request as the platform does."""
        raise NotImplementedError

    def fault_response(self, fault: Fault, request: Request) -> Response:
        """Return the platform's body for a `status` fault."""
        raise NotImplementedError

    def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 (port 0: a free one) and return the address, without a slash at its end."""
        if self._server is None:
            self._stopping.clear()
            self._server = _Server(("127.0.0.1", port), self)
            self.base_url = f"http://127.0.0.1:{self._server.server_port}"
            self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            self._thread.start()
        return self.base_url

    def stop(self) -> None:
        """Close the server and every connection; slow answers are let go."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.close_connections()
            self._server.server_close()
            self._server = None
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def fault(self, kind: str, route: str = "*", times: int | None = 1, **options: Any) -> Fault:
        """Make something go wrong; see `faults.Fault`. Raises: ValueError."""
        return self.faults.add(kind, route, times, **options)

    def clear_faults(self, fault_id: int | None = None) -> int:
        """Take one fault (None: all) out of force, return how many that were."""
        return self.faults.clear(fault_id)

    def exchange(self, request: Request) -> Response | None:
        """Answer a request with the faults in force; None means: reset the connection.

        What is asked of the sandbox itself never fails and is not in the log.
        """
        if request.path == "/" or request.path.startswith("/_sandbox/"):
            return self._answer(request)
        target = request.target
        if self.faults.take("reset_before", target):
            self._record(request, 0, "reset_before")
            return None
        response, name = self._answer_or_fail(request)
        if slow := self.faults.take("slow", target):
            name = "slow"
            self._stopping.wait(slow.seconds)
        if self.faults.take("malformed", target):
            name = "malformed"
            response = Response(
                status=response.status,
                body=response.body[: len(response.body) // 2],
                content_type=response.content_type,
                headers=response.headers,
            )
        if self.faults.take("reset_after", target):
            self._record(request, 0, "reset_after")
            return None
        self._record(request, response.status, name)
        return response

    def _answer_or_fail(self, request: Request) -> tuple[Response, str]:
        for kind in ("status", "html_error"):
            fault = self.faults.take(kind, request.target)
            if fault is None:
                continue
            if fault.after:
                self._answer(request)
            if kind == "status":
                return self.fault_response(fault, request), kind
            body = HTML_ERROR.format(fault.status).encode()
            return Response(status=fault.status, body=body, content_type="text/html; charset=utf-8"), kind
        return self._answer(request), ""

    def _answer(self, request: Request) -> Response:
        try:
            return self.handle(request)
        except Exception:
            log.exception("the sandbox failed on %s", request.target)
            return json_response(500, {"title": "Sandbox error", "detail": "see the log of the sandbox", "status": 500})

    def _record(self, request: Request, status: int, fault: str = "") -> None:
        self.requests.append(RequestRecord(method=request.method, path=request.path, status=status, fault=fault))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End the kept-alive connections, so that no thread waits for one."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection broke off", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: _Server

    def handle_one_request(self) -> None:
        """Serve one request of a kept-alive connection."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or len(self.raw_requestline) > 65536 or not self.parse_request():
                self.close_connection = True
                return
            request = self._read_request()
            response = self.server.sandbox.exchange(request) if request else Response(status=411)
            if response is None:
                self._reset()
            else:
                self._write(response)
        except (ConnectionError, TimeoutError, ValueError):
            self.close_connection = True

    def _read_request(self) -> Request | None:
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return None
        body = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            method=self.command, path=parts.path or "/", query=dict(pairs), pairs=pairs, headers=headers, body=body
        )

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("date", format_datetime(self.server.sandbox.clock(), usegmt=True))
        self.send_header("content-type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("content-length", str(len(response.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD" and response.status != 204:
            self.wfile.write(response.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Close so that the other side sees a reset, as when a gateway dies."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the sandbox keeps its own log."""
