"""What the form of a Social Account must hold, and what it must never write."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.model.document import Document

MIN_POLL_INTERVAL_S = 60

RUNTIME_FIELDS = (
    "external_id",
    "handle",
    "token_expires_at",
    "spent",
    "spent_month",
    "last_success",
    "last_error",
    "last_error_at",
    "token_state",
    "sending_paused",
    "refused_webhooks",
    "polling_note",
    "webhook_state",
    "webhook_note",
    "webhook_address",
    "webhook_checked_at",
    "server_options",
    "templates_at",
    "permissions",
)
"""Written by the app with `frappe.db.set_value`; saving a form leaves them as the database has them."""


def check_form(account: Document) -> None:
    """Put right what was pasted, and refuse what cannot be right."""
    trim(account)
    check_poll_interval(account.poll_interval_s)
    check_server(account.api_base_url)


def trim(account: Document) -> None:
    """Take away the blanks and line ends that come along when a value is pasted; what stands inside stays."""
    for field in account.meta.get("fields", {"fieldtype": ["in", ("Data", "Small Text", "Password")]}):
        value = account.get(field.fieldname)
        if isinstance(value, str) and value != value.strip():
            account.set(field.fieldname, value.strip())


def check_poll_interval(seconds: int | None) -> None:
    """Refuse to ask a platform more often than it likes."""
    if int(seconds or 0) < MIN_POLL_INTERVAL_S:
        frappe.throw(_("Ask every {0} seconds or less often.").format(MIN_POLL_INTERVAL_S))


def check_server(url: str | None) -> None:
    """Refuse a server address that would send tokens where they can be read. Empty is the platform's own server."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        frappe.throw(_("The API address must begin with https:// and name a server."))
    if parts.username or parts.password or parts.query or parts.fragment:
        frappe.throw(_("The API address must hold no password, question mark or number sign."))
    allowed = is_loopback(str(host)) or frappe.db.get_single_value("Social Care Settings", "allow_plain_http")
    if parts.scheme == "http" and not allowed:
        frappe.throw(_("The API address must begin with https://: over http:// others could read the tokens."))


def refuse_while_in_use(account: str) -> None:
    """Refuse to delete an account that tickets still need to be answered through."""
    if frappe.db.exists("Social Message", {"account": account}):
        frappe.throw(_("This account has messages. Disable it instead of deleting it."), frappe.LinkExistsError)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
