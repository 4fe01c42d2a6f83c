"""Helpdesk's real ticket page in Chromium, on a real site, with the sandboxes behind it.

    python scripts/site.py browser

Needs a bench whose Helpdesk page is built, Playwright in the bench's Python, and a Chromium (`SOCIAL_CARE_CHROMIUM`, else
the one that is installed). Elsewhere the folder says so in one loud line and runs nothing. This process does what workers
do, when a test says so: `office.deliver()`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import pytest

from tests.site.conftest import BENCH, INSIDE, baseline, connected, site

__all__ = ["baseline", "connected", "site"]

CHROMIUM = os.environ.get("SOCIAL_CARE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
PUBLIC = Path(__file__).parents[2] / "social_care/public"
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
def socket_port() -> int:
    """Where this run's server of realtime events listens, whatever port Helpdesk's page was built with."""
    return free_port()


@pytest.fixture(scope="session")
def realtime(address: str, socket_port: int) -> Iterator[None]:
    """The bench's own server of realtime events, for this site."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("realtime events: SKIPPED, there is no node")
    home = Path(BENCH) / "social-care-test"  # its settings: a developer's bench asks another web server who one is
    ours = {"FRAPPE_SITE": os.environ["SOCIAL_CARE_SITE"], "FRAPPE_SOCKETIO_PORT": str(socket_port)}
    environment = os.environ | ours | {"FRAPPE_BENCH_ROOT": str(home)}
    log = (home / "logs/browser-tests-realtime.log").open("wb")
    command = [node, "apps/frappe/socketio.js"]
    server = subprocess.Popen(command, cwd=BENCH, env=environment, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_for_server(f"http://127.0.0.1:{socket_port}/socket.io/?EIO=4&transport=polling", server)
        yield
    finally:
        server.terminate()
        server.wait(10)
        log.close()


@pytest.fixture(scope="session")
def chromium(socket_port: int) -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
    with sync_playwright() as playwright:
        built_for = json.loads((Path(BENCH) / "sites/common_site_config.json").read_text()).get("socketio_port", 9000)
        leads = f"--host-resolver-rules=MAP 127.0.0.1:{built_for} 127.0.0.1:{socket_port}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES, leads])
        yield browser
        browser.close()


class Workers:
    """The workers' jobs, done on demand, and what tests look up and change on the site."""

    account: Any

    def __init__(self, frappe: Any) -> None:
        self.frappe = frappe

    def handle(self) -> list[str]:
        """Handle what was received; return the account's tickets, newest first."""
        from social_care import jobs
        from social_care.desks.helpdesk.desk import HelpdeskDesk

        self.frappe.db.rollback()
        for payload in HelpdeskDesk().ledger.due(jobs.utc_now()):
            jobs.handle_payload(payload)
        self.frappe.db.commit()
        mine = {"social_account": self.account.name}
        return self.frappe.get_all("HD Ticket", mine, pluck="name", order_by="creation desc")

    def poll(self) -> list[str]:
        """Visit every feed of the account; return its tickets, newest first."""
        from social_care import jobs
        from social_care.desks.helpdesk.desk import HelpdeskDesk

        for feed in jobs.feeds(HelpdeskDesk().accounts.get(self.account.name)):
            jobs.poll_feed(self.account.name, feed)
        return self.handle()

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
        return self.frappe.get_all(
            "Social Message", {"direction": "Out", "state": ["is", "set"]}, pluck="state", order_by="creation, part"
        )

    def setting(self, **values: Any) -> None:
        """Change Social Care Settings."""
        self.frappe.db.set_single_value("Social Care Settings", values)
        self.frappe.db.commit()
        self.frappe.clear_cache(doctype="Social Care Settings")

    def open_account(self, name: str, platform: str, **fields: Any) -> None:
        """Make the Social Account; commits."""
        values = {"doctype": "Social Account", "account_name": name, "platform": platform, "handle": "northwind"}
        self.account = self.frappe.get_doc({**values, **fields}).insert()
        self.frappe.db.commit()

    def add_colleague(self, name: str, *roles: str) -> str:
        """Add somebody to the team, who signs in with the password `agent`; return the address, a new one each time."""
        from frappe.utils.password import update_password

        from tests.site.office import make_user

        email = f"{self.frappe.generate_hash(length=10)}@example.com"
        make_user(email, name, "Agent", *roles, agent=True)
        update_password(email, "agent")
        self.frappe.db.commit()
        return email


class BrowserOffice(Workers):
    """The sandbox of X with a team and a customer."""

    def __init__(self, frappe: Any, x: Any) -> None:
        super().__init__(frappe)
        self.x = x
        self.team = x.add_user("northwind", "Northwind Air")
        self.ada = x.add_user("ada", "Ada Osei", followers=12_840, verified=True)
        keys = x.credentials(self.team)
        self.open_account(
            ACCOUNT,
            "X",
            external_id=self.team.id,
            signature="^AO",
            api_base_url=x.base_url,
            auth_method="OAuth 1.0a",
            client_id=keys.consumer_key,
            client_secret=keys.consumer_secret,
            access_token=keys.access_token,
            access_token_secret=keys.access_token_secret,
        )

    def receive(self, feed: str = "mentions") -> list[str]:
        """Fetch what customers wrote; return the account's tickets, newest first."""
        from social_care import jobs

        jobs.poll_feed(ACCOUNT, feed)
        return self.handle()

    def ticket(self, text: str = "@northwind NW204 is two hours late and nobody tells us why.") -> str:
        """Have Ada write, and return her ticket."""
        self.x.post(self.ada, text)
        return self.receive()[0]


class PagesOffice(Workers):
    """The sandbox of Facebook with a Page, a post and a customer."""

    def __init__(self, frappe: Any, sandbox: Any) -> None:
        super().__init__(frappe)
        self.sandbox = sandbox
        self.page = sandbox.add_page("Northwind Air", "northwind")
        self.ada = sandbox.add_person("Ada Osei")
        self.post = sandbox.post(self.page, "Good morning")
        keys = sandbox.credentials(self.page)
        secrets = {"client_id": keys.client_id, "client_secret": keys.client_secret, "access_token": keys.access_token}
        self.open_account(
            "Northwind on Facebook", "Facebook", external_id=self.page.id, api_base_url=sandbox.base_url, **secrets
        )

    def comment(self, text: str = "Where is my bag?", **more: Any) -> str:
        """Have Ada comment, and return her ticket."""
        self.sandbox.comment(self.ada, self.post, text, **more)
        return self.poll()[0]


class WhatsAppOffice(Workers):
    """The sandbox of WhatsApp with a customer, which pushes to the site."""

    def __init__(self, frappe: Any, sandbox: Any, address: str) -> None:
        super().__init__(frappe)
        self.sandbox = sandbox
        self.ada = sandbox.add_customer("4915112345678", "Ada Osei")
        keys, options = sandbox.credentials(), sandbox.account_options()
        self.open_account(
            "Northwind on WhatsApp",
            "WhatsApp",
            external_id=options["whatsapp_phone_number_id"],
            webhook_secret="verify me",
            **keys,
            **options,
        )
        sandbox.configure_webhook(f"{address}/api/method/social_care.api.webhook/{quote(self.account.name)}", "verify me")
        sandbox.webhooks.install(options["whatsapp_business_account_id"], ["messages"])

    def ticket(self, text: str) -> str:
        """Have Ada write, wait for the push, and return her ticket."""
        self.sandbox.write(self.ada, text)
        end = time.monotonic() + 20
        while not (found := self.handle()):
            assert time.monotonic() < end, "the sandbox pushed nothing to the site"
            time.sleep(0.1)
        return found[0]

    def close_window(self, ticket: str) -> None:
        """Let the customer have written the day before yesterday."""
        for doctype, field in (("Social Thread", "reply_until"), ("Social Message", "sent_at")):
            for name in self.frappe.get_all(doctype, {"ticket": ticket}, pluck="name"):
                self.frappe.db.set_value(doctype, name, field, self.frappe.utils.add_to_date(None, days=-2))
        self.frappe.db.commit()


@pytest.fixture
def office(site: Any) -> Iterator[BrowserOffice]:
    from social_care.sandbox.x import XSandbox

    with XSandbox() as x:
        made = BrowserOffice(site, x)
        yield made
        made.setting(undo_seconds=8)


@pytest.fixture
def pages(site: Any) -> Iterator[PagesOffice]:
    from social_care.sandbox.pages import PagesSandbox

    with PagesSandbox() as sandbox:
        made = PagesOffice(site, sandbox)
        yield made
        made.setting(undo_seconds=8)


@pytest.fixture
def whatsapp(site: Any, address: str) -> Iterator[WhatsAppOffice]:
    from social_care.sandbox.whatsapp import WhatsAppSandbox

    with WhatsAppSandbox() as sandbox:
        yield WhatsAppOffice(site, sandbox, address)


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in our script. A test that provokes it looks at it and empties it."""
    return []


SIZES = {"desktop": {"width": 1400, "height": 900}, "phone": {"width": 390, "height": 844}}


ASSETS = "/assets/social_care"


def serve_own_file(route: Any) -> None:
    """Give the page this checkout's files: another checkout on the same bench may have linked its own."""
    wanted = PUBLIC / urlsplit(route.request.url).path.partition(f"{ASSETS}/")[2]
    route.fulfill(path=wanted) if wanted.is_file() else route.fulfill(status=404)


@pytest.fixture
def sign_in(chromium: Any, address: str, faults: list[str]) -> Iterator[Callable[..., Any]]:
    """Opens a page for somebody; whatever goes wrong in our script fails the test."""
    contexts = []

    def open_page(user: str = "agent@example.com", size: str = "desktop") -> Any:
        context = chromium.new_context(base_url=address, viewport=SIZES[size], locale="en-US")
        contexts.append(context)
        context.route(f"**{ASSETS}/**", serve_own_file)
        signed_in = context.request.post("/api/method/login", form={"usr": user, "pwd": "agent"})
        assert signed_in.ok, f"{user} could not sign in: {signed_in.status}"
        opened = context.new_page()
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("console", lambda said: faults.append(said.text) if "Social Care" in said.text else None)
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, f"our script complained: {faults}"


@pytest.fixture(params=["desktop"])
def page(request: pytest.FixtureRequest, sign_in: Callable[..., Any]) -> Any:
    """A page, signed in as the agent."""
    return sign_in(size=request.param)
