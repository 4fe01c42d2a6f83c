"""What the form of a Social Account asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import frappe
from frappe import _

from social_care import jobs
from social_care.core.errors import SocialCareError
from social_care.desks.helpdesk.desk import HelpdeskDesk


@frappe.whitelist(methods=["POST"])
def check_account(account: str) -> dict[str, Any]:
    """Ask the platform who we are; return what it said, for people."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    accounts = HelpdeskDesk().accounts
    try:
        connection = jobs.connect(accounts.get(account))
        try:
            found = connection.check()
        finally:
            connection.close()
    except SocialCareError as error:
        accounts.record_health(account, ok=False, error=str(error))
        frappe.throw(str(error), title=_("The connection does not work"))
    known = accounts.get(account).external_id
    if known in ("", found.account_id):
        accounts.record_identity(account, found.account_id, found.handle, found.permissions)
    return asdict(found)


@frappe.whitelist(methods=["POST"])
def subscribe_webhook(account: str) -> list[str]:
    """Make the platform push to this site, and see to it every day from now on; return what was done, for people."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    with refused_in_words(_("Not subscribed")):
        return list(jobs.subscribe(account))


@frappe.whitelist(methods=["POST"])
def refresh_templates(account: str) -> int:
    """Fetch the account's approved templates anew; return how many there are."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    with refused_in_words(_("Templates could not be fetched")):
        return jobs.refresh_templates(account)


@contextmanager
def refused_in_words(title: str) -> Iterator[None]:
    """Show the person what the platform refused."""
    try:
        yield
    except SocialCareError as error:
        frappe.throw(str(error), title=title)


@frappe.whitelist(methods=["POST"])
def poll_now(account: str) -> str:
    """Visit every feed of an account as soon as a worker is free."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    known = HelpdeskDesk().accounts.get(account)
    if not known.enabled:
        frappe.throw(_("This account is switched off."))
    feeds = jobs.feeds(known)
    for feed in feeds:
        jobs.enqueue(jobs.poll_feed, "default", account=account, feed=feed)
    return _("{0} feeds are being fetched. New messages show up in a moment.").format(len(feeds))


@frappe.whitelist(methods=["POST"])
def resume_sending(account: str) -> None:
    """Send again, beginning with what waits."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    HelpdeskDesk().accounts.resume_sending(account)
    frappe.enqueue("social_care.jobs.sweep", queue="short")
