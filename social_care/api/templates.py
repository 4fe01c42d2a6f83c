"""Approved templates on Helpdesk's ticket page: which there are for a customer, how one reads, and sending it as a reply."""

from dataclasses import asdict
from typing import Any

import frappe
from frappe import _
from helpdesk.utils import is_agent

from social_care import jobs
from social_care.api.accounts import refused_in_words
from social_care.core.accounts import Account
from social_care.core.ports import Connector, UsesTemplates
from social_care.core.replies import StoredMessage
from social_care.core.templates import FilledTemplate
from social_care.desks.helpdesk import attempts, replying, rows
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import to_site, utc_now
from social_care.engine.templating import obstacle, unwanted_by
from social_care.wiring import load_connector


@frappe.whitelist()
def list_templates(ticket: str) -> dict[str, Any]:
    """Return the templates that the newest private message of a ticket could be answered with.

    `templates` is empty where the platform has none. Each has `variables` to fill, `refusal` (a sentence, "" when it can be
    sent) and `remark` (what it costs). `fetched_at` is None where the list is out of date or was never fetched.
    """
    target, account, connector = _place(ticket)
    if target is None or account is None or not isinstance(connector, UsesTemplates):
        return {"account": account and account.name, "fetched_at": None, "templates": []}
    desk = HelpdeskDesk()
    unwanted = unwanted_by(target, connector, desk)
    shown = [
        asdict(one)
        | {
            "text": one.text,
            "refusal": translated(obstacle(one, unwanted)),
            "remark": connector.template_remark(one, target, utc_now()),
        }
        for one in desk.templates.listed(account.name)
    ]
    return {"account": account.name, "fetched_at": to_site(desk.templates.fetched_at(account.name)), "templates": shown}


@frappe.whitelist(methods=["POST"])
def refresh(ticket: str) -> dict[str, Any]:
    """Fetch the templates of a ticket's account anew, and return them as `list_templates` does."""
    _target, account, _connector = _place(ticket)
    if account is not None:
        with refused_in_words(_("Templates could not be fetched")):
            jobs.refresh_templates(account.name)
    return list_templates(ticket)


@frappe.whitelist(methods=["POST"])
def send(
    ticket: str, template: str, language: str, values: dict[str, str] | str | None = None, attempt: str = ""
) -> dict[str, Any]:
    """Queue a template as a reply; `values` fill its blanks, by key. Return how it reads, and what to know about it.

    attempt: the same again does nothing again, and returns how the first one read; "" where nobody names it.
    """
    given = frappe.parse_json(values) if values else {}
    if not isinstance(given, dict):
        frappe.throw(_("The values have to be given by the name of their blank."))
    chosen = FilledTemplate(name=template, language=language, values={str(key): str(value) for key, value in given.items()})
    with rows.transaction():
        document = frappe.get_doc("HD Ticket", ticket, for_update=True)
        name = attempts.name_of_attempt(str(document.name), attempt) if attempt else rows.new_name()
        if (taken := attempts.words_of(name)) is not None:
            return {"text": taken, "warnings": []}
        plan = replying.send_template(document, chosen, name)
    return {"text": plan.drafts[0].text, "warnings": [translated(one) for one in plan.warnings]}


def _place(ticket: str) -> tuple[StoredMessage | None, Account | None, Connector | None]:
    """Return whom a template would go to from a ticket, from which account, over which platform."""
    if not is_agent():
        raise frappe.PermissionError(_("Only agents may use templates."))
    frappe.has_permission("HD Ticket", "read", ticket, throw=True)
    target = replying.find_private_target(ticket)
    if target is None:
        return None, None, None
    account = HelpdeskDesk().accounts.get(target.account)
    return target, account, load_connector(account.platform)
