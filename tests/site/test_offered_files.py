"""Files that Instagram fetches from the site: the whole way with the sandbox, and who gets nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import frappe
import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

from social_care import jobs
from social_care.core.errors import Refused
from social_care.core.offered_files import LIFETIME, OfferedFile, make_token
from social_care.core.replies import Part, Upload
from social_care.desks.helpdesk import files
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.sandbox.pages import PagesSandbox
from tests.site.conftest import AGENT
from tests.site.meta import handle
from tests.site.office import SiteOffice, replies

ACCOUNT = "Northwind by Instagram Login"
CONTENT = b"\x89PNG the way to the lounge"


def application(environ: dict[str, Any], start: Any) -> Any:
    """The site as a web server serves it."""
    from frappe.app import application as site

    return site(environ | {"HTTP_X_FRAPPE_SITE_NAME": os.environ["SOCIAL_CARE_SITE"]}, start)


@pytest.fixture
def address(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site's own web server on loopback, which the sandbox takes for the internet."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found = f"http://127.0.0.1:{server.port}"
    monkeypatch.setitem(frappe.local.conf, "social_care_allow_loopback", 1)
    monkeypatch.setitem(frappe.local.conf, "host_name", found)
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sandbox() -> Iterator[PagesSandbox]:
    running = PagesSandbox()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def question(site: Any, sandbox: PagesSandbox) -> str:
    """An account of Instagram Login, and the ticket of a customer who wrote to it."""
    ours = sandbox.add_instagram("northwind.air", "Northwind Air")
    keys = sandbox.credentials(ours, "")
    document = {"doctype": "Social Account", "account_name": ACCOUNT, "platform": "Instagram", "external_id": ours.id}
    secrets = {"client_id": keys.client_id, "client_secret": keys.client_secret, "access_token": keys.access_token}
    options = {"instagram_login": "Instagram", "api_base_url": sandbox.base_url, "handle": ours.username}
    frappe.get_doc(document | secrets | options).insert()
    frappe.db.commit()
    sandbox.message(sandbox.add_person("Ada Osei"), ours, "How do I get there?")
    jobs.poll_feed(ACCOUNT, "direct_messages")
    handle()
    return str(frappe.get_all("Social Message", {"account": ACCOUNT, "ticket": ["is", "set"]}, pluck="ticket")[0])


def new_file() -> str:
    name = f"{frappe.generate_hash()}.png"  # what a deleted row leaves on the disk keeps its name
    file = frappe.get_doc({"doctype": "File", "file_name": name, "content": CONTENT, "is_private": 1})
    file.insert(ignore_permissions=True)
    frappe.db.set_value("File", file.name, "owner", AGENT)
    frappe.db.commit()
    return str(file.name)


def queue(question: str) -> str:
    """Answer with a file; return the name of the part that waits."""
    SiteOffice.reply(None, question, "", attachments=[new_file()])  # type: ignore[arg-type]
    [part] = replies(question)
    return str(part.name)


def get(path: str, method: str = "GET") -> Any:
    """Ask the site as anybody on the internet may, in a thread with a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: Client(application).open(path, method=method, buffered=True)).result()
    frappe.db.rollback()
    return answer


def file_of(part: str) -> tuple[Part, Upload]:
    found = HelpdeskDesk().outbox.get(part)
    assert found is not None
    return found, found.media[0]


def path_of(part: str) -> str:
    parts = urlsplit(HelpdeskDesk().files.address(*file_of(part)))
    return f"{parts.path}?{parts.query}"


def with_token(part: str, file: str, **more: Any) -> str:
    given = {"secret": files._secret(), "now": utc_now()} | more
    return f"{files.ENDPOINT}?token={make_token(OfferedFile(part=part, file=file), **given)}"


def test_instagram_fetches_the_file_from_the_site(question: str, address: str, sandbox: PagesSandbox):
    part = queue(question)
    jobs.deliver_part(part)
    [sent] = replies(question)
    assert sent.state == "Sent", sent.error
    [fetched] = [file for talk in sandbox.state.conversations.values() for one in talk.messages for file in one.files]
    assert (fetched.content, fetched.mime, fetched.name) == (CONTENT, "image/png", file_of(part)[1].name)


def test_a_site_that_nobody_reaches_refuses_before_anything_is_stored(question: str):
    with pytest.raises(frappe.ValidationError, match="open to the internet"):
        queue(question)
    assert replies(question) == []


class TestWhoGetsTheFile:
    def test_whoever_knows_the_address_and_nothing_runs_in_a_browser(self, question: str, address: str):
        path = path_of(queue(question))
        answer = get(path)
        assert (answer.status_code, answer.data, answer.content_type) == (200, CONTENT, "image/png")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "no-store" in answer.headers["Cache-Control"]
        assert get(path, "HEAD").data == b""

    @pytest.mark.parametrize("state", ["Failed", "Cancelled", "Awaiting Approval", "Rejected"])
    def test_nobody_when_the_part_does_not_go_out(self, question: str, address: str, state: str):
        part = queue(question)
        path = path_of(part)
        frappe.db.sql("update `tabSocial Message` set state = %s where name = %s", (state, part))
        frappe.db.commit()
        assert get(path).status_code == 404

    def test_nobody_with_an_old_a_changed_or_a_foreign_token(self, question: str, address: str):
        part = queue(question)
        other, good, reference = new_file(), path_of(part), file_of(part)[1].reference
        refused = {
            "old": with_token(part, reference, now=utc_now() - LIFETIME),
            "changed": good[:-1] + ("A" if good[-1] != "A" else "B"),
            "another site's": with_token(part, reference, secret=b"another"),
            "a file that is not of the part": with_token(part, other),
            "no part": with_token("none", reference),
            "a message of a customer": with_token(replies(question)[0].target, reference),
            "none": f"{files.ENDPOINT}?token=",
        }
        assert {why: get(path).status_code for why, path in refused.items()} == dict.fromkeys(refused, 404)
        assert get(with_token(part, reference)).status_code == 200, "the refusals are about what was changed"

    def test_nobody_when_the_file_is_gone(self, question: str, address: str):
        part = queue(question)
        path = path_of(part)
        frappe.delete_doc("File", file_of(part)[1].reference, force=True)
        frappe.db.commit()
        assert get(path).status_code == 404

    def test_nobody_when_the_file_was_swapped(self, question: str, address: str):
        """A supervisor approves what is attached; what is put in its place afterwards never goes out."""
        part = queue(question)
        path, (_part, upload) = path_of(part), file_of(part)
        Path(frappe.get_doc("File", upload.reference).get_full_path()).write_bytes(b"\x89PNG something else")
        assert get(path).status_code == 404
        with pytest.raises(Refused, match="was changed after"):
            path_of(part)
        jobs.deliver_part(part)
        [kept] = replies(question)
        assert (kept.state, "was changed after" in kept.error) == ("Failed", True)
