"""Tests on a real site with Helpdesk. They run in the bench's own Python: `python scripts/site.py test`.

Elsewhere (no bench, or no Frappe in this Python) the folder says so in one loud line and runs nothing.

Fixtures: `site` (connected as Administrator), `agent` (a user who is an HD Agent), `account` (a Social Account of X).
Whatever a test does is rolled back; what it has committed is deleted.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = os.environ.get("SOCIAL_CARE_BENCH", "")
# The package index has an empty placeholder of that name, which has no database.
INSIDE = bool(BENCH and importlib.util.find_spec("frappe") and importlib.util.find_spec("frappe.database"))
HOW = "site tests: SKIPPED, none ran. With a bench that has Helpdesk: SOCIAL_CARE_BENCH=… python scripts/site.py test"

if not INSIDE:
    collect_ignore = [path.name for path in Path(__file__).parent.glob("test_*.py") if path.name != "test_site.py"]

AGENT = "agent@example.com"
OWN = (
    "Social Account",
    "Social Acknowledgement",
    "Social Allowance",
    "Social Approval",
    "Social Contact Request",
    "Social Cursor",
    "Social Erasure",
    "Social Message",
    "Social Moderation Action",
    "Social Payload",
    "Social Preference",
    "Social Profile",
    "Social Routing Rule",
    "Social Search",
    "Social Storm",
    "Social Storm Person",
    "Social Template",
    "Social Thread",
)
TOUCHED = (
    "Comment",
    "Communication",
    "Communication Link",
    "Contact",
    "Contact Email",
    "Contact Phone",
    "Email Queue",
    "Email Queue Recipient",
    "Error Log",
    "File",
    "HD Agent",
    "HD Notification",
    "HD Team",
    "HD Ticket",
    "HD Ticket Activity",
    "HD Ticket Comment",
    "Notification Log",
    "Tag",
    "Tag Link",
    "ToDo",
    "User",
    "Version",
)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not INSIDE:
        terminalreporter.write_line(HOW, yellow=True, bold=True)


@pytest.fixture(scope="session")
def connected() -> Iterator[ModuleType]:
    """Frappe, connected to the test site; what is there now is what every test finds.

    Not `frappe.flags.in_test`: it makes Frappe 15 skip `only_for`, write no versions, and run jobs at once.
    """
    import frappe
    from frappe.utils import background_jobs

    sites = Path(BENCH) / "social-care-test/sites"
    before = os.getcwd()
    os.chdir(sites)  # Frappe writes its logs beside the folder it is started in
    frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=str(sites))
    frappe.connect()
    frappe.flags.mute_emails = True
    name_before, own = background_jobs.generate_qname, f"social-care-test:{os.environ['SOCIAL_CARE_SITE']}"
    background_jobs.generate_qname = lambda queue: f"{own}:{queue}"  # no worker takes these jobs; they go at the end
    yield frappe
    for queue in ("short", "default", "long"):
        background_jobs.get_queue(queue).delete(delete_jobs=True)
    background_jobs.generate_qname = name_before
    frappe.db.rollback()
    frappe.destroy()
    os.chdir(before)


@pytest.fixture(scope="session")
def baseline(connected: ModuleType) -> dict[str, set[str]]:
    """The names of the rows that were there before the first test."""
    return {doctype: set(connected.get_all(doctype, pluck="name")) for doctype in (*OWN, *TOUCHED)}


@pytest.fixture
def site(connected: ModuleType, baseline: dict[str, set[str]]) -> Iterator[ModuleType]:
    """Frappe, connected as Administrator to a site that is as it was made."""
    connected.set_user("Administrator")
    yield connected
    connected.db.rollback()
    connected.set_user("Administrator")
    connected.local.message_log = []
    for doctype, names in baseline.items():
        added = set(connected.get_all(doctype, pluck="name")) - names
        if added:
            connected.db.delete(doctype, {"name": ["in", list(added)]})
    connected.db.delete("__Auth", {"doctype": "Social Account"})
    connected.db.commit()
    connected.db.value_cache.clear()
    connected.clear_cache()


@pytest.fixture
def agent(site: ModuleType) -> str:
    """A user who is an HD Agent, and nothing more."""
    return AGENT


@pytest.fixture
def account(site: ModuleType) -> Any:
    """A Social Account of X that has been connected."""
    fields = {
        "account_name": "Acme on X",
        "platform": "X",
        "external_id": "2244994945",
        "handle": "acme",
        "signature": "^JK",
    }
    secrets = {
        "client_id": "key",
        "client_secret": "key-secret",
        "access_token": "token",
        "access_token_secret": "token-secret",
    }
    return site.get_doc({"doctype": "Social Account", **fields, **secrets}).insert()
