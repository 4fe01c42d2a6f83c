"""How much memory a worker takes. Run by tests.benchmarks.site, in a process of its own: `without` the app, `with` it, or
`reading` with the libraries of insight, too.

Prints the resident megabytes after a ticket was made and saved and, unless `without`, after the app has done its work.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import frappe


def megabytes() -> float:
    """Return the resident memory of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def leave_out_the_app() -> None:
    """Let Frappe see hooks as if the app were not installed."""
    asked = frappe.get_hooks

    def others(value: Any) -> Any:
        if isinstance(value, dict):
            return frappe._dict({key: others(one) for key, one in value.items()})
        if isinstance(value, list):
            return [one for one in value if not str(one).startswith("social_care.")]
        return value

    def get_hooks(*arguments: Any, **named: Any) -> Any:
        found = others(asked(*arguments, **named))
        return frappe._dict({hook: one for hook, one in found.items() if one != []}) if isinstance(found, dict) else found

    frappe.get_hooks = get_hooks


def save_a_ticket() -> None:
    """Do what any worker of Helpdesk does."""
    import frappe.app
    import helpdesk.utils  # noqa: F401

    fields = {"subject": "Where is my bag?", "description": "<p>Where is my bag?</p>", "raised_by": "a@example.com"}
    ticket = frappe.get_doc({"doctype": "HD Ticket", **fields}).insert(ignore_permissions=True)
    frappe.get_doc("HD Ticket", ticket.name).save(ignore_permissions=True)


def use_the_app() -> None:
    """Handle a mention, and open a connection as a worker does that polls or sends."""
    from social_care import jobs
    from social_care.api import ticket_page, webhooks  # noqa: F401
    from social_care.core.errors import SocialCareError
    from social_care.core.events import Audience
    from social_care.core.payloads import Payload, Source
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.desks.helpdesk.times import utc_now
    from social_care.wiring import load_connector
    from tests.benchmarks.bodies import US, body_of, mention, numbers

    name = "Memory on X"
    tokens = dict.fromkeys(("client_id", "client_secret", "access_token", "access_token_secret"), "made-up")
    fields = {"account_name": name, "platform": "X", "external_id": US, "api_base_url": "http://127.0.0.1:9"}
    frappe.get_doc({"doctype": "Social Account", **fields, **tokens}).insert()
    body = body_of(mention(str(next(numbers)), str(next(numbers))))
    places = {"platform": "x", "account": name, "account_id": US, "feed": "webhook", "source": Source.WEBHOOK}
    frappe.flags.in_social_transaction = True  # all that follows is rolled back
    desk = HelpdeskDesk()
    payload = desk.ledger.store(Payload(body=body, **places, received_at=utc_now()))
    jobs.handle_payload(payload)
    assert frappe.db.exists("HD Ticket", {"social_account": name})
    load_connector("x").measure("a text is counted before it is sent", Audience.PUBLIC)
    connection = jobs.connect(desk.accounts.get(name))
    try:
        connection.check()
    except SocialCareError:
        pass  # nobody answers there
    finally:
        connection.close()


def read_a_message() -> None:
    """Let insight read what the platform named no language of, which loads its libraries."""
    from social_care.desks.helpdesk import insight
    from social_care.wiring import load_insight
    from tests.fakes import message

    reader = load_insight(insight.options())
    assert reader is not None
    assert [reader.read(message("1", text)).language for text in ("Where is my parcel?", "Gdzie jest moja paczka?")] == [
        "en",
        "pl",
    ]
    missing = {"numpy", "py3langid", "vaderSentiment"} - set(sys.modules)
    assert not missing, f"the message was not read with {missing}"


def main(which: str) -> None:
    """Print the megabytes."""
    frappe.init(os.environ["SOCIAL_CARE_SITE"], sites_path=os.getcwd())
    if which == "without":
        leave_out_the_app()
    frappe.connect()
    frappe.clear_cache()  # documents of a class of the app may lie there, and bring its modules along
    save_a_ticket()
    if which == "without":
        loaded = {name for name in sys.modules if name.split(".")[0] == "social_care"}
        assert loaded <= {"social_care", "social_care.hooks"}, loaded
    else:
        use_the_app()
    if which == "reading":
        read_a_message()
    frappe.db.rollback()
    print(f"{megabytes():.1f}")
    frappe.destroy()


if __name__ == "__main__":
    main(sys.argv[1])
