"""Helpdesk's real ticket page in Chromium, on a real site, with the sandbox of X behind it.

    python scripts/site.py browser

Needs a bench whose Helpdesk page is built, Playwright in the bench's Python, and a Chromium (`SOCIAL_CARE_CHROMIUM`, else
the one that is installed). Elsewhere the folder says so in one loud line and runs nothing. This process does what workers
do, when a test says so: `office.deliver()`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.site.conftest import BENCH, INSIDE, baseline, connected, site

__all__ = ["baseline", "connected", "site"]

CHROMIUM = os.environ.get("SOCIAL_CARE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
BUILT = Path(BENCH or "/nowhere") / "apps/helpdesk/helpdesk/public/desk/index.html"
MISSING = [
    what
    for what, there in (
        ("a bench (SOCIAL_CARE_BENCH=… python scripts/site.py browser)", INSIDE),
        ("Helpdesk's built page", BUILT.exists()),
        ("Playwright (pip install playwright)", importlib.util.find_spec("playwright") is not None),
        ("Chromium (SOCIAL_CARE_CHROMIUM=…)", bool(CHROMIUM)),
    )
    if not there
]
READY = not MISSING
HOW = f"browser tests: SKIPPED, none ran. Missing: {', '.join(MISSING)}"

if not READY:
    collect_ignore = [path.name for path in Path(__file__).parent.glob("test_*.py")]

ACCOUNT = "Northwind on X"
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not READY:
        terminalreporter.write_line(HOW, yellow=True, bold=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def address(connected: Any) -> Iterator[str]:
    """The site, served by Frappe's own server on loopback."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "frappe.utils.bench_helper",
        "frappe",
        "--site",
        os.environ["SOCIAL_CARE_SITE"],
        "serve",
    ]
    sites = Path(BENCH) / "social-care-test/sites"
    log = (sites.parent / "logs/browser-tests.log").open("wb")
    server = subprocess.Popen([*command, "--port", str(port), "--noreload"], cwd=sites, stdout=log, stderr=log)  # noqa: S603
    where = f"http://127.0.0.1:{port}"
    try:
        wait_for_server(f"{where}/api/method/ping", server)
        yield where
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def wait_for_server(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        assert server.poll() is None, "the site's server ended; see logs/browser-tests.log beside the test sites"
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            assert time.monotonic() < end, f"{url} did not answer within a minute"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield browser
        browser.close()


class BrowserOffice:
    """The sandbox of X with a team and a customer, and the workers' jobs, done on demand."""

    def __init__(self, frappe: Any, x: Any) -> None:
        self.frappe = frappe
        self.x = x
        self.team = x.add_user("northwind", "Northwind Air")
        self.ada = x.add_user("ada", "Ada Osei", followers=12_840, verified=True)
        keys = x.credentials(self.team)
        self.account = frappe.get_doc(
            {
                "doctype": "Social Account",
                "account_name": ACCOUNT,
                "platform": "X",
                "external_id": self.team.id,
                "handle": "northwind",
                "signature": "^AO",
                "api_base_url": x.base_url,
                "auth_method": "OAuth 1.0a",
                "client_id": keys.consumer_key,
                "client_secret": keys.consumer_secret,
                "access_token": keys.access_token,
                "access_token_secret": keys.access_token_secret,
            }
        ).insert()
        frappe.db.commit()

    def receive(self, feed: str = "mentions") -> list[str]:
        """Fetch what customers wrote; return the account's tickets, newest first."""
        from social_care import jobs
        from social_care.desks.helpdesk.desk import HelpdeskDesk

        jobs.poll_feed(ACCOUNT, feed)
        for payload in HelpdeskDesk().ledger.due(jobs.utc_now()):
            jobs.handle_payload(payload)
        self.frappe.db.commit()
        return self.frappe.get_all("HD Ticket", {"social_account": ACCOUNT}, pluck="name", order_by="creation desc")

    def ticket(self, text: str = "@northwind NW204 is two hours late and nobody tells us why.") -> str:
        """Have Ada write, and return her ticket."""
        self.x.post(self.ada, text)
        return self.receive()[0]

    def deliver(self) -> None:
        """Do what a worker would do now."""
        from social_care import jobs
        from social_care.desks.helpdesk.desk import HelpdeskDesk

        self.frappe.db.rollback()
        for part in HelpdeskDesk().outbox.due(jobs.utc_now()):
            jobs.deliver_part(part)
        self.frappe.db.commit()

    def states(self) -> list[str]:
        """Return the states of all outgoing parts, oldest first."""
        self.frappe.db.rollback()
        return self.frappe.get_all("Social Message", {"direction": "Out"}, pluck="state", order_by="creation, part")

    def setting(self, **values: Any) -> None:
        """Change Social Care Settings."""
        self.frappe.db.set_single_value("Social Care Settings", values)
        self.frappe.db.commit()
        self.frappe.clear_cache(doctype="Social Care Settings")


@pytest.fixture
def office(site: Any) -> Iterator[BrowserOffice]:
    from social_care.sandbox.x import XSandbox

    with XSandbox() as x:
        made = BrowserOffice(site, x)
        yield made
        made.setting(undo_seconds=8)


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in our script. A test that provokes it looks at it and empties it."""
    return []


@pytest.fixture(params=["desktop"])
def page(request: pytest.FixtureRequest, chromium: Any, address: str, faults: list[str]) -> Iterator[Any]:
    """A page, signed in as the agent; whatever goes wrong in our script fails the test."""
    sizes = {"desktop": {"width": 1400, "height": 900}, "phone": {"width": 390, "height": 844}}
    context = chromium.new_context(base_url=address, viewport=sizes[request.param], locale="en-US")
    signed_in = context.request.post("/api/method/login", form={"usr": "agent@example.com", "pwd": "agent"})
    assert signed_in.ok, f"the agent could not sign in: {signed_in.status}"
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Social Care" in said.text else None)
    yield opened
    context.close()
    assert not faults, f"our script complained: {faults}"
