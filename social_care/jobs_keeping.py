"""The jobs that keep accounts connected: tokens renewed in time, webhooks subscribed again."""

from __future__ import annotations

import frappe

from social_care.core.connecting import is_pushed_only
from social_care.core.errors import SocialCareError
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import keeping
from social_care.jobs import as_administrator, connect, enqueue, webhook_address
from social_care.wiring import load_connector


@as_administrator
def keep_connected() -> None:
    """Every day: look after the token and the webhook of each account, each in a job of its own."""
    for name in frappe.get_all("Social Account", {"enabled": 1}, pluck="name"):
        enqueue(keep_account_connected, "long", account=name)
    frappe.db.commit()


@as_administrator
def watch_webhooks() -> None:
    """Every hour: look after registered webhooks; Meta unsubscribes a Page after an hour of failures."""
    for name in frappe.get_all("Social Account", {"enabled": 1, "webhook_state": ["is", "set"]}, pluck="name"):
        enqueue(keep_account_subscribed, "long", account=name)
    frappe.db.commit()


@as_administrator
def keep_account_connected(account: str) -> None:
    """Renew a token that ends soon; subscribe again what the platform has unsubscribed."""
    _look_after(account, renew=True)


@as_administrator
def keep_account_subscribed(account: str) -> None:
    """Subscribe again what the platform has unsubscribed."""
    _look_after(account, renew=False)


def _look_after(account: str, *, renew: bool) -> None:
    desk = HelpdeskDesk()
    known = desk.accounts.get(account)
    try:
        connection = connect(known)
    except SocialCareError as error:
        desk.accounts.record_health(account, ok=False, error=str(error))
        return
    try:
        if renew:
            keeping.renew_in_time(known, connection, desk=desk, clock=utc_now)
        polled = is_pushed_only(load_connector(known.platform), known) is False
        if not polled and desk.accounts.is_pushed_to(account):
            address = desk.accounts.webhook_of(account).address or webhook_address(account)
            keeping.check_webhook(known, connection, address, desk=desk)
    finally:
        connection.close()
