"""Meta's platforms on the test site: accounts, signed webhooks through the real endpoint, and the bodies customers cause."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import frappe

from social_care import jobs
from tests.site.office import communications

SECRET, VERIFY_TOKEN = "app-secret", "verify-me"
PAGE, INSTAGRAM, NUMBER = "600000000000001", "17841400000000900", "900000000000001"
ANA, ANA_PRIVATE = "7100000000000001", "7200000000000001"
GRAPH = "https://graph.facebook.com/v25.0"
NOW = int(time.time())


@dataclass(frozen=True, kw_only=True)
class MetaAccount:
    """A Social Account of one of Meta's platforms, and how its webhooks look."""

    platform: str
    product: str
    us: str

    @property
    def name(self) -> str:
        return f"Northwind on {self.platform}"

    def insert(self, **more: Any) -> None:
        fields = {"account_name": self.name, "platform": self.platform, "external_id": self.us, "handle": "northwind"}
        secrets = {"client_id": "77", "client_secret": SECRET, "access_token": "token", "webhook_secret": VERIFY_TOKEN}
        frappe.get_doc({"doctype": "Social Account", **fields, **secrets, **more}).insert()
        frappe.db.commit()

    # --- the endpoint
    def post(self, body: object, *, secret: str = SECRET, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Push a body, signed as Meta signs."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        given = {"X-Hub-Signature-256": signature} if headers is None else headers
        return self.call("POST", data=raw, headers={"Content-Type": "application/json", **given})

    def call(self, method: str, query: str = "", **arguments: Any) -> tuple[int, str]:
        """Make one request in a thread of its own, where Frappe has a connection of its own."""
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(self._call, method, query, **arguments).result()
        frappe.db.rollback()
        return answer

    def _call(self, method: str, query: str, **arguments: Any) -> tuple[int, str]:
        from frappe.app import application
        from werkzeug.test import Client

        headers = {"X-Frappe-Site-Name": os.environ["SOCIAL_CARE_SITE"], **arguments.pop("headers", {})}
        path = f"/api/method/social_care.api.webhook?account={self.name}{query}"
        response = Client(application).open(path, method=method, headers=headers, **arguments)
        answer = (response.status_code, response.get_data(as_text=True))
        response.close()
        return answer

    def deliver(self, *entries: dict[str, Any]) -> list[Any]:
        """Push entries in one body and handle it; return the ledger's rows, newest last."""
        assert self.post({"object": self.product, "entry": list(entries)}) == (200, "ok")
        return handle()


FACEBOOK = MetaAccount(platform="Facebook", product="page", us=PAGE)
ON_INSTAGRAM = MetaAccount(platform="Instagram", product="instagram", us=INSTAGRAM)
WHATSAPP = MetaAccount(platform="WhatsApp", product="whatsapp_business_account", us=NUMBER)


def handle() -> list[Any]:
    """Handle every stored body; return the rows of the ledger, oldest first."""
    for name in frappe.get_all("Social Payload", {"state": ["in", ["Received", "Retry"]]}, pluck="name"):
        frappe.db.sql("update `tabSocial Payload` set next_attempt = null where name = %s", (name,))
        frappe.db.commit()
        jobs.handle_payload(name)
    return frappe.get_all("Social Payload", fields=["name", "state", "note"], order_by="creation")


# --- what customers cause ---------------------------------------------------------------------------------------------
def comment(number: int, text: str = "My bag is lost", *, who: str = ANA, parent: int = 0, at: int = NOW) -> dict[str, Any]:
    """Return an entry: a comment under the Page's post 500."""
    above = f"500_{parent}" if parent else f"{PAGE}_500"
    value = {"item": "comment", "verb": "add", "post_id": f"{PAGE}_500", "parent_id": above, "comment_id": f"500_{number}"}
    value |= {"from": {"id": who, "name": "Ana Flies" if who == ANA else f"P{who}"}, "message": text, "created_time": at}
    return {"id": PAGE, "time": at, "changes": [{"field": "feed", "value": value}]}


def private(us: str, mid: str, text: str = "", *, who: str = ANA_PRIVATE, at: int = NOW, **message: Any) -> dict[str, Any]:
    """Return an entry: a message of Messenger or Instagram; `is_echo=True` makes it our own."""
    people = [{"id": who}, {"id": us}]
    sender, recipient = reversed(people) if message.get("is_echo") else people
    words = {"text": text} if text else {}
    item = {"sender": sender, "recipient": recipient, "timestamp": at * 1000, "message": {"mid": mid, **words, **message}}
    return {"id": us, "time": at * 1000, "messaging": [item]}


def whatsapp(*messages: dict[str, Any], us: str = NUMBER, **more: Any) -> dict[str, Any]:
    """Return an entry of WhatsApp with these messages."""
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "48221000000", "phone_number_id": us}}
    people = [{"profile": {"name": f"P{who}"}, "wa_id": who} for who in sorted({one["from"] for one in messages})]
    value |= {"contacts": people, "messages": list(messages)} | more
    return {"id": "800", "changes": [{"field": "messages", "value": value}]}


def word(number: int, text: str = "Hello", *, who: str = "48500100200", at: int = NOW) -> dict[str, Any]:
    """Return a text message of WhatsApp."""
    return {"from": who, "id": f"wamid.{number}", "timestamp": str(at), "type": "text", "text": {"body": text}}


# --- what the site holds ----------------------------------------------------------------------------------------------
def on_tickets(accounts: Iterable[MetaAccount] = (FACEBOOK, ON_INSTAGRAM, WHATSAPP)) -> list[list[str]]:
    """Return the ids of the messages of each ticket, sorted."""
    found: dict[str, list[str]] = {}
    rows = frappe.get_all(
        "Social Message",
        {"account": ["in", [one.name for one in accounts]], "ticket": ["is", "set"]},
        ["ticket", "message_id"],
    )
    for row in rows:
        found.setdefault(row.ticket, []).append(row.message_id)
    return sorted(sorted(ids) for ids in found.values())


def stored(message_id: str) -> Any:
    """Return the row of a message."""
    return frappe.get_doc("Social Message", {"message_id": message_id})


def shown(ticket: str) -> list[tuple[str, str]]:
    """Return who is on each side of a ticket's Communications, with the words."""
    return [(one.sent_or_received, one.content) for one in communications(ticket)]
