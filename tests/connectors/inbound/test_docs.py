"""The examples of the documentation, run as they stand there against a webhook on loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from social_care.core.accounts import Account
from social_care.core.errors import UnverifiedWebhook
from social_care.desks.sqlite import SqliteDesk
from social_care.wiring import LocalOffice

PAGE = (Path(__file__).parents[3] / "docs/platforms/inbound.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^```(bash|python)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
SECRET = "a long random text"
PROGRAMS = {"bash": [shutil.which("bash"), "-euc"], "python": [sys.executable, "-c"]}


@pytest.fixture
def office() -> LocalOffice:
    desk = SqliteDesk(clock=lambda: datetime.now(timezone.utc))
    desk.add_account(Account(name="Shop", platform="inbound", external_id="shop"))
    return LocalOffice(desk=desk, clock=desk.clock, credentials={"Shop": {"webhook_secret": SECRET}})


@pytest.fixture
def webhook(office: LocalOffice) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            try:
                office.receive("Shop", raw, dict(self.headers.items()))
                self.send_response(200)
            except UnverifiedWebhook:
                self.send_response(403)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("language", "texts"), [("bash", ["The bag is too small."]), ("python", ["Where is my bag?", "It fits after all."])]
)
def test_the_example_works_as_it_stands(office: LocalOffice, webhook: str, language: str, texts: list[str]) -> None:
    program = PROGRAMS[language]
    if program[0] is None or (language == "bash" and not (shutil.which("curl") and shutil.which("openssl"))):
        pytest.skip("there is no bash, curl or openssl here")
    environment = {**os.environ, "SECRET": SECRET, "WEBHOOK": webhook, "no_proxy": "127.0.0.1"}
    done = subprocess.run(  # noqa: S603
        [*map(str, program), EXAMPLES[language]], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    while office.work():
        pass
    assert [row["text"] for row in office.desk.rows("select text from message order by id")] == texts
    assert {row["state"] for row in office.desk.rows("select state from payload")} == {"done"}


def test_a_wrong_secret_fails(office: LocalOffice, webhook: str) -> None:
    environment = {**os.environ, "SECRET": "another", "WEBHOOK": webhook, "no_proxy": "127.0.0.1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", EXAMPLES["python"]], env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert office.desk.rows("select 1 from payload") == []
