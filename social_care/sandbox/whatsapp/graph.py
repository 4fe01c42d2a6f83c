"""What WhatsApp shares with Meta's other products: the shape of an error, the token, and webhooks pushed with a signature.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/graph-api/guides/secure-requests,
https://developers.facebook.com/docs/graph-api/webhooks/getting-started (read 2026-11).
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

from social_care.sandbox.faults import Faults
from social_care.sandbox.server import Request, Response, json_response

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 10


class GraphError(Exception):
    """A refusal. `details` is what stands in `error_data`, "" for none."""

    def __init__(self, code: int, message: str, *, details: str = "", subcode: int | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.details, self.subcode, self.status = code, message, details, subcode, status

    def response(self) -> Response:
        """Return it as Meta writes it."""
        kind = "GraphMethodException" if self.code == 100 and self.subcode == 33 else "OAuthException"
        error: dict[str, Any] = {"message": f"(#{self.code}) {self.message}", "type": kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return json_response(self.status, {"error": error})


@dataclass(slots=True, kw_only=True)
class Keys:
    """What opens the API and signs webhooks. proof_required: a call without `appsecret_proof` is refused."""

    app_id: str = "700100200300400"
    app_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    access_token: str = field(default_factory=lambda: "EAA" + secrets.token_urlsafe(48))
    verify_token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    proof_required: bool = False
    revoked: bool = False

    def check(self, request: Request) -> None:
        """Let a call in. Raises: GraphError."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if not hmac.compare_digest(token.encode(), self.access_token.encode()):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if self.revoked:
            raise GraphError(190, "Error validating access token: the app was removed.", subcode=458, status=401)
        self._check_proof(request.query.get("appsecret_proof"))

    def _check_proof(self, given: str | None) -> None:
        if given is None and self.proof_required:
            raise GraphError(100, "API calls from the server require an appsecret_proof argument")
        expected = hmac.new(self.app_secret.encode(), self.access_token.encode(), sha256).hexdigest()
        if given is not None and not hmac.compare_digest(given.encode(), expected.encode()):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to push. kinds: what was in the body. status 0: nobody answered in time."""

    url: str
    kinds: tuple[str, ...]
    status: int
    body: bytes


class Pusher:
    """Pushes signed bodies to one address, by a thread of its own, in order but for the faults."""

    def __init__(self, keys: Keys, faults: Faults) -> None:
        self._keys = keys
        self._faults = faults
        self._queue: Queue[tuple[tuple[str, ...], bytes] | None] = Queue()
        self._held: list[tuple[tuple[str, ...], bytes]] = []
        self._thread: Thread | None = None
        self.clear()

    def clear(self) -> None:
        """Forget the address and what was pushed."""
        self.url = ""
        self.deliveries: list[Delivery] = []

    def configure(self, url: str, verify_token: str) -> None:
        """Set the address of the app, as in the dashboard, if it answers the challenge. Raises: ValueError."""
        challenge = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        mark = "&" if urlsplit(url).query else "?"
        status, body = _call("GET", f"{url}{mark}{urlencode(query)}", b"", {})
        if status != 200 or body.decode(errors="replace") != challenge:
            raise ValueError(f"the address did not give the challenge back (status {status})")
        self.url = url

    def push(self, kinds: Sequence[str], data: object) -> None:
        """Queue one body; nothing happens while there is no address."""
        if not self.url:
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._work, daemon=True)
            self._thread.start()
        self._queue.put((tuple(kinds), json.dumps(data, separators=(",", ":")).encode()))

    def stop(self) -> None:
        """End the thread after what is queued."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(ANSWER_WITHIN_S)
            self._thread = None

    def flush(self) -> None:
        """Wait until everything is pushed, held-back bodies too."""
        self._queue.join()
        while self._held:
            self._deliver(*self._held.pop(0))

    def redeliver(self) -> int:
        """Push once more what was not answered with 200; return how many bodies that were."""
        failed = [one for one in self.deliveries if one.status != 200]
        self.deliveries = [one for one in self.deliveries if one.status == 200]
        for one in failed:
            self.push(one.kinds, json.loads(one.body))
        return len(failed)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                if self._fault("reorder_delivery", job[0]):
                    self._held.append(job)
                else:
                    self._deliver(*job)
                    while self._held:
                        self._deliver(*self._held.pop(0))
            finally:
                self._queue.task_done()
        self._queue.task_done()

    def _fault(self, kind: str, kinds: tuple[str, ...]) -> bool:
        return any(self._faults.take(kind, one) for one in kinds)

    def _deliver(self, kinds: tuple[str, ...], body: bytes) -> None:
        signature = hmac.new(self._keys.app_secret.encode(), body, sha256).hexdigest()
        headers = {"x-hub-signature-256": f"sha256={signature}"}
        for _ in range(2 if self._fault("duplicate_delivery", kinds) else 1):
            status, _answer = _call("POST", self.url, body, headers)
            self.deliveries.append(Delivery(url=self.url, kinds=kinds, status=status, body=body))


def _call(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Return status and body of a call that follows no redirect; status 0: no answer."""
    parts = urlsplit(url)
    maker = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = maker(parts.hostname or "", parts.port, timeout=ANSWER_WITHIN_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body or None, {"content-type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        log.info("nobody answered at a webhook's address")
        return 0, b""
    finally:
        connection.close()
