"""What the form of a Social Account asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

import frappe
from frappe import _

from social_care import doctor, jobs
from social_care.api import signing_in
from social_care.core.connecting import EndsWebhook, is_pushed_only
from social_care.core.errors import ConfigurationError, SocialCareError
from social_care.core.ports import ManagesWebhook
from social_care.desks.helpdesk import health
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated, translated_finding
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import keeping
from social_care.wiring import load_connector


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
        frappe.throw(translated(error), title=_("The connection does not work"))
    known = accounts.get(account).external_id
    if known in ("", found.account_id):
        accounts.record_identity(account, found.account_id, found.handle, found.permissions, found.options)
    else:  # replies would go out in somebody else's name
        stranger = ConfigurationError("These credentials belong to another account than the one connected before.")
        keeping.pause_sending(account, stranger, HelpdeskDesk())
    told = {"limits": found.limits, "problems": found.problems}
    return asdict(found) | {name: [translated(line) for line in lines] for name, lines in told.items()}


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
        frappe.throw(translated(error), title=title)


@frappe.whitelist(methods=["POST"])
def poll_now(account: str) -> str:
    """Visit every feed of an account as soon as a worker is free."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    known = HelpdeskDesk().accounts.get(account)
    if not known.enabled:
        frappe.throw(_("This account is switched off."))
    feeds = jobs.feeds(known)
    if not feeds:
        frappe.throw(_("Nothing is fetched for this account: messages come by its webhook, or What to Receive is empty."))
    with refused_in_words(_("Nothing can be fetched")), closing(jobs.connect(known)):
        pass  # what is missing is said now, not by a job that nobody watches
    for feed in feeds:
        jobs.enqueue(jobs.poll_feed, "default", account=account, feed=feed)
    return _("Fetching has begun. New messages show up as tickets in a moment; trouble is told on the tab Health.")


@frappe.whitelist(methods=["POST"])
def register_webhook(account: str) -> list[str]:
    """Make the platform push to this site, which is looked after every day from now on; return what was done, for people."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    desk = HelpdeskDesk()
    known = desk.accounts.get(account)
    address = jobs.webhook_address(account)
    with refused_in_words(_("The webhook was not registered")), closing(jobs.connect(known)) as connection:
        if not isinstance(connection, ManagesWebhook):
            raise ConfigurationError(_("This platform cannot be told to push by a button: see its page in the docs."))
        lines = keeping.register_webhook(known, connection, address, desk=desk)
    desk.accounts.keep_webhook_address(account, address)
    return list(lines)


@frappe.whitelist(methods=["POST"])
def remove_webhook(account: str) -> list[str]:
    """Make the platform push nowhere, so that the account can be polled; return what was done, for people."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    desk = HelpdeskDesk()
    with refused_in_words(_("The webhook was not removed")), closing(jobs.connect(desk.accounts.get(account))) as connection:
        if not isinstance(connection, EndsWebhook):
            raise ConfigurationError(_("This platform cannot be told to stop pushing by a button."))
        lines = connection.unsubscribe()
    desk.accounts.record_webhook(account, pushed=False)
    desk.accounts.keep_webhook_address(account, "")
    return list(lines)


@frappe.whitelist(methods=["POST"])
def look(account: str) -> dict[str, Any]:
    """Return what the form shows beside its fields: steps of the set-up, addresses, ways to sign in, and how one ended."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    desk = HelpdeskDesk()
    known = desk.accounts.get(account)
    connector = load_connector(known.platform)
    credentials = desk.accounts.credentials(account)
    feeds = jobs.feeds(known)
    steps = doctor.setup_steps(known, connector, credentials, desk.accounts.webhook_of(account))
    found = (*steps, *health.check_account(account, utc_now(), feeds=feeds))
    return {
        "steps": [asdict(translated_finding(step)) for step in found],
        "webhook": jobs.webhook_address(account) if connector.capabilities.webhook else "",
        "subscribes": connector.capabilities.subscribes,
        "polled": bool(feeds),
        "pushed_only": is_pushed_only(connector, known),
        "return_address": signing_in.return_address(),
        "ways": signing_in.ways(account),
        "sign_in": signing_in.outcome(account),
    }


@frappe.whitelist(methods=["POST"])
def resume_sending(account: str) -> None:
    """Send again, beginning with what waits."""
    frappe.has_permission("Social Account", "write", account, throw=True)
    HelpdeskDesk().accounts.resume_sending(account)
    jobs.enqueue(jobs.sweep)
