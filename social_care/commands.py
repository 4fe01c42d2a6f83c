"""`bench --site SITE social-care …`: the same verbs as on the command line, and a doctor that knows the site."""

from __future__ import annotations

import sys

import click
import frappe
from frappe.commands import get_site, pass_context

from social_care import cli
from social_care.core.errors import SocialCareError
from social_care.core.findings import Finding
from social_care.doctor import check_installation, told


@click.group("social-care", cls=cli.Verbs)
def social_care() -> None:
    """Customer service on social media."""


for verb in (cli.demo, cli.replay, cli.sandbox):
    social_care.add_command(verb)


@social_care.command("doctor")
@click.argument("accounts", nargs=-1)
@click.option("--offline", is_flag=True, help="Do not ask the platforms.")
@pass_context
def doctor(context: object, accounts: tuple[str, ...], offline: bool) -> None:
    """Check the site and its accounts (or those named), and say what to do."""
    frappe.init(get_site(context))
    frappe.connect()
    try:
        from social_care.desks.helpdesk.phrases import translated_finding

        frappe.local.lang = frappe.db.get_default("lang") or "en"
        findings = [translated_finding(one) for one in (*check_installation(), *_check(accounts, offline=offline))]
    finally:
        frappe.destroy()
    for finding in findings:
        click.echo(finding.line())
    sys.exit(1 if any(finding.bad for finding in findings) else 0)


def _check(accounts: tuple[str, ...], *, offline: bool) -> list[Finding]:
    from social_care import jobs
    from social_care.desks.helpdesk import health
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.desks.helpdesk.times import utc_now

    findings = health.check_site()
    for name in accounts or frappe.get_all("Social Account", order_by="name", pluck="name"):
        feeds = jobs.feeds(HelpdeskDesk().accounts.get(name)) if frappe.db.exists("Social Account", name) else ()
        findings += health.check_account(name, utc_now(), feeds=feeds)
        if not offline:
            findings += _ask_platform(name)
    return findings


def _ask_platform(name: str) -> list[Finding]:
    from social_care import jobs
    from social_care.desks.helpdesk.desk import HelpdeskDesk
    from social_care.wiring import load_connector

    try:
        account = HelpdeskDesk().accounts.get(name)
        connection = jobs.connect(account)
        try:
            return told(load_connector(account.platform), connection.check())
        finally:
            connection.close()
    except SocialCareError as error:
        return [Finding(what=f"{name}: {error}", bad=True, advice="mend this on the account's form")]


commands = [social_care]
