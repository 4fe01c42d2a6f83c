"""What platforms push to webhooks: bodies sent by a thread of their own, in order unless a fault says otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Queue
from threading import Thread
from urllib.parse import urlsplit

from social_care.sandbox.faults import Faults

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to push. status 0: nobody answered in time."""

    url: str
    event_type: str
    status: int
    body: bytes


class Pusher:
    """Pushes what it is given. sign: returns the headers that prove where a body comes from."""

    def __init__(self, faults: Faults, sign: Callable[[bytes], Mapping[str, str]]) -> None:
        self._faults = faults
        self._sign = sign
        self._queue: Queue[tuple[str, str, bytes] | None] = Queue()
        self._held: list[tuple[str, str, bytes]] = []
        self._thread: Thread | None = None
        self.deliveries: list[Delivery] = []

    def clear(self) -> None:
        """Forget what was delivered."""
        self.deliveries = []

    def put(self, url: str, event_type: str, body: bytes) -> None:
        """Push a body as soon as those before it are."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._work, daemon=True)
            self._thread.start()
        self._queue.put((url, event_type, body))

    def stop(self) -> None:
        """End the thread after what is queued."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(ANSWER_WITHIN_S)
            self._thread = None

    def flush(self) -> None:
        """Wait until everything is pushed, held-back events too."""
        self._queue.join()
        while self._held:
            self._deliver(*self._held.pop(0))

    def redeliver(self) -> int:
        """Push once more what was not answered with 200, return how many that were."""
        failed = [one for one in self.deliveries if one.status != 200]
        self.deliveries = [one for one in self.deliveries if one.status == 200]
        for one in failed:
            self.put(one.url, one.event_type, one.body)
        return len(failed)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                if self._faults.take("reorder_delivery", job[1]):
                    self._held.append(job)
                else:
                    self._deliver(*job)
                    while self._held:
                        self._deliver(*self._held.pop(0))
            finally:
                self._queue.task_done()
        self._queue.task_done()

    def _deliver(self, url: str, event_type: str, body: bytes) -> None:
        times = 2 if self._faults.take("duplicate_delivery", event_type) else 1
        for _ in range(times):
            status, _ = call_address("POST", url, body, self._sign(body))
            self.deliveries.append(Delivery(url=url, event_type=event_type, status=status, body=body))


def call_address(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Return status and body of a call that follows no redirect; status 0: no answer."""
    parts = urlsplit(url)
    maker = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = maker(parts.hostname or "", parts.port, timeout=ANSWER_WITHIN_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body or None, {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        log.info("nobody answered at a webhook's address")
        return 0, b""
    finally:
        connection.close()
